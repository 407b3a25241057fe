"""What a channel must leave, as pure decisions.

Of each kind the most specific rule of a channel and a location holds: one for the SKU before one for its category
before one for all. Units that are held back without naming a location are taken from the least preferred locations
first, so that the preferred ones stay of use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Any
from uuid import UUID

_ZERO = Decimal(0)
ALL_CHANNELS = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRule:
    """A rule as it means one SKU.

    kind         buffer, quota or exclusive
    location_id  None: all locations together
    quantity     base units; None where percent of what is on hand holds
    rank         0 for the SKU, 1 for its category, 2 for all
    used         base units that the channel was promised already, within the rule's days
    """

    id: UUID
    channel: str
    kind: str
    location_id: UUID | None
    quantity: Decimal | None
    percent: Decimal | None
    rank: int
    used: Decimal = _ZERO


@dataclass(frozen=True, slots=True)
class Limited:
    """available  location -> base units that the channel may be promised
    told       how each rule that mattered changed that, for the decision's trace
    """

    available: Mapping[UUID, Decimal]
    told: tuple[dict[str, Any], ...]


def limit_channel(
    channel: str, rules: Sequence[ChannelRule], free: Mapping[UUID, Decimal], on_hand: Mapping[UUID, Decimal]
) -> Limited:
    """What `channel` may be promised of one SKU.

    rules    that mean the SKU, of all channels
    free     location -> base units that may be promised to anybody, >= 0; preferred locations first
    on_hand  location -> good units; what percent is of
    """
    left = dict(free)
    told = []
    for rule in _that_hold(rules, channel):
        before = sum(left.values(), _ZERO)
        if rule.kind == "quota":
            _cap(left, rule.location_id, max((rule.quantity or _ZERO) - rule.used, _ZERO))
        else:
            _hold_back(left, rule.location_id, _units_of(rule, on_hand))
        kept = before - sum(left.values(), _ZERO)
        if kept > 0:
            told.append({"rule": str(rule.id), "kind": rule.kind, "channel": rule.channel, "held_back": _plain(kept)})
    return Limited(left, tuple(told))


def used_more(rules: Sequence[ChannelRule], channel: str, location_id: UUID, units: Decimal) -> tuple[ChannelRule, ...]:
    """The rules after `channel` was promised `units` there."""
    return tuple(
        replace(rule, used=rule.used + units)
        if rule.channel == channel and rule.location_id in {None, location_id} and rule.kind != "buffer"
        else rule
        for rule in rules
    )


def _that_hold(rules: Sequence[ChannelRule], channel: str) -> list[ChannelRule]:
    """Set-asides of others, then buffers, then quotas."""
    best: dict[tuple[str, str, UUID | None], ChannelRule] = {}
    for rule in sorted(rules, key=lambda each: (each.rank, each.id)):
        mine = rule.channel in {channel, ALL_CHANNELS}
        if mine == (rule.kind == "exclusive"):
            continue  # a set-aside limits the others, all else limits the channel itself
        best.setdefault((rule.kind, rule.channel, rule.location_id), rule)
    order = {"exclusive": 0, "buffer": 1, "quota": 2}
    return sorted(best.values(), key=lambda rule: (order[rule.kind], rule.location_id is None, rule.rank, rule.id))


def _units_of(rule: ChannelRule, on_hand: Mapping[UUID, Decimal]) -> Decimal:
    if rule.percent is not None:
        there = on_hand.get(rule.location_id, _ZERO) if rule.location_id else sum(on_hand.values(), _ZERO)
        return (there * rule.percent / 100).quantize(Decimal(1), rounding=ROUND_CEILING)
    units = rule.quantity or _ZERO
    return max(units - rule.used, _ZERO) if rule.kind == "exclusive" else units


def _hold_back(left: dict[UUID, Decimal], location_id: UUID | None, units: Decimal) -> None:
    for place in reversed(list(left)) if location_id is None else [location_id]:
        taken = min(left.get(place, _ZERO), units)
        if taken > 0:
            left[place] -= taken
            units -= taken


def _cap(left: dict[UUID, Decimal], location_id: UUID | None, most: Decimal) -> None:
    there = left.get(location_id, _ZERO) if location_id else sum(left.values(), _ZERO)
    _hold_back(left, location_id, max(there - most, _ZERO))


def _plain(units: Decimal) -> str:
    return f"{units.normalize():f}"
