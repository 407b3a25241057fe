"""What comes in beside an order: drafts and templates, the document as received, notes and attachments."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel, tenant_foreign_key, tenant_unique

LARGEST_DOCUMENT = 2_000_000  # bytes; of a longer one the beginning is kept
MOST_CONTENT = 400_000  # bytes of a draft or template as JSON


class OrderDraft(TenantModel):
    """What somebody has typed of an order and not placed yet. Only its writer sees it."""

    __tablename__ = "order_drafts"
    __table_args__ = (
        Index("ix_order_drafts_user", "tenant_id", "user_id", text("updated_at DESC")),
        CheckConstraint(f"octet_length(content::text) <= {MOST_CONTENT}", name="content_bounded"),
    )

    user_id: Mapped[UUID]
    content: Mapped[Json]  # name of an input -> the texts in it
    customer: Mapped[str] = mapped_column(server_default="")  # the number typed, for lists
    lines: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class OrderTemplate(TenantModel):
    """Goods that are ordered again and again, for one customer or for all."""

    __tablename__ = "order_templates"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_unique("name"),
        Index("ix_order_templates_customer", "tenant_id", "customer_id"),
        CheckConstraint("name <> ''", name="named"),
        CheckConstraint(f"octet_length(content::text) <= {MOST_CONTENT}", name="content_bounded"),
    )

    name: Mapped[str]
    customer_id: Mapped[UUID | None]  # None: for all customers
    content: Mapped[Json]  # {"order_type", "lines": [{"sku", "quantity", "unit", "custom"}], "custom"}
    created_by_name: Mapped[str]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class ChannelDocument(TenantModel):
    """An order as its channel sent it, beside the order that it became. Append-only."""

    __tablename__ = "channel_documents"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        Index("ix_channel_documents_order", "tenant_id", "order_id"),
        CheckConstraint(f"octet_length(body) <= {LARGEST_DOCUMENT}", name="body_bounded"),
    )

    order_id: Mapped[UUID]
    channel: Mapped[str]
    outside_number: Mapped[str | None]
    origin: Mapped[str]  # "api", or the name of the file
    content_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]  # bytes received; more than the body has where it was cut
    sha256: Mapped[str]  # hex, of all bytes received
    received_at: Mapped[Instant]


class OrderNote(TenantModel):
    """What somebody wrote down about an order. The text is never changed; a pinned note stands on top."""

    __tablename__ = "order_notes"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        Index("ix_order_notes_order", "tenant_id", "order_id", "id"),
        CheckConstraint("visibility IN ('internal', 'buyer')", name="visibility_known"),
        CheckConstraint("body <> ''", name="says_something"),
    )

    order_id: Mapped[UUID]
    body: Mapped[str]
    visibility: Mapped[str]
    pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    author_id: Mapped[UUID | None]
    author: Mapped[str]
    at: Mapped[Instant]


class OrderAttachment(TenantModel):
    """A file that belongs to an order; its bytes lie with the files of own fields."""

    __tablename__ = "order_attachments"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("file_id", "field_files.id"),
        tenant_unique("file_id"),
        Index("ix_order_attachments_order", "tenant_id", "order_id", "id"),
    )

    order_id: Mapped[UUID]
    file_id: Mapped[UUID]
    for_buyer: Mapped[bool] = mapped_column(server_default=text("false"))  # the buyer sees it too
    added_by: Mapped[str]
    at: Mapped[Instant]
