"""How many units a channel could sell now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.channel_stock.load_rules import load_channel_rules
from oms.channel_stock.plan import ChannelRule, limit_channel
from oms.inventory.availability import FreeUnits, free_units

Rules = Mapping[UUID, Sequence[ChannelRule]]


def sellable_units(
    work: Work, skus: Sequence[UUID], *, channel: str | None, location_id: UUID | None = None
) -> dict[UUID, Decimal]:
    """SKU -> base units; a SKU that is kept nowhere is absent. One statement, and one more where channels are limited.

    channel  None: whatever any channel could sell
    """
    rows = free_units(work, skus, location_id=location_id)
    rules = rules_for(work, rows, channel)
    return {sku_id: sell_from(of_sku, rules.get(sku_id, ()), channel) for sku_id, of_sku in by_sku(rows).items()}


def rules_for(work: Work, rows: Sequence[FreeUnits], channel: str | None) -> Rules:
    if channel is None or not rows or not rows[0].has_rules:
        return {}
    return load_channel_rules(work, [row.sku_id for row in rows])


def sell_from(rows: Sequence[FreeUnits], rules: Sequence[ChannelRule], channel: str | None) -> Decimal:
    """What the channel may sell of one SKU."""
    free = {row.location_id: max(row.free, Decimal(0)) for row in rows}
    if channel is not None and rules:
        free = dict(limit_channel(channel, rules, free, {row.location_id: row.on_hand for row in rows}).available)
    return sum(free.values(), Decimal(0))


def by_sku(rows: Sequence[FreeUnits]) -> dict[UUID, list[FreeUnits]]:
    found: dict[UUID, list[FreeUnits]] = {}
    for row in rows:
        found.setdefault(row.sku_id, []).append(row)
    return found
