"""Firm promises: which location ships how many units of which line."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, Quantity, TenantModel, tenant_foreign_key


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
        # Promises of a day lie together, so a day is found without an entry for each row.
        Index("ix_allocations_day", "tenant_id", "at", postgresql_using="brin"),
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


class AllocationBatch(TenantModel):
    """Orders that were allocated as one, or tried without a promise: what was asked, and what came of it. A record."""

    __tablename__ = "allocation_batches"
    __table_args__ = (
        CheckConstraint("mode IN ('rules', 'optimise')", name="mode_known"),
        CheckConstraint("orders >= 0 AND seconds >= 0", name="not_negative"),
        Index("ix_allocation_batches_newest", "tenant_id", text("id DESC")),
    )

    mode: Mapped[str]
    dry_run: Mapped[bool] = mapped_column(server_default=text("false"))  # nothing was promised
    orders: Mapped[int]
    result: Mapped[Json]  # figures of the batch, and what each order got
    seconds: Mapped[Decimal] = mapped_column(Numeric(10, 3))  # what deciding took, reading and writing left out
    at: Mapped[Instant]
    actor: Mapped[str]
