"""Reads stock positions under their locks, in key order, so that two orders cannot deadlock or oversell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.sourcing.strategies import Place

_LOCK = """
SELECT p.sku_id, p.location_id, p.available,
  l.key, coalesce(l.names ->> %(locale)s, l.names ->> 'en', l.key) AS name, l.kind, l.country, l.region,
  l.latitude, l.longitude, l.priority, l.tags, l.custom
FROM stock_positions p
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id AND l.active
WHERE p.tenant_id = %(tenant)s AND p.sku_id = ANY(%(skus)s)
ORDER BY p.sku_id, p.location_id
FOR NO KEY UPDATE OF p
"""


@dataclass(frozen=True, slots=True)
class LockedStock:
    """places     active locations that keep any of the SKUs
    available  (location, SKU) -> base units that may be promised, >= 0
    """

    places: tuple[Place, ...]
    available: dict[tuple[UUID, UUID], Decimal]


def lock_positions(work: Work, skus: Sequence[UUID]) -> LockedStock:
    """Positions of `skus` at active locations, locked until the transaction ends.

    Take the order's and the account's lock before this one; every use case does.
    """
    rows = work.rows(_LOCK, {"tenant": work.tenant_id, "skus": sorted(set(skus)), "locale": work.tenant.locale})
    places = {
        row.location_id: Place(
            id=row.location_id, key=row.key, name=row.name, kind=row.kind, country=row.country, region=row.region,
            latitude=row.latitude, longitude=row.longitude, priority=row.priority, tags=frozenset(row.tags),
            custom=row.custom,
        )
        for row in rows
    }  # fmt: skip
    return LockedStock(
        places=tuple(places.values()), available={(row.location_id, row.sku_id): row.available for row in rows}
    )
