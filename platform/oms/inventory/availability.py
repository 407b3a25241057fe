"""How many units could be promised now, location by location: part of a statement that others complete."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

# Units of lots that have expired are still counted as on hand until they are put aside; nobody is promised them.
FREE_UNITS = """
SELECT p.sku_id, p.location_id, p.on_hand,
  p.on_hand - p.allocated - p.reserved - p.safety_stock - coalesce(expired.units, 0) AS free,
  EXISTS (SELECT FROM channel_stock_rules r WHERE r.tenant_id = %(tenant)s AND r.active) AS has_rules
FROM stock_positions p
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id AND l.active
LEFT JOIN LATERAL (
  SELECT sum(x.on_hand - x.allocated) AS units FROM lot_positions x
  JOIN lots t ON t.tenant_id = %(tenant)s AND t.id = x.lot_id AND t.expires_on <= %(today)s + s.min_remaining_days
  WHERE x.tenant_id = %(tenant)s AND x.sku_id = p.sku_id AND x.location_id = p.location_id
) expired ON s.tracking = 'lot'
WHERE p.tenant_id = %(tenant)s AND p.sku_id = ANY(%(skus)s)
  AND (%(location)s::uuid IS NULL OR p.location_id = %(location)s)
ORDER BY p.sku_id, l.priority, l.key
"""


@dataclass(frozen=True, slots=True)
class FreeUnits:
    """free  on_hand - allocated - reserved - safety stock - what has expired; below 0 where stock is short"""

    sku_id: UUID
    location_id: UUID
    on_hand: Decimal
    free: Decimal
    has_rules: bool
