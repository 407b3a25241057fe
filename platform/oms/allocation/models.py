"""Firm promises: which location ships how many units of which line."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Quantity, TenantModel, tenant_foreign_key


class Allocation(TenantModel):
    """Units of one line promised by one location. Open = quantity - released - shipped."""

    __tablename__ = "allocations"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("line_id", "order_lines.id"),
        tenant_foreign_key("location_id", "locations.id"),
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("lot_id", "lots.id"),
        CheckConstraint("quantity > 0 AND released >= 0 AND shipped >= 0", name="not_negative"),
        CheckConstraint("released + shipped <= quantity", name="within_quantity"),
        Index("ix_allocations_order", "tenant_id", "order_id"),
        Index("ix_allocations_line", "tenant_id", "line_id"),
        Index(
            "ix_allocations_location_open", "tenant_id", "location_id", "sku_id",
            postgresql_where=text("released + shipped < quantity"),
        ),
    )  # fmt: skip

    order_id: Mapped[UUID]
    line_id: Mapped[UUID]
    location_id: Mapped[UUID]
    sku_id: Mapped[UUID]
    quantity: Mapped[Quantity]
    released: Mapped[Quantity] = mapped_column(server_default="0")  # taken back
    shipped: Mapped[Quantity] = mapped_column(server_default="0")
    at: Mapped[Instant]
    lot_id: Mapped[UUID | None]  # of a lot-tracked SKU: bound when it was promised
