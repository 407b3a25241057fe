"""From which day on how many units can be promised, for a SKU, a location and a channel."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.channel_stock.plan import limit_channel
from oms.channel_stock.sellable import by_sku, rules_for
from oms.inventory.availability import free_units
from oms.receipts.available_to_promise import Due, Outlook, outlook

# Quantities that came already are not expected any more (`outstanding`).
_DUE = """
SELECT e.sku_id, e.location_id, e.due_on, sum(e.outstanding) AS units FROM expected_receipts e
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = e.location_id AND l.active
WHERE e.tenant_id = %(tenant)s AND e.sku_id = ANY(%(skus)s) AND e.closed_at IS NULL AND e.outstanding > 0
  AND (%(location)s::uuid IS NULL OR e.location_id = %(location)s)
GROUP BY 1, 2, 3 ORDER BY 1, 3, 2
"""
_WAITING = """
SELECT l.sku_id, sum(l.backordered) AS units FROM order_lines l
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = l.order_id AND o.status = 'placed'
WHERE l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s) AND l.backordered > 0
GROUP BY 1
"""


def read_outlook(
    work: Work, skus: Sequence[UUID], *, channel: str | None = None, location_id: UUID | None = None
) -> dict[UUID, Outlook]:
    """SKU -> outlook, for each of `skus`. Three statements, and one more where channels are limited.

    location_id  only this location's units; whoever waits may be served from there, so all that wait still go first
    """
    parameters: dict[str, Any] = {"tenant": work.tenant_id, "skus": sorted(set(skus)), "location": location_id}
    rows = free_units(work, skus, location_id=location_id)
    rules = rules_for(work, rows, channel)
    due: dict[UUID, list[Due]] = {}
    for row in work.rows(_DUE, parameters):
        due.setdefault(row.sku_id, []).append(Due(row.location_id, row.due_on, row.units))
    waiting = {row.sku_id: row.units for row in work.rows(_WAITING, parameters)}
    of_sku = by_sku(rows)
    found = {}
    for sku_id in skus:
        mine = of_sku.get(sku_id, [])
        on_hand = {row.location_id: row.on_hand for row in mine}

        def total(free: Any, sku_id: UUID = sku_id, on_hand: Any = on_hand) -> Decimal:
            of_rules = rules.get(sku_id, ())
            if channel is not None and of_rules:
                free = limit_channel(channel, of_rules, free, on_hand).available
            return sum(free.values(), Decimal(0))

        free = {row.location_id: row.free for row in mine}
        now, steps = outlook(free, due.get(sku_id, ()), waiting.get(sku_id, Decimal(0)), work.today)
        found[sku_id] = Outlook(total(now), tuple((day, total(units)) for day, units in steps))
    return found
