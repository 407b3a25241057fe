"""From which day on how many units can be promised, for a SKU, a location and a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.channel_stock.plan import ChannelRule, limit_channel
from oms.channel_stock.sellable import by_sku, rules_for
from oms.inventory.availability import FREE_UNITS, FreeUnits
from oms.receipts.available_to_promise import Due, Outlook, outlook

# Three kinds of rows in one round trip: what is free, what is due, what orders wait for. Quantities that came already
# are not expected any more (`outstanding`).
_OUTLOOK = f"""
SELECT 'free' AS what, f.sku_id, f.location_id, NULL::date AS due_on, f.free AS units, f.on_hand, f.has_rules
FROM ({FREE_UNITS}) f
UNION ALL
SELECT 'due', e.sku_id, e.location_id, e.due_on, sum(e.outstanding), NULL, false FROM expected_receipts e
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = e.location_id AND l.active
WHERE e.tenant_id = %(tenant)s AND e.sku_id = ANY(%(skus)s) AND e.closed_at IS NULL AND e.outstanding > 0
  AND (%(location)s::uuid IS NULL OR e.location_id = %(location)s)
GROUP BY e.sku_id, e.location_id, e.due_on
UNION ALL
SELECT 'waiting', l.sku_id, NULL, NULL, sum(l.backordered), NULL, false FROM order_lines l
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = l.order_id AND o.status = 'placed'
WHERE l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s) AND l.backordered > 0
GROUP BY l.sku_id
"""


def read_outlook(
    work: Work,
    skus: Sequence[UUID],
    *,
    channel: str | None = None,
    location_id: UUID | None = None,
    waiting_first: bool = True,
) -> dict[UUID, Outlook]:
    """SKU -> outlook, for each of `skus`. One statement, and one more where channels are limited.

    waiting_first  False: what there is, whoever waits for it
    location_id  only this location's units; whoever waits may be served from there, so all that wait still go first
    """
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "skus": sorted(set(skus)), "location": location_id, "today": work.today,
    }  # fmt: skip
    free: list[FreeUnits] = []
    due: dict[UUID, list[Due]] = {}
    waiting: dict[UUID, Decimal] = {}
    for row in work.rows(_OUTLOOK, parameters):
        if row.what == "free":
            free.append(FreeUnits(row.sku_id, row.location_id, row.on_hand, row.units, row.has_rules))
        elif row.what == "due":
            due.setdefault(row.sku_id, []).append(Due(row.location_id, row.due_on, row.units))
        else:
            waiting[row.sku_id] = row.units
    if not waiting_first:
        waiting = {}
    rules, of_sku = rules_for(work, free, channel), by_sku(free)
    return {
        sku_id: _of_sku(
            of_sku.get(sku_id, []), due.get(sku_id, []), waiting.get(sku_id, Decimal(0)),
            _Channel(channel, rules.get(sku_id, ())), work.today,
        )
        for sku_id in dict.fromkeys(skus)
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Channel:
    key: str | None
    rules: Sequence[ChannelRule]

    def total(self, free: Mapping[UUID, Decimal], on_hand: Mapping[UUID, Decimal]) -> Decimal:
        if self.key is not None and self.rules:
            free = limit_channel(self.key, self.rules, free, on_hand).available
        return sum(free.values(), Decimal(0))


def _of_sku(rows: Sequence[FreeUnits], due: Sequence[Due], waiting: Decimal, channel: _Channel, today: date) -> Outlook:
    on_hand = {row.location_id: row.on_hand for row in rows}
    free = {row.location_id: row.free for row in rows}
    now, steps = outlook(free, due, waiting, today)
    return Outlook(
        now=channel.total(now, on_hand),
        steps=tuple((day, channel.total(units, on_hand)) for day, units in steps),
        sellable=channel.total({place: max(units, Decimal(0)) for place, units in free.items()}, on_hand),
    )
