"""Loads the rules that mean some SKUs, with what their channels were promised already. One statement."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kernel.db import Work
from oms.channel_stock.plan import ChannelRule

# Promised counts what orders of the channel hold or were sent, and what is reserved for it.
_RULES = """
SELECT r.id, r.channel, r.kind, r.location_id, r.quantity, r.percent, s.id AS sku_id,
  CASE WHEN r.sku_id IS NOT NULL THEN 0 WHEN r.category <> '' THEN 1 ELSE 2 END AS rank,
  CASE WHEN r.kind = 'buffer' THEN 0 ELSE coalesce(promised.units, 0) + coalesce(kept.units, 0) END AS used
FROM channel_stock_rules r
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = ANY(%(skus)s)
JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
LEFT JOIN LATERAL (
  SELECT sum(a.quantity - a.released) AS units FROM order_lines ol
  JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = ol.order_id AND o.channel = r.channel
  JOIN allocations a ON a.tenant_id = %(tenant)s AND a.line_id = ol.id AND a.at >= coalesce(
    r.valid_from::timestamp AT TIME ZONE %(zone)s, r.created_at)
    AND (r.location_id IS NULL OR a.location_id = r.location_id)
  WHERE ol.tenant_id = %(tenant)s AND ol.sku_id = s.id
) promised ON r.kind <> 'buffer'
LEFT JOIN LATERAL (
  SELECT sum(u.quantity) AS units FROM reservations v
  JOIN reservation_units u ON u.tenant_id = %(tenant)s AND u.reservation_id = v.id
    AND (r.location_id IS NULL OR u.location_id = r.location_id)
  WHERE v.tenant_id = %(tenant)s AND v.sku_id = s.id AND v.channel = r.channel AND v.state = 'active'
    AND v.until > %(now)s
) kept ON r.kind <> 'buffer'
WHERE r.tenant_id = %(tenant)s AND r.active
  AND (r.sku_id = s.id OR (r.sku_id IS NULL AND (r.category = '' OR r.category = p.category)))
  AND (r.valid_from IS NULL OR r.valid_from <= %(today)s) AND (r.valid_to IS NULL OR r.valid_to >= %(today)s)
"""


def load_channel_rules(work: Work, skus: Sequence[UUID]) -> dict[UUID, tuple[ChannelRule, ...]]:
    """SKU -> rules of all channels that mean it today. Where it must hold, the SKUs' positions are locked."""
    found: dict[UUID, list[ChannelRule]] = {}
    parameters = {
        "tenant": work.tenant_id, "skus": sorted(set(skus)), "today": work.today, "zone": work.tenant.zone,
        "now": work.now,
    }  # fmt: skip
    for row in work.rows(_RULES, parameters):
        found.setdefault(row.sku_id, []).append(
            ChannelRule(
                id=row.id, channel=row.channel, kind=row.kind, location_id=row.location_id, quantity=row.quantity,
                percent=row.percent, rank=row.rank, used=row.used,
            )
        )  # fmt: skip
    return {sku_id: tuple(rules) for sku_id, rules in found.items()}
