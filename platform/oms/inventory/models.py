"""Where goods are, how many, and every movement that made it so."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Computed, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, Quantity, TenantModel, TenantRow, tenant_foreign_key, tenant_unique

MOVEMENT_KINDS = ("received", "allocated", "released", "shipped", "adjusted", "transferred")


class Location(TenantModel):
    """A warehouse, store or supplier that ships."""

    __tablename__ = "locations"
    __table_args__ = (
        tenant_unique("key"),
        CheckConstraint("kind IN ('warehouse', 'store', 'supplier')", name="kind_known"),
    )

    key: Mapped[str]  # stable; allocation rules name it
    names: Mapped[Json]
    kind: Mapped[str] = mapped_column(server_default="warehouse")
    country: Mapped[str] = mapped_column(server_default="")
    region: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str] = mapped_column(server_default="")
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    priority: Mapped[int] = mapped_column(server_default="100")  # lower is preferred
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class StockPosition(TenantRow):
    """One SKU at one location. `on_hand` moves only on receive, ship, adjust, transfer."""

    __tablename__ = "stock_positions"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("location_id", "locations.id"),
        CheckConstraint("allocated >= 0 AND reserved >= 0 AND safety_stock >= 0", name="not_negative"),
        CheckConstraint("may_oversell OR allocated + reserved <= on_hand", name="never_oversold"),
        Index("ix_stock_positions_location", "tenant_id", "location_id"),
    )

    sku_id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_hand: Mapped[Quantity] = mapped_column(server_default="0")
    allocated: Mapped[Quantity] = mapped_column(server_default="0")  # firm: promised to order lines
    reserved: Mapped[Quantity] = mapped_column(server_default="0")  # soft: expires
    safety_stock: Mapped[Quantity] = mapped_column(server_default="0")  # never promised
    may_oversell: Mapped[bool] = mapped_column(server_default=text("false"))
    available: Mapped[Quantity] = mapped_column(
        Computed("greatest(on_hand - allocated - reserved - safety_stock, 0)", persisted=True)
    )


class StockMovement(TenantModel):
    """One movement of one position. Append-only; a correction is a counter-movement."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("location_id", "locations.id"),
        CheckConstraint(
            "kind IN ('received', 'allocated', 'released', 'shipped', 'adjusted', 'transferred')", name="kind_known"
        ),
        Index("ix_stock_movements_position", "tenant_id", "sku_id", "location_id", "id"),
        Index("ix_stock_movements_order", "tenant_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    )

    sku_id: Mapped[UUID]
    location_id: Mapped[UUID]
    kind: Mapped[str]
    on_hand_change: Mapped[Quantity] = mapped_column(server_default="0")
    allocated_change: Mapped[Quantity] = mapped_column(server_default="0")
    order_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Instant]
    actor: Mapped[str]
