"""What needs a look, one list for each kind."""

from __future__ import annotations

from typing import Any

from kernel.db import Work

KINDS = ("below_safety", "reorder", "expiring", "oversold", "stale")

_HEAD = """
SELECT s.code AS sku, s.name, s.base_unit, l.key AS location, l.names AS location_names, p.on_hand, p.allocated,
  p.reserved, p.safety_stock, p.reorder_point, p.on_hand - p.allocated - p.reserved AS free, p.low_since,
  NULL::text AS lot, NULL::date AS expires_on, NULL::numeric AS lot_units, NULL::timestamptz AS last_out,
  (SELECT coalesce(sum(e.outstanding), 0) FROM expected_receipts e WHERE e.tenant_id = %(tenant)s
    AND e.sku_id = p.sku_id AND e.location_id = p.location_id AND e.closed_at IS NULL) AS expected
FROM stock_positions p
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id
WHERE p.tenant_id = %(tenant)s AND (%(reach)s::uuid[] IS NULL OR p.location_id = ANY(%(reach)s))
"""
_EXPIRING = """
SELECT s.code AS sku, s.name, s.base_unit, l.key AS location, l.names AS location_names, p.on_hand, p.allocated,
  0::numeric AS reserved, 0::numeric AS safety_stock, 0::numeric AS reorder_point, p.on_hand - p.allocated AS free,
  NULL::timestamptz AS low_since, t.code AS lot, t.expires_on, p.on_hand + p.quarantined AS lot_units,
  NULL::timestamptz AS last_out, 0::numeric AS expected
FROM lots t
JOIN lot_positions p ON p.tenant_id = %(tenant)s AND p.lot_id = t.id AND p.on_hand + p.quarantined > 0
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id
WHERE t.tenant_id = %(tenant)s AND t.expires_on <= %(today)s::date + %(days)s
  AND (%(reach)s::uuid[] IS NULL OR p.location_id = ANY(%(reach)s))
ORDER BY t.expires_on, s.code, l.key LIMIT %(limit)s
"""
# Nothing left for so long: no goods went out, though there were some all the time.
_STALE = """
SELECT s.code AS sku, s.name, s.base_unit, l.key AS location, l.names AS location_names, p.on_hand, p.allocated,
  p.reserved, p.safety_stock, p.reorder_point, p.on_hand - p.allocated - p.reserved AS free, p.low_since,
  NULL::text AS lot, NULL::date AS expires_on, NULL::numeric AS lot_units, m.last_out, 0::numeric AS expected
FROM stock_positions p
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id
JOIN (
  SELECT sku_id, location_id, min(at) AS first_at,
    max(at) FILTER (WHERE on_hand_change < 0 OR allocated_change > 0) AS last_out
  FROM stock_movements WHERE tenant_id = %(tenant)s AND status = 'good' GROUP BY 1, 2
) m ON m.sku_id = p.sku_id AND m.location_id = p.location_id
WHERE p.tenant_id = %(tenant)s AND p.on_hand > 0 AND coalesce(m.last_out, m.first_at) < %(stale)s
  AND (%(reach)s::uuid[] IS NULL OR p.location_id = ANY(%(reach)s))
ORDER BY coalesce(m.last_out, m.first_at), s.code, l.key LIMIT %(limit)s
"""
_SQL = {
    "below_safety": _HEAD
    + " AND p.safety_stock > 0 AND p.on_hand - p.allocated - p.reserved < p.safety_stock ORDER BY 1, 4 LIMIT %(limit)s",
    "reorder": _HEAD
    + " AND p.reorder_point > 0 AND p.on_hand - p.allocated - p.reserved <= p.reorder_point"
    + " ORDER BY 1, 4 LIMIT %(limit)s",
    "oversold": _HEAD + " AND p.allocated + p.reserved > p.on_hand ORDER BY 1, 4 LIMIT %(limit)s",
    "expiring": _EXPIRING,
    "stale": _STALE,
}


def list_alerts(work: Work, kind: str, *, expiry_days: int, stale_since: Any, limit: int = 200) -> list[Any]:
    """Within reach. stale_since: instant; of `expiring` those that expire soonest come first."""
    return work.rows(
        _SQL[kind],
        {
            "tenant": work.tenant_id, "reach": work.actor.reach_list("location"), "today": work.today,
            "days": expiry_days, "stale": stale_since, "limit": limit,
        },
    )  # fmt: skip
