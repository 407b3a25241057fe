"""Reads of drafts, releases and documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.documents.errors import DraftUnknown, ReleaseUnknown
from low_code.registry import DocumentUnknown, Reference, address


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """body is None where the draft takes the document out of the configuration."""

    kind: str
    key: str
    body: Any | None
    etag: str
    base_hash: str | None
    author_id: UUID | None
    author_name: str
    updated_at: datetime

    @property
    def address(self) -> str:
        return address(self.kind, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """manifest: "kind/key" -> hash of the document; checks: what validation said when it was published."""

    number: int
    parent: int | None
    restores: int | None
    manifest: Mapping[str, str]
    notes: str
    checks: Mapping[str, Any]
    author_id: UUID | None
    author_name: str
    created_at: datetime


_DRAFT = "kind, key, body, etag, base_hash, author_id, author_name, updated_at"
_RELEASE = "number, parent, restores, manifest, notes, checks, author_id, author_name, created_at"


def list_drafts(work: Work) -> list[Draft]:
    """All drafts, by kind and key."""
    rows = work.mappings(
        f"SELECT {_DRAFT} FROM config_drafts WHERE tenant_id = %(tenant)s ORDER BY kind, key",
        {"tenant": work.tenant_id},
    )
    return [Draft(**row) for row in rows]


def drafts_digest(work: Work) -> str:
    """What tells one set of drafts from another: 32 characters of hexadecimal. Any save or removal changes it."""
    return hashlib.sha256("".join(draft.etag for draft in list_drafts(work)).encode()).hexdigest()[:32]


def find_draft(work: Work, kind: str, key: str, *, lock: bool = False) -> Draft | None:
    """The draft of a document, or None.

    lock  nobody else saves it until this unit of work ends, and nobody publishes: a release takes the drafts that were
          checked away, and what is saved between its check and its end would go with them
    """
    if lock:
        work.row("SELECT 1 FROM tenants WHERE id = %(tenant)s FOR SHARE", {"tenant": work.tenant_id})
    rows = work.mappings(
        f"SELECT {_DRAFT} FROM config_drafts WHERE tenant_id = %(tenant)s AND kind = %(kind)s AND key = %(key)s"
        + (" FOR UPDATE" if lock else ""),
        {"tenant": work.tenant_id, "kind": kind, "key": key},
    )
    return Draft(**rows[0]) if rows else None


def read_draft(work: Work, kind: str, key: str) -> Draft:
    """raises DraftUnknown"""
    draft = find_draft(work, kind, key)
    if draft is None:
        raise DraftUnknown(kind=kind, key=key)
    return draft


def read_release(work: Work, number: int) -> Release:
    """raises ReleaseUnknown"""
    rows = work.mappings(
        f"SELECT {_RELEASE} FROM config_releases WHERE tenant_id = %(tenant)s AND number = %(number)s",
        {"tenant": work.tenant_id, "number": number},
    )
    if not rows:
        raise ReleaseUnknown(number=number)
    return Release(**rows[0])


def read_manifest(work: Work, number: int) -> Mapping[str, str]:
    """The manifest of a release; {} for 0, which stands for "before the first"."""
    return read_release(work, number).manifest if number else {}


def history(work: Work, *, before: int | None = None, limit: int = 50) -> list[Release]:
    """Releases, newest first; `before` is the last number of the page before."""
    rows = work.mappings(
        f"SELECT {_RELEASE} FROM config_releases WHERE tenant_id = %(tenant)s"
        " AND (%(before)s::int IS NULL OR number < %(before)s) ORDER BY number DESC LIMIT %(limit)s",
        {"tenant": work.tenant_id, "before": before, "limit": limit},
    )
    return [Release(**row) for row in rows]


def read_documents(work: Work, manifest: Mapping[str, str]) -> dict[str, Any]:
    """The bodies of a manifest by address, in one statement."""
    if not manifest:
        return {}
    rows = work.rows(
        "SELECT hash, body FROM config_documents WHERE tenant_id = %(tenant)s AND hash = ANY(%(hashes)s)",
        {"tenant": work.tenant_id, "hashes": sorted(set(manifest.values()))},
    )
    bodies = {row.hash: row.body for row in rows}
    return {name: bodies[document_hash] for name, document_hash in sorted(manifest.items())}


def head_document(work: Work, kind: str, key: str) -> Any:
    """The body in force.

    raises  DocumentUnknown
    """
    manifest = read_manifest(work, work.tenant.head_release)
    name = address(kind, key)
    if name not in manifest:
        raise DocumentUnknown(kind=kind, key=key)
    return read_documents(work, {name: manifest[name]})[name]


def head_referrers(work: Work, kind: str, key: str) -> Sequence[Reference]:
    """Who refers to a document in the release that is in force."""
    rows = work.mappings(
        "SELECT from_kind, from_key, pointer, to_kind, to_key, to_member FROM config_references"
        " WHERE tenant_id = %(tenant)s AND to_kind = %(kind)s AND to_key = %(key)s"
        " ORDER BY from_kind, from_key, pointer, to_member",
        {"tenant": work.tenant_id, "kind": kind, "key": key},
    )
    return [Reference(**row) for row in rows]
