"""What is on its way: goods that a location expects."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Day, Instant, Quantity, TenantModel, tenant_foreign_key, tenant_unique

SOURCES = ("purchase", "production", "return", "transfer")


class ExpectedReceipt(TenantModel):
    """Units of one SKU that one location expects by a day. A sent transfer makes one for each of its lines."""

    __tablename__ = "expected_receipts"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("location_id", "locations.id"),
        tenant_unique("source", "reference", "sku_id", "location_id", name="uq_expected_receipts_reference"),
        CheckConstraint("source IN ('purchase', 'production', 'return', 'transfer')", name="source_known"),
        CheckConstraint("quantity > 0 AND received >= 0", name="not_negative"),
        CheckConstraint("reference <> ''", name="reference_given"),
        Index(
            "ix_expected_receipts_open", "tenant_id", "sku_id", "due_on",
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_expected_receipts_due", "tenant_id", "due_on", "id", postgresql_where=text("closed_at IS NULL")),
    )  # fmt: skip

    sku_id: Mapped[UUID]
    location_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(server_default="purchase")
    reference: Mapped[str]  # number of the purchase order or transfer
    quantity: Mapped[Quantity]
    received: Mapped[Quantity] = mapped_column(server_default="0")
    due_on: Mapped[Day]
    outstanding: Mapped[Quantity] = mapped_column(Computed("greatest(quantity - received, 0)", persisted=True))
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Instant]
    created_by: Mapped[str]
    closed_at: Mapped[datetime | None]  # nothing more is expected: all came, or somebody said so
