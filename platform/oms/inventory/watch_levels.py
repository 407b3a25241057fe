"""Notices what needs a look: stock below its levels, lots that expire. Run again, it says nothing twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kernel.db import Work
from oms.inventory.book_entries import book_entries
from oms.inventory.entries import Entry, Place
from oms.inventory.words import Status

# One statement decides and announces: a crossing is told once, and told again only after the stock was high enough.
_WATCH = """
WITH standing AS (
  SELECT p.sku_id, p.location_id, p.low_since, p.on_hand - p.allocated - p.reserved AS free, p.safety_stock,
    p.reorder_point,
    p.on_hand - p.allocated - p.reserved < p.safety_stock
      OR (p.reorder_point > 0 AND p.on_hand - p.allocated - p.reserved <= p.reorder_point) AS low
  FROM stock_positions p
  WHERE p.tenant_id = %(tenant)s AND (p.safety_stock > 0 OR p.reorder_point > 0)
), turned AS (
  SELECT p.sku_id, p.location_id FROM stock_positions p
  JOIN standing s ON s.sku_id = p.sku_id AND s.location_id = p.location_id
  WHERE p.tenant_id = %(tenant)s AND s.low <> (s.low_since IS NOT NULL)
  ORDER BY p.sku_id, p.location_id LIMIT %(most)s
  FOR NO KEY UPDATE OF p SKIP LOCKED
), marked AS (
  UPDATE stock_positions p SET low_since = CASE WHEN s.low THEN %(now)s::timestamptz END
  FROM turned t JOIN standing s ON s.sku_id = t.sku_id AND s.location_id = t.location_id
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = t.sku_id AND p.location_id = t.location_id
    AND (p.low_since IS NULL) = s.low
  RETURNING p.sku_id, p.location_id, s.low, s.free, s.safety_stock, s.reorder_point
)
INSERT INTO outbox_messages (tenant_id, id, topic, payload, created_at, next_try_at)
SELECT %(tenant)s, new_id(), 'stock.low', jsonb_build_object('sku', k.code, 'location', l.key,
  'free', trim_scale(m.free)::text, 'safety_stock', trim_scale(m.safety_stock)::text,
  'reorder_point', trim_scale(m.reorder_point)::text), %(now)s, %(now)s
FROM marked m
JOIN skus k ON k.tenant_id = %(tenant)s AND k.id = m.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = m.location_id
WHERE m.low
"""
_CLEARED = """
UPDATE stock_positions SET low_since = NULL
WHERE tenant_id = %(tenant)s AND low_since IS NOT NULL AND safety_stock = 0 AND reorder_point = 0
"""
# A row for each bin that the lot lies in, and one (no bin) for what lies outside them.
_EXPIRED = """
SELECT p.sku_id, p.location_id, p.lot_id, p.on_hand - p.allocated AS free,
  q.on_hand - q.allocated - q.reserved AS most, c.bin_id, c.quantity AS in_bin,
  coalesce((SELECT sum(x.quantity) FROM bin_contents x WHERE x.tenant_id = %(tenant)s AND x.sku_id = p.sku_id
    AND x.location_id = p.location_id AND x.lot_id = p.lot_id AND x.status = 'good'), 0) AS in_bins
FROM lot_positions p
JOIN lots t ON t.tenant_id = %(tenant)s AND t.id = p.lot_id AND t.expires_on <= %(today)s
JOIN stock_positions q ON q.tenant_id = %(tenant)s AND q.sku_id = p.sku_id AND q.location_id = p.location_id
CROSS JOIN LATERAL (
  SELECT x.bin_id, x.quantity FROM bin_contents x WHERE x.tenant_id = %(tenant)s AND x.sku_id = p.sku_id
    AND x.location_id = p.location_id AND x.lot_id = p.lot_id AND x.status = 'good' AND x.quantity > 0
  UNION ALL SELECT NULL, NULL
) c
WHERE p.tenant_id = %(tenant)s AND p.on_hand > p.allocated
ORDER BY p.sku_id, p.location_id, p.lot_id, c.bin_id NULLS LAST LIMIT %(most)s
"""
_LOCK_EXPIRED = """
SELECT 1 FROM stock_positions q
WHERE q.tenant_id = %(tenant)s AND (q.sku_id, q.location_id) IN (
  SELECT p.sku_id, p.location_id FROM lot_positions p
  JOIN lots t ON t.tenant_id = %(tenant)s AND t.id = p.lot_id AND t.expires_on <= %(today)s
  WHERE p.tenant_id = %(tenant)s AND p.on_hand > p.allocated)
ORDER BY q.sku_id, q.location_id FOR NO KEY UPDATE
"""
_MOST = 1000


def announce_low_stock(work: Work) -> int:
    """Announces `stock.low` for each position that fell below its safety stock, or to its reorder point, since it was
    last above. Returns how many."""
    parameters = {"tenant": work.tenant_id, "now": work.now, "most": _MOST}
    work.execute(_CLEARED, parameters)
    announced = work.execute(_WATCH, parameters)
    if announced:
        work.wakes_relay = True
    return announced


def put_expired_aside(work: Work) -> int:
    """Moves free units of expired lots from good to quarantined, cause `expiry`. Returns how many lots it moved."""
    parameters = {"tenant": work.tenant_id, "today": work.today, "most": _MOST}
    if not work.rows(_EXPIRED, {**parameters, "most": 1}):
        return 0
    work.execute(_LOCK_EXPIRED, parameters)
    entries: list[Entry] = []
    left: dict[Place, Decimal] = {}  # what no reservation stands on
    moved = set()
    for row in work.rows(_EXPIRED, parameters):
        most = left.setdefault((row.sku_id, row.location_id), row.most)
        units = min(row.in_bin, row.free, most) if row.bin_id else min(row.free - row.in_bins, most)
        if units <= 0:
            continue
        left[row.sku_id, row.location_id] -= units
        moved.add((row.sku_id, row.location_id, row.lot_id))
        entries += _aside(row, units)
    book_entries(work, entries)
    return len(moved)


def _aside(row: Any, units: Decimal) -> list[Entry]:
    statuses: tuple[tuple[Decimal, Status], ...] = ((-units, "good"), (units, "quarantined"))
    return [
        Entry(
            sku_id=row.sku_id, location_id=row.location_id, kind="adjusted", cause="expiry", change=change,
            status=status, lot_id=row.lot_id, bin_id=row.bin_id,
        )
        for change, status in statuses
    ]  # fmt: skip
