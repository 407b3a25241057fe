"""Units that are kept for somebody for a while, before there is an order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Quantity, TenantModel, TenantRow, tenant_foreign_key

PURPOSES = ("cart", "channel", "customer", "quote")
STATES = ("active", "released", "expired", "converted")


class Reservation(TenantModel):
    """Units of one SKU kept until an instant. Changed only under the locks of the positions that it stands on."""

    __tablename__ = "reservations"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("customer_id", "customers.id"),
        CheckConstraint("purpose IN ('cart', 'channel', 'customer', 'quote')", name="purpose_known"),
        CheckConstraint("state IN ('active', 'released', 'expired', 'converted')", name="state_known"),
        CheckConstraint("quantity > 0 AND converted >= 0 AND converted <= quantity", name="not_negative"),
        CheckConstraint("(state = 'active') = (closed_at IS NULL)", name="closed_has_a_time"),
        Index("ix_reservations_active", "tenant_id", "sku_id", "until", postgresql_where=text("state = 'active'")),
        Index("ix_reservations_newest", "tenant_id", text("id DESC")),
    )

    sku_id: Mapped[UUID]
    quantity: Mapped[Quantity]  # base units, when it was made
    converted: Mapped[Quantity] = mapped_column(server_default="0")  # of them, promised to orders
    purpose: Mapped[str]
    reference: Mapped[str] = mapped_column(server_default="")  # of the cart or quote; the order's outside number
    channel: Mapped[str] = mapped_column(server_default="")
    customer_id: Mapped[UUID | None]
    until: Mapped[Instant]
    state: Mapped[str] = mapped_column(server_default="active")
    order_id: Mapped[UUID | None]  # the last one that took units of it; they are taken just before it is written
    created_at: Mapped[Instant]
    created_by: Mapped[str]
    closed_at: Mapped[datetime | None]


class ReservationUnits(TenantRow):
    """What a reservation holds at one location. Over the active ones they sum to `stock_positions.reserved`."""

    __tablename__ = "reservation_units"
    __table_args__ = (
        tenant_foreign_key("reservation_id", "reservations.id"),
        tenant_foreign_key("location_id", "locations.id"),
        CheckConstraint("quantity >= 0", name="not_negative"),
    )

    reservation_id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(primary_key=True)
    quantity: Mapped[Quantity]  # still held; 0 once released, expired or converted
