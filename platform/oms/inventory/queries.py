"""Reads of stock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.catalog.queries import escape_like
from oms.fields.judge_values import seen_values

_POSITIONS = """
SELECT p.sku_id, s.code AS sku, s.name, s.base_unit, p.location_id, l.key AS location, l.names AS location_names,
  p.on_hand, p.allocated, p.reserved, p.safety_stock, p.available
FROM skus s
JOIN stock_positions p ON p.tenant_id = %(tenant)s AND p.sku_id = s.id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id
WHERE s.tenant_id = %(tenant)s AND (%(locations)s::uuid[] IS NULL OR p.location_id = ANY(%(locations)s))
  AND (%(location)s::text IS NULL OR l.key = %(location)s)
  AND (%(sku)s::text IS NULL OR s.code = %(sku)s)
  AND (%(like)s::text IS NULL OR s.search_text LIKE %(like)s)
  AND (NOT %(short_only)s OR p.available = 0)
  AND (%(after_sku)s::text IS NULL OR (s.code, l.key) > (%(after_sku)s, %(after_location)s))
ORDER BY s.code, l.key LIMIT %(limit)s
"""
_LOCATIONS = """
SELECT id, key, names, kind, country, region, city, latitude, longitude, priority, tags, active, custom FROM locations
WHERE tenant_id = %(tenant)s AND (%(locations)s::uuid[] IS NULL OR id = ANY(%(locations)s)) ORDER BY priority, key
"""
_MOVEMENTS = """
SELECT m.id, m.kind, m.on_hand_change, m.allocated_change, m.reason, m.at, m.actor, m.order_id,
  o.number AS order_number, l.key AS location
FROM stock_movements m
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = m.location_id
LEFT JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = m.order_id
WHERE m.tenant_id = %(tenant)s AND m.sku_id = %(sku)s
  AND (%(locations)s::uuid[] IS NULL OR m.location_id = ANY(%(locations)s))
ORDER BY m.id DESC LIMIT %(limit)s
"""


def list_positions(
    work: Work, *, search: str = "", sku: str | None = None, location: str | None = None, short_only: bool = False,
    limit: int = 50, after: tuple[str, str] | None = None,
) -> list[Any]:  # fmt: skip
    """Positions within reach by SKU and location; `after` is (SKU, location key) of the last one seen."""
    return work.rows(
        _POSITIONS,
        {
            "tenant": work.tenant_id, "locations": work.actor.reach_list("location"), "location": location, "sku": sku,
            "like": f"%{escape_like(search.strip().lower())}%" if search.strip() else None, "short_only": short_only,
            "after_sku": after[0] if after else None, "after_location": after[1] if after else None, "limit": limit,
        },
    )  # fmt: skip


def list_locations(work: Work) -> list[Any]:
    """Locations within reach, preferred first."""
    rows = work.rows(_LOCATIONS, {"tenant": work.tenant_id, "locations": work.actor.reach_list("location")})
    return [row._replace(custom=seen_values(work, "location", row.custom)) for row in rows]


def location_id_of(work: Work, key: str) -> UUID | None:
    """None where there is none within reach."""
    found = work.scalar(
        "SELECT id FROM locations WHERE tenant_id = %(tenant)s AND key = %(key)s",
        {"tenant": work.tenant_id, "key": key},
    )
    return found if found is not None and work.actor.may_see("location", found) else None


def list_movements(work: Work, sku_id: UUID, *, limit: int = 50) -> list[Any]:
    """What moved of a SKU, newest first."""
    return work.rows(
        _MOVEMENTS,
        {
            "tenant": work.tenant_id, "sku": sku_id, "locations": work.actor.reach_list("location"), "limit": limit,
        },
    )  # fmt: skip
