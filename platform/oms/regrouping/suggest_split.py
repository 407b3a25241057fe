"""How a rule would split an order: the groups, before anything is written. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from low_code.expressions import Environment
from oms.kinds.split_rules.compile import SplitRule, SplitRules
from oms.orders.lock_order import LockedLine
from oms.regrouping.pieces import OpenPromise
from oms.regrouping.split_order import SplitOff

_ZERO = Decimal(0)
_GRAMS = Decimal(1000)


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """What a rule may look at.

    values   the order as rules read it; its lines stand in the order of `lines`
    weights  SKU -> grams of one base unit
    names    location -> how people call it
    """

    values: Mapping[str, Any]
    lines: Sequence[LockedLine]
    promises: Sequence[OpenPromise]
    weights: Mapping[UUID, Decimal]
    names: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """groups  of units, each with what makes it one; the first stays in the order, the others leave it"""

    rule: SplitRule
    groups: tuple[SplitOff, ...]

    @property
    def leaving(self) -> tuple[SplitOff, ...]:
        return self.groups[1:]


def suggest_split(rules: SplitRules, facts: SplitFacts, *, now: datetime, today: date) -> Suggestion | None:
    """By the first rule that makes more than one order; None where none does or the order is never split."""
    moment = Environment(now=now, today=today)
    if rules.never is not None and rules.never(facts.values, moment):
        return None
    for rule in rules.rules:
        if rule.when is not None and not rule.when(facts.values, moment):
            continue
        groups = groups_of(rule, facts, moment)
        if len(groups) > 1:
            return Suggestion(rule, groups)
    return None


def groups_of(rule: SplitRule, facts: SplitFacts, moment: Environment) -> tuple[SplitOff, ...]:
    """All units of the order in the rule's groups. Units that nobody promised stay with the first one of a split by
    location, for nobody knows yet where they will come from."""
    if rule.how == "location":
        return _by_location(facts)
    if rule.how == "value":
        return _by_value(rule, facts, moment)
    return _by_limit(rule, facts)


def _by_location(facts: SplitFacts) -> tuple[SplitOff, ...]:
    places: dict[UUID, dict[UUID, Decimal]] = {}
    for promise in facts.promises:
        places.setdefault(promise.location_id, {})[promise.id] = promise.open
    waiting = {line.id: line.open for line in facts.lines if line.open > 0}
    groups = [SplitOff(promised=units, label=facts.names.get(place, "")) for place, units in places.items()]
    if waiting:
        return (SplitOff(units=waiting), *groups)
    return tuple(groups)


def _by_value(rule: SplitRule, facts: SplitFacts, moment: Environment) -> tuple[SplitOff, ...]:
    assert rule.value is not None
    groups: dict[str, dict[UUID, Decimal]] = {}
    order = facts.values["order"]
    for line, values in zip(facts.lines, order["lines"], strict=True):
        if line.cancellable > 0:
            value = str(rule.value({"order": order, "line": values}, moment) or "")
            groups.setdefault(value, {})[line.id] = line.cancellable
    return tuple(SplitOff(units=units, label=value) for value, units in groups.items())


def _by_limit(rule: SplitRule, facts: SplitFacts) -> tuple[SplitOff, ...]:
    """Line after line into the order at hand until the next unit would be too much. A unit that is too much by
    itself gets an order of its own."""
    assert rule.most is not None
    bins: list[dict[UUID, Decimal]] = [{}]
    used = _ZERO
    for line in facts.lines:
        left, each = line.cancellable, _measure(rule.how, line, facts)
        while left > 0:
            room = rule.most - used
            units = left if each <= 0 else min(left, (room / each).to_integral_value(ROUND_FLOOR))
            if units <= 0:
                if bins[-1]:
                    bins.append({})
                    used = _ZERO
                    continue
                units = min(left, Decimal(1))
            bins[-1][line.id] = bins[-1].get(line.id, _ZERO) + units
            used += units * each
            left -= units
    return tuple(SplitOff(units=units) for units in bins if units)


def _measure(how: str, line: LockedLine, facts: SplitFacts) -> Decimal:
    """What one base unit counts."""
    if how == "weight":
        return facts.weights.get(line.sku_id, _ZERO) / _GRAMS
    if how == "amount":
        units = line.ordered - line.cancelled
        return line.gross / units if units else _ZERO
    return Decimal(1)
