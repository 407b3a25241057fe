"""How old stock is, and how long it will last.

Age: what is on hand is taken to be what arrived last (first in, first out); each arrival that is still there weighs
its units. Turnover: good units that left within the days asked for (shipped, or taken out by hand), over the average
on hand, which is today's less each change of the days, weighed by how much of the days had passed before it. Days of
cover: on hand over what leaves in a day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kernel.db import Work

_FIGURES = """
WITH moves AS (
  SELECT sku_id, location_id, at, on_hand_change AS change, cause, kind, id FROM stock_movements
  WHERE tenant_id = %(tenant)s AND status = 'good' AND on_hand_change <> 0
), arrivals AS (
  SELECT m.sku_id, m.location_id, m.at, m.change, p.on_hand,
    coalesce(sum(m.change) OVER (PARTITION BY m.sku_id, m.location_id ORDER BY m.at DESC, m.id DESC
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer
  FROM moves m
  JOIN stock_positions p ON p.tenant_id = %(tenant)s AND p.sku_id = m.sku_id AND p.location_id = m.location_id
  WHERE m.change > 0 AND m.cause NOT IN ('bin_move', 'status_change') AND p.on_hand > 0
), ages AS (
  SELECT sku_id, location_id, min(at) FILTER (WHERE newer < on_hand) AS oldest_at,
    sum(least(change, greatest(on_hand - newer, 0)) * extract(epoch FROM %(now)s - at)) / 86400
      / nullif(sum(least(change, greatest(on_hand - newer, 0))), 0) AS average_days
  FROM arrivals GROUP BY sku_id, location_id
), turns AS (
  SELECT sku_id, location_id,
    -coalesce(sum(change) FILTER (WHERE change < 0 AND cause NOT IN ('bin_move', 'status_change', 'transfer_out')), 0)
      AS went_out,
    sum(change * extract(epoch FROM at - %(since)s) / extract(epoch FROM %(now)s - %(since)s)) AS before
  FROM moves WHERE at > %(since)s GROUP BY sku_id, location_id
)
SELECT s.code AS sku, s.name, s.base_unit, l.key AS location, l.names AS location_names, p.on_hand,
  round(a.average_days::numeric, 1) AS average_days, a.oldest_at,
  coalesce(t.went_out, 0) AS went_out,
  round(greatest(p.on_hand - coalesce(t.before, 0), 0)::numeric, 2) AS average_units,
  round((coalesce(t.went_out, 0) / nullif(greatest(p.on_hand - coalesce(t.before, 0), 0), 0))::numeric, 2) AS turnover,
  round((p.on_hand * %(days)s / nullif(t.went_out, 0))::numeric, 1) AS days_of_cover
FROM stock_positions p
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id
LEFT JOIN ages a ON a.sku_id = p.sku_id AND a.location_id = p.location_id
LEFT JOIN turns t ON t.sku_id = p.sku_id AND t.location_id = p.location_id
WHERE p.tenant_id = %(tenant)s AND (p.on_hand > 0 OR t.went_out > 0)
  AND (%(reach)s::uuid[] IS NULL OR p.location_id = ANY(%(reach)s))
  AND (%(location)s::text IS NULL OR l.key = %(location)s)
ORDER BY a.average_days DESC NULLS LAST, s.code, l.key
LIMIT %(limit)s
"""


def age_and_turnover(work: Work, *, days: int = 90, location: str | None = None, limit: int | None = None) -> list[Any]:
    """A row for each position, the oldest stock first. One statement over all positions and movements."""
    return work.rows(
        _FIGURES,
        {
            "tenant": work.tenant_id, "now": work.now, "since": work.now - timedelta(days=days), "days": days,
            "reach": work.actor.reach_list("location"), "location": location, "limit": limit,
        },
    )  # fmt: skip
