"""Where goods are, how many, and every movement that made it so."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Computed, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Day, Instant, Json, Quantity, TenantModel, TenantRow, UnitPrice, tenant_foreign_key, tenant_unique
from oms.inventory.words import BIN_KINDS, CAUSES, MOVEMENT_KINDS, SERIAL_STATES, STATUSES


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Location(TenantModel):
    """A warehouse, store or supplier that ships."""

    __tablename__ = "locations"
    __table_args__ = (
        tenant_unique("key"),
        CheckConstraint("kind IN ('warehouse', 'store', 'supplier')", name="kind_known"),
        CheckConstraint("daily_capacity > 0", name="capacity_positive"),
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
    daily_capacity: Mapped[int | None]  # orders that it takes on a tenant-local day; None: any number
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class StockPosition(TenantRow):
    """One SKU at one location. `on_hand` counts good units and moves only on receive, ship, adjust, transfer."""

    __tablename__ = "stock_positions"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("location_id", "locations.id"),
        CheckConstraint("allocated >= 0 AND reserved >= 0 AND safety_stock >= 0", name="not_negative"),
        CheckConstraint("may_oversell OR allocated + reserved <= on_hand", name="never_oversold"),
        CheckConstraint("on_hand >= 0 AND quarantined >= 0 AND damaged >= 0", name="units_not_negative"),
        CheckConstraint("reorder_point >= 0", name="reorder_point_not_negative"),
        Index("ix_stock_positions_location", "tenant_id", "location_id"),
        # Neither column changes when stock moves, so movements stay cheap.
        Index(
            "ix_stock_positions_watched", "tenant_id", "sku_id", "location_id",
            postgresql_where=text("safety_stock > 0 OR reorder_point > 0"),
        ),
    )  # fmt: skip

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
    quarantined: Mapped[Quantity] = mapped_column(server_default="0")  # there, but not to be promised yet
    damaged: Mapped[Quantity] = mapped_column(server_default="0")  # there, and never to be promised
    reorder_point: Mapped[Quantity] = mapped_column(server_default="0")  # 0: nobody is told
    low_since: Mapped[datetime | None]  # when `stock.low` was announced; None: not low


class StockMovement(TenantModel):
    """One movement of one position. Append-only; a correction is a counter-movement."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("location_id", "locations.id"),
        tenant_foreign_key("lot_id", "lots.id"),
        tenant_foreign_key("bin_id", "bins.id"),
        CheckConstraint(_one_of("kind", MOVEMENT_KINDS), name="kind_known"),
        CheckConstraint(_one_of("cause", CAUSES), name="cause_known"),
        CheckConstraint(_one_of("status", STATUSES), name="status_known"),
        # Promises have a cause of their own. (Movements of goods may name an order as well.)
        CheckConstraint(
            "kind NOT IN ('allocated', 'released') OR cause IN ('order', 'reservation')", name="promise_has_its_cause"
        ),
        CheckConstraint("reserved_change = 0 OR cause = 'reservation'", name="only_reservations_reserve"),
        Index("ix_stock_movements_position", "tenant_id", "sku_id", "location_id", "id"),
        Index("ix_stock_movements_order", "tenant_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index(
            "ix_stock_movements_document", "tenant_id", "document_id", postgresql_where=text("document_id IS NOT NULL")
        ),
    )

    sku_id: Mapped[UUID]
    location_id: Mapped[UUID]
    kind: Mapped[str]
    on_hand_change: Mapped[Quantity] = mapped_column(server_default="0")  # units of `status`
    allocated_change: Mapped[Quantity] = mapped_column(server_default="0")
    order_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Instant]
    actor: Mapped[str]
    cause: Mapped[str] = mapped_column(server_default="order")
    status: Mapped[str] = mapped_column(server_default="good")
    reserved_change: Mapped[Quantity] = mapped_column(server_default="0")
    lot_id: Mapped[UUID | None]
    bin_id: Mapped[UUID | None]
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    document_kind: Mapped[str] = mapped_column(server_default="")  # transfer, count, expected_receipt, reservation
    document_id: Mapped[UUID | None]
    document_number: Mapped[str] = mapped_column(server_default="")  # as people know it


class Lot(TenantModel):
    """Units of a SKU that were made together and expire together."""

    __tablename__ = "lots"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_unique("sku_id", "code"),
        CheckConstraint("code <> ''", name="code_given"),
        CheckConstraint("unit_cost IS NULL OR unit_cost >= 0", name="cost_not_negative"),
        Index("ix_lots_expiry", "tenant_id", "expires_on", postgresql_where=text("expires_on IS NOT NULL")),
    )

    sku_id: Mapped[UUID]
    code: Mapped[str]
    expires_on: Mapped[Day | None]  # the first day on which it may no longer be sold
    received_on: Mapped[Day]
    unit_cost: Mapped[UnitPrice | None]  # in the tenant's currency, of one base unit
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class LotPosition(TenantRow):
    """What of a position is of one lot. Over the lots of a lot-tracked SKU the columns sum to the position's."""

    __tablename__ = "lot_positions"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("location_id", "locations.id"),
        tenant_foreign_key("lot_id", "lots.id"),
        CheckConstraint("allocated >= 0 AND allocated <= on_hand", name="never_oversold"),
        CheckConstraint("quarantined >= 0 AND damaged >= 0", name="units_not_negative"),
        Index("ix_lot_positions_lot", "tenant_id", "lot_id"),
    )

    sku_id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(primary_key=True)
    on_hand: Mapped[Quantity] = mapped_column(server_default="0")
    allocated: Mapped[Quantity] = mapped_column(server_default="0")
    quarantined: Mapped[Quantity] = mapped_column(server_default="0")
    damaged: Mapped[Quantity] = mapped_column(server_default="0")


class SerialNumber(TenantModel):
    """One unit of a serial-tracked SKU, for ever: a number is given once."""

    __tablename__ = "serial_numbers"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("location_id", "locations.id"),
        tenant_foreign_key("bin_id", "bins.id"),
        tenant_unique("sku_id", "serial"),
        CheckConstraint("serial <> ''", name="serial_given"),
        CheckConstraint(_one_of("state", SERIAL_STATES), name="state_known"),
        CheckConstraint(_one_of("status", STATUSES), name="status_known"),
        CheckConstraint("(state IN ('in_stock', 'allocated')) = (location_id IS NOT NULL)", name="is_somewhere"),
        Index(
            "ix_serial_numbers_place", "tenant_id", "sku_id", "location_id",
            postgresql_where=text("location_id IS NOT NULL"),
        ),
    )  # fmt: skip

    sku_id: Mapped[UUID]
    serial: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="in_stock")
    status: Mapped[str] = mapped_column(server_default="good")
    location_id: Mapped[UUID | None]
    bin_id: Mapped[UUID | None]
    received_at: Mapped[Instant]


class Bin(TenantModel):
    """A shelf, a pallet place, an area of a location."""

    __tablename__ = "bins"
    __table_args__ = (
        tenant_foreign_key("location_id", "locations.id"),
        tenant_unique("location_id", "code"),
        CheckConstraint("code <> ''", name="code_given"),
        CheckConstraint(_one_of("kind", BIN_KINDS), name="kind_known"),
        Index("uq_bins_default", "tenant_id", "location_id", unique=True, postgresql_where=text("is_default")),
    )

    location_id: Mapped[UUID]
    code: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="pick")
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))  # what arrives is put there
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class BinContent(TenantModel):
    """Units of one SKU, lot and status in a bin. What of a position is in no bin has no row, so the bins' units are
    never more than the position's."""

    __tablename__ = "bin_contents"
    __table_args__ = (
        tenant_foreign_key("location_id", "locations.id"),
        tenant_foreign_key("bin_id", "bins.id"),
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("lot_id", "lots.id"),
        UniqueConstraint(
            "tenant_id", "bin_id", "sku_id", "lot_id", "status",
            name="uq_bin_contents_place", postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("quantity >= 0", name="not_negative"),
        CheckConstraint(_one_of("status", STATUSES), name="status_known"),
        Index("ix_bin_contents_position", "tenant_id", "sku_id", "location_id"),
    )  # fmt: skip

    location_id: Mapped[UUID]
    bin_id: Mapped[UUID]
    sku_id: Mapped[UUID]
    lot_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(server_default="good")
    quantity: Mapped[Quantity]
