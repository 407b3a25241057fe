"""Reads of stock."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.catalog.queries import escape_like
from oms.fields.judge_values import seen_values
from oms.inventory.errors import BinNotFound, LotNotFound
from oms.inventory.lots import find_lots

_POSITIONS = """
SELECT p.sku_id, s.code AS sku, s.name, s.base_unit, p.location_id, l.key AS location, l.names AS location_names,
  p.on_hand, p.allocated, p.reserved, p.safety_stock, p.available, p.quarantined, p.damaged, p.reorder_point
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
SELECT id, key, names, kind, country, region, city, latitude, longitude, priority, tags, active,
  daily_capacity, custom FROM locations
WHERE tenant_id = %(tenant)s AND (%(locations)s::uuid[] IS NULL OR id = ANY(%(locations)s)) ORDER BY priority, key
"""
_MOVEMENTS = """
SELECT m.id, s.code AS sku, m.kind, m.cause, m.status, m.on_hand_change, m.allocated_change,
  m.reserved_change, m.reason, m.at, m.actor, m.order_id, o.number AS order_number, l.key AS location, t.code AS lot,
  b.code AS bin, m.serials,
  m.document_kind, m.document_id, m.document_number
FROM stock_movements m
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = m.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = m.location_id
LEFT JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = m.order_id
LEFT JOIN lots t ON t.tenant_id = %(tenant)s AND t.id = m.lot_id
LEFT JOIN bins b ON b.tenant_id = %(tenant)s AND b.id = m.bin_id
WHERE m.tenant_id = %(tenant)s AND (%(sku)s::uuid IS NULL OR m.sku_id = %(sku)s)
  AND (%(locations)s::uuid[] IS NULL OR m.location_id = ANY(%(locations)s))
  AND (%(location)s::text IS NULL OR l.key = %(location)s)
  AND (%(kind)s::text IS NULL OR m.kind = %(kind)s) AND (%(cause)s::text IS NULL OR m.cause = %(cause)s)
  AND (%(document)s::uuid IS NULL OR m.document_id = %(document)s)
  AND (%(before)s::uuid IS NULL OR m.id < %(before)s)
ORDER BY m.id DESC LIMIT %(limit)s
"""
_LOTS = """
SELECT t.code, t.expires_on, t.received_on, t.unit_cost, l.key AS location, p.on_hand, p.allocated, p.quarantined,
  p.damaged
FROM lot_positions p
JOIN lots t ON t.tenant_id = %(tenant)s AND t.id = p.lot_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id
WHERE p.tenant_id = %(tenant)s AND p.sku_id = %(sku)s AND p.on_hand + p.quarantined + p.damaged > 0
  AND (%(locations)s::uuid[] IS NULL OR p.location_id = ANY(%(locations)s))
ORDER BY t.expires_on NULLS LAST, t.code, l.key LIMIT 200
"""
_SERIALS = """
SELECT n.serial, n.state, n.status, l.key AS location, b.code AS bin FROM serial_numbers n
LEFT JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = n.location_id
LEFT JOIN bins b ON b.tenant_id = %(tenant)s AND b.id = n.bin_id
WHERE n.tenant_id = %(tenant)s AND n.sku_id = %(sku)s
  AND (%(locations)s::uuid[] IS NULL OR n.location_id = ANY(%(locations)s))
ORDER BY n.location_id IS NULL, n.serial LIMIT 500
"""
_BINS = """
SELECT b.id, b.code, b.kind, b.is_default, b.active, l.key AS location, l.names AS location_names,
  count(c.id) AS things, coalesce(sum(c.quantity), 0) AS units
FROM bins b
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = b.location_id
LEFT JOIN bin_contents c ON c.tenant_id = %(tenant)s AND c.bin_id = b.id AND c.quantity > 0
WHERE b.tenant_id = %(tenant)s AND (%(locations)s::uuid[] IS NULL OR b.location_id = ANY(%(locations)s))
GROUP BY b.id, b.code, b.kind, b.is_default, b.active, l.key, l.names, l.priority
ORDER BY l.priority, l.key, b.code LIMIT 1000
"""
_CONTENTS = """
SELECT b.code AS bin, l.key AS location, t.code AS lot, c.status, c.quantity FROM bin_contents c
JOIN bins b ON b.tenant_id = %(tenant)s AND b.id = c.bin_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = c.location_id
LEFT JOIN lots t ON t.tenant_id = %(tenant)s AND t.id = c.lot_id
WHERE c.tenant_id = %(tenant)s AND c.sku_id = %(sku)s AND c.quantity > 0
  AND (%(locations)s::uuid[] IS NULL OR c.location_id = ANY(%(locations)s))
ORDER BY l.key, b.code, t.code, c.status LIMIT 500
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


def list_movements(
    work: Work, sku_id: UUID | None, *, location: str | None = None, kind: str | None = None, cause: str | None = None,
    document_id: UUID | None = None, limit: int = 50, before: UUID | None = None,
) -> list[Any]:  # fmt: skip
    """What moved of a SKU (None: of all), newest first. location: its key; before: id of the last one seen."""
    return work.rows(
        _MOVEMENTS,
        {
            "tenant": work.tenant_id, "sku": sku_id, "locations": work.actor.reach_list("location"), "limit": limit,
            "location": location, "kind": kind, "cause": cause, "document": document_id, "before": before,
        },
    )  # fmt: skip


def list_lots(work: Work, sku_id: UUID) -> list[Any]:
    """Where there are units of which lot of a SKU; those that expire first before the others."""
    return _of_sku(work, _LOTS, sku_id)


def list_serials(work: Work, sku_id: UUID) -> list[Any]:
    """Serial numbers of a SKU, those that are in stock before the others; 500 at most."""
    return _of_sku(work, _SERIALS, sku_id)


def list_contents(work: Work, sku_id: UUID) -> list[Any]:
    """What of a SKU lies in which bin."""
    return _of_sku(work, _CONTENTS, sku_id)


def list_bins(work: Work) -> list[Any]:
    """Bins of all locations within reach, with how many things and units are in them."""
    return work.rows(_BINS, {"tenant": work.tenant_id, "locations": work.actor.reach_list("location")})


def bin_id_of(work: Work, location_id: UUID, code: str) -> UUID:
    """Raises BinNotFound."""
    found = work.scalar(
        "SELECT id FROM bins"
        " WHERE tenant_id = %(tenant)s AND location_id = %(location)s AND code = %(code)s AND active",
        {"tenant": work.tenant_id, "location": location_id, "code": code},
    )
    if found is None:
        raise BinNotFound(bin=code)
    return UUID(str(found))


def lot_id_of(work: Work, sku_id: UUID, code: str) -> UUID:
    """Raises LotNotFound."""
    found = find_lots(work, [(sku_id, code)]).get((sku_id, code))
    if found is None:
        sku = work.scalar(
            "SELECT code FROM skus WHERE tenant_id = %(tenant)s AND id = %(sku)s",
            {"tenant": work.tenant_id, "sku": sku_id},
        )
        raise LotNotFound(lot=code, sku=sku)
    return found


def _of_sku(work: Work, sql: str, sku_id: UUID) -> list[Any]:
    parameters = {"tenant": work.tenant_id, "sku": sku_id, "locations": work.actor.reach_list("location")}
    return work.rows(sql, parameters)
