"""Reads stock positions under their locks, in key order, so that two orders cannot deadlock or oversell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.sourcing.place import Place

_LOCK = """
SELECT p.sku_id, p.location_id, p.available, p.on_hand, p.reserved,
  p.on_hand - p.allocated - p.reserved - p.safety_stock AS free, s.tracking, s.min_remaining_days,
  EXISTS (SELECT FROM channel_stock_rules r WHERE r.tenant_id = %(tenant)s AND r.active) AS channel_rules,
  l.key, coalesce(l.names ->> %(locale)s, l.names ->> 'en', l.key) AS name, l.kind, l.country, l.region,
  l.latitude, l.longitude, l.priority, l.tags, l.custom
FROM stock_positions p
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id AND s.id = ANY(%(skus)s)
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id AND l.active
WHERE p.tenant_id = %(tenant)s AND p.sku_id = ANY(%(skus)s)
ORDER BY p.sku_id, p.location_id
"""
# A statement of its own: it must see what was committed while the locks were waited for.
_LOTS = """
SELECT p.sku_id, p.location_id, p.lot_id, t.code, t.expires_on, t.received_on, p.on_hand - p.allocated AS free
FROM lot_positions p JOIN lots t ON t.tenant_id = %(tenant)s AND t.id = p.lot_id
WHERE p.tenant_id = %(tenant)s AND p.sku_id = ANY(%(skus)s) AND p.on_hand > p.allocated
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPosition:
    """free      on_hand - allocated - reserved - safety_stock; below 0 where the safety stock is not there
    by_lot    whether promises name a lot
    min_days  a lot that expires within so many days is not promised
    """

    on_hand: Decimal
    reserved: Decimal
    free: Decimal
    by_lot: bool
    min_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeLot:
    """Units of a lot at a location that no order was promised."""

    lot_id: UUID
    code: str
    expires_on: date | None
    free: Decimal
    received_on: date


@dataclass(frozen=True, slots=True)
class LockedStock:
    """places     active locations that keep any of the SKUs
    available  (location, SKU) -> base units that may be promised to anybody, >= 0; of lots, more may be there than are
               fit for a buyer
    positions  (location, SKU) -> the position
    lots       (location, SKU) -> what is free of each lot, those that expire first before the others
    has_rules  whether channels are limited
    """

    places: tuple[Place, ...]
    available: dict[tuple[UUID, UUID], Decimal]
    positions: Mapping[tuple[UUID, UUID], LockedPosition] = field(default_factory=dict)
    lots: Mapping[tuple[UUID, UUID], tuple[FreeLot, ...]] = field(default_factory=dict)
    has_rules: bool = False


def lock_positions(work: Work, skus: Sequence[UUID], *, lock: bool = True) -> LockedStock:
    """Positions of `skus` at active locations, locked until the transaction ends. One statement; one more where a SKU
    is kept by lot.

    Take the order's and the account's lock before this one; every use case does.

    lock  False only reads them: to try something that is not written
    """
    rows = work.rows(
        f"{_LOCK}FOR NO KEY UPDATE OF p" if lock else _LOCK,
        {"tenant": work.tenant_id, "skus": sorted(set(skus)), "locale": work.tenant.locale},
    )
    places = {
        row.location_id: Place(
            id=row.location_id, key=row.key, name=row.name, kind=row.kind, country=row.country, region=row.region,
            latitude=row.latitude, longitude=row.longitude, priority=row.priority, tags=frozenset(row.tags),
            custom=row.custom,
        )
        for row in rows
    }  # fmt: skip
    by_lot = sorted({row.sku_id for row in rows if row.tracking == "lot"})
    return LockedStock(
        places=tuple(places.values()),
        available={(row.location_id, row.sku_id): row.available for row in rows},
        positions={
            (row.location_id, row.sku_id): LockedPosition(
                on_hand=row.on_hand, reserved=row.reserved, free=row.free, by_lot=row.tracking == "lot",
                min_days=row.min_remaining_days,
            )
            for row in rows
        },
        lots=free_lots(work, by_lot) if by_lot else {},
        has_rules=bool(rows) and rows[0].channel_rules,
    )  # fmt: skip


def free_lots(work: Work, skus: Sequence[UUID]) -> dict[tuple[UUID, UUID], tuple[FreeLot, ...]]:
    """(location, SKU) -> its free lots, those that expire first before the others."""
    found: dict[tuple[UUID, UUID], list[FreeLot]] = {}
    for row in work.rows(_LOTS, {"tenant": work.tenant_id, "skus": list(skus)}):
        lot = FreeLot(
            lot_id=row.lot_id, code=row.code, expires_on=row.expires_on, free=row.free, received_on=row.received_on
        )  # fmt: skip
        found.setdefault((row.location_id, row.sku_id), []).append(lot)
    return {key: first_expired_first_out(lots) for key, lots in found.items()}


def first_expired_first_out(lots: Sequence[FreeLot]) -> tuple[FreeLot, ...]:
    """By expiry, lots without one last; then by code, so that the order is always the same."""
    return tuple(sorted(lots, key=lambda lot: (lot.expires_on is None, lot.expires_on or date.max, lot.code)))
