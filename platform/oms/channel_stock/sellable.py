"""The rules that a channel's offer must keep to, and its rows by SKU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from kernel.db import Work
from oms.channel_stock.load_rules import load_channel_rules
from oms.channel_stock.plan import ChannelRule
from oms.inventory.availability import FreeUnits

Rules = Mapping[UUID, Sequence[ChannelRule]]


def rules_for(work: Work, rows: Sequence[FreeUnits], channel: str | None) -> Rules:
    if channel is None or not rows or not rows[0].has_rules:
        return {}
    return load_channel_rules(work, [row.sku_id for row in rows])


def by_sku(rows: Sequence[FreeUnits]) -> dict[UUID, list[FreeUnits]]:
    found: dict[UUID, list[FreeUnits]] = {}
    for row in rows:
        found.setdefault(row.sku_id, []).append(row)
    return found
