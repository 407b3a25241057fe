"""Rows of the configuration: documents by content, drafts, releases, and who refers to whom."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Instant, Json


class ConfigDocument(Base):
    """One document's content, stored once however many releases hold it. Immutable: the application role may
    only read and insert."""

    __tablename__ = "config_documents"
    __table_args__ = (CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash_is_sha256"),)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True)  # SHA-256 of the canonical JSON of `body`, in hex
    body: Mapped[Json]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class ConfigDraft(Base):
    """What somebody is working on. There is one draft of a document; its etag guards it against a second author."""

    __tablename__ = "config_drafts"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[Json | None]  # None: the document leaves the configuration when this is published
    etag: Mapped[str]  # changes with every save
    base_hash: Mapped[str | None]  # the published content that the author started from; None: there was none
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    updated_at: Mapped[Instant]


class ConfigDraftVersion(Base):
    """Each save of a draft, found by its etag: what a second author began with when both are merged. Kept for
    some weeks, also after the draft is published or thrown away."""

    __tablename__ = "config_draft_versions"
    __table_args__ = (Index("ix_config_draft_versions_saved", "tenant_id", "saved_at"),)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    etag: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    body: Mapped[Json | None]
    author_name: Mapped[str]
    saved_at: Mapped[Instant]


class ConfigRelease(Base):
    """All documents that were in force together. Immutable; a roll-back is a new release with an old manifest."""

    __tablename__ = "config_releases"
    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("parent < number", name="parent_before"),
        ForeignKeyConstraint(["tenant_id", "parent"], ["config_releases.tenant_id", "config_releases.number"]),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3 … within the tenant
    parent: Mapped[int | None]  # the head that this one replaced; None for the first
    restores: Mapped[int | None]  # the release whose manifest a roll-back took
    manifest: Mapped[Json]  # {"kind/key": hash of the document}
    notes: Mapped[str]
    checks: Mapped[Json]  # what validation said: {"warnings": [...], "documents": 12}
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    created_at: Mapped[Instant]


class ConfigReference(Base):
    """In the head release, the document (`from_kind`, `from_key`) names another one at `pointer`."""

    __tablename__ = "config_references"
    __table_args__ = (Index("ix_config_references_target", "tenant_id", "to_kind", "to_key"),)

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    from_kind: Mapped[str] = mapped_column(primary_key=True)
    from_key: Mapped[str] = mapped_column(primary_key=True)
    pointer: Mapped[str] = mapped_column(primary_key=True)  # RFC 6901, into the referring document
    to_kind: Mapped[str] = mapped_column(primary_key=True)
    to_key: Mapped[str] = mapped_column(primary_key=True)
    to_member: Mapped[str] = mapped_column(primary_key=True)  # a part of the target (a custom field's key), or ""
