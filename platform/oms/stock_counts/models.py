"""Counting what is there, and what became of the differences."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Computed, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Quantity, TenantModel, tenant_foreign_key, tenant_unique

STATES = ("counting", "review", "posted", "cancelled")


class StockCount(TenantModel):
    """counting -> posted where every difference is within tolerance; else counting -> review -> posted."""

    __tablename__ = "stock_counts"
    __table_args__ = (
        tenant_foreign_key("location_id", "locations.id"),
        tenant_unique("number"),
        CheckConstraint("state IN ('counting', 'review', 'posted', 'cancelled')", name="state_known"),
        CheckConstraint("tolerance_percent >= 0 AND tolerance_units >= 0", name="tolerance_not_negative"),
        Index("ix_stock_counts_state", "tenant_id", "state", "id"),
    )

    number: Mapped[str]
    location_id: Mapped[UUID]
    scope: Mapped[str] = mapped_column(server_default="")  # bin A-01, category Tea; empty: everything
    state: Mapped[str] = mapped_column(server_default="counting")
    tolerance_percent: Mapped[Decimal] = mapped_column(Numeric(6, 2), server_default="0")
    tolerance_units: Mapped[Quantity] = mapped_column(server_default="0")
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Instant]
    created_by: Mapped[str]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[str] = mapped_column(server_default="")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(server_default="")


class StockCountLine(TenantModel):
    """One thing to count. `expected` is what the books said in the moment in which it was counted, so movements before
    and after do no harm."""

    __tablename__ = "stock_count_lines"
    __table_args__ = (
        tenant_foreign_key("count_id", "stock_counts.id", ondelete="CASCADE"),
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("bin_id", "bins.id"),
        tenant_foreign_key("lot_id", "lots.id"),
        UniqueConstraint(
            "tenant_id", "count_id", "sku_id", "bin_id", "lot_id",
            name="uq_stock_count_lines_thing", postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("counted >= 0", name="counted_not_negative"),
        CheckConstraint("(counted IS NULL) = (expected IS NULL)", name="expected_when_counted"),
    )  # fmt: skip

    count_id: Mapped[UUID]
    sku_id: Mapped[UUID]
    bin_id: Mapped[UUID | None]
    lot_id: Mapped[UUID | None]
    counted: Mapped[Quantity | None]
    expected: Mapped[Quantity | None]
    difference: Mapped[Quantity | None] = mapped_column(Computed("counted - expected", persisted=True))
    counted_at: Mapped[datetime | None]
    counted_by: Mapped[str] = mapped_column(server_default="")
    counter_id: Mapped[UUID | None]  # user or key; who may not approve it
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # that were found
    expected_serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
