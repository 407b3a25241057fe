"""Which location ships what: a pure plan over locked positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.i18n import N_
from oms.allocation.rule import SourcingRule
from oms.sourcing.place import NO_FACTS, Destination, Place, SourcingFacts, is_full
from oms.sourcing.strategies import STRATEGIES, Situation

_ZERO = Decimal(0)

NOT_ELIGIBLE = N_("the allocation rule leaves this location out")
NOTHING_TO_GIVE = N_("it can promise none of the open units")
CANNOT_SHIP_WHOLE_ORDER = N_("it cannot ship the whole order, and the order may not be split")
IS_FULL = N_("it has all the orders that it takes today")
LINE_WAITS = N_("a line is shipped when all of it is there")
ORDER_WAITS = N_("the order is shipped when all of it is there")


@dataclass(frozen=True, slots=True)
class Demand:
    """Open units of one line."""

    line_id: UUID
    sku_id: UUID
    sku: str
    open: Decimal


@dataclass(frozen=True, slots=True)
class Pick:
    """Base units of one line that one location promises. lot_id: of a SKU that is kept by lot, once it is bound."""

    line_id: UUID
    sku_id: UUID
    location_id: UUID
    quantity: Decimal
    lot_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AllocationPlan:
    """picks  in the order in which locations were chosen, then of the lines
    short    line -> base units that nobody could promise (> 0 only)
    rounds   how each location was chosen; JSON for the decision log
    """

    picks: tuple[Pick, ...]
    short: Mapping[UUID, Decimal]
    rounds: tuple[dict[str, Any], ...]

    @property
    def locations(self) -> tuple[UUID, ...]:
        return tuple(dict.fromkeys(pick.location_id for pick in self.picks))

    def summary(self) -> str:
        """Short, for lists: "2 locations, short 5"."""
        short = sum(self.short.values(), _ZERO)
        return f"{len(self.locations)} locations" + (f", short {short.normalize():f}" if short else "")


def plan_allocation(
    demand: Sequence[Demand],
    places: Sequence[Place],
    available: Mapping[tuple[UUID, UUID], Decimal],
    *,
    rule: SourcingRule,
    destination: Destination,
    left_out: Sequence[Place] = (),
    facts: SourcingFacts = NO_FACTS,
) -> AllocationPlan:
    """Chooses location after location by the rule's ranks until no open unit can be promised any more, and takes back
    what the rule does not let go in part.

    available  (location, SKU) -> base units that may be promised now, >= 0
    left_out   locations that the rule's filter refused; only for the trace
    """
    wanted = [line for line in demand if line.open > 0]
    waits: list[Demand] = []
    while True:
        plan = _choose_locations(wanted, places, available, rule, destination, left_out, facts)
        if rule.partial == "whole_order" and plan.short:
            return _all_wait(plan, demand, ORDER_WAITS) if plan.picks else plan
        begun = {pick.line_id for pick in plan.picks} & set(plan.short) if rule.partial == "whole_line" else set()
        if not begun:
            return _with_waiting(plan, waits)
        # What such a line gives up, others may have: they are planned anew without it.
        waits += [line for line in wanted if line.line_id in begun]
        wanted = [line for line in wanted if line.line_id not in begun]


def _all_wait(plan: AllocationPlan, demand: Sequence[Demand], because: str) -> AllocationPlan:
    told: dict[str, Any] = {"chosen": None, "because": because, "losers": [], "could": plan.rounds}
    return AllocationPlan(picks=(), short={line.line_id: line.open for line in demand if line.open > 0}, rounds=(told,))


def _with_waiting(plan: AllocationPlan, waits: Sequence[Demand]) -> AllocationPlan:
    if not waits:
        return plan
    told = {"chosen": None, "because": LINE_WAITS, "losers": [], "skus": sorted({line.sku for line in waits})}
    short = {**plan.short, **{line.line_id: line.open for line in waits}}
    return replace(plan, short=short, rounds=(*plan.rounds, told))


def _choose_locations(
    demand: Sequence[Demand],
    places: Sequence[Place],
    available: Mapping[tuple[UUID, UUID], Decimal],
    rule: SourcingRule,
    destination: Destination,
    left_out: Sequence[Place],
    facts: SourcingFacts,
) -> AllocationPlan:
    skus = {line.line_id: line.sku_id for line in demand}
    full = [place for place in places if rule.leaves_full_out and is_full(place, facts)]
    open_quantity = {line.line_id: line.open for line in demand if line.open > 0}
    stock = dict(available)
    picks: list[Pick] = []
    rounds: list[dict[str, Any]] = []
    remaining = [place for place in places if place not in full]
    while open_quantity and remaining:
        coverage = {place.id: _coverage(demand, open_quantity, stock, place, rule) for place in remaining}
        losers = [_loser(place, NOT_ELIGIBLE) for place in left_out] if not rounds else []
        losers += [_loser(place, IS_FULL) for place in full] if not rounds else []
        candidates = []
        for place in remaining:
            if not any(coverage[place.id].values()):
                losers.append(_loser(place, NOTHING_TO_GIVE))
            elif not rule.allow_split and coverage[place.id] != open_quantity:
                losers.append(_loser(place, CANNOT_SHIP_WHOLE_ORDER))
            else:
                situation = Situation(destination, open_quantity, coverage[place.id], skus, facts, rule.freight)
                candidates.append((_ranks(place, situation, rule), place))
        if not candidates:
            rounds.append({"chosen": None, "losers": losers})
            break
        candidates.sort(key=lambda candidate: _sort_key(*candidate))
        chosen = candidates[0][1]
        given = _take(demand, open_quantity, stock, chosen, coverage[chosen.id])
        picks += given
        rounds.append(
            {
                "chosen": chosen.key,
                "name": chosen.name,
                "ranks": _ranks_json(rule, candidates[0][0]),
                "gives": [{"sku": _sku(demand, pick.line_id), "quantity": str(pick.quantity)} for pick in given],
                "losers": [
                    {"location": place.key, "name": place.name, "ranks": _ranks_json(rule, ranks)}
                    for ranks, place in candidates[1:]
                ]
                + losers,
            }
        )
        remaining = [place for place in remaining if place.id != chosen.id]
        if not rule.allow_split:
            break
    return AllocationPlan(picks=tuple(picks), short=dict(open_quantity), rounds=tuple(rounds))


def positions_seen(
    demand: Sequence[Demand], places: Sequence[Place], available: Mapping[tuple[UUID, UUID], Decimal]
) -> dict[str, dict[str, str]]:
    """What could be promised when it was decided, for the decision log: {location key: {SKU: base units}}, each > 0.
    With it the decision can be taken again by another rule."""
    codes = {line.sku_id: line.sku for line in demand}
    seen: dict[str, dict[str, str]] = {}
    for place in places:
        units = {code: available.get((place.id, sku_id), _ZERO) for sku_id, code in codes.items()}
        if positive := {code: format(quantity.normalize(), "f") for code, quantity in units.items() if quantity > 0}:
            seen[place.key] = positive
    return seen


def _coverage(
    demand: Sequence[Demand],
    open_quantity: Mapping[UUID, Decimal],
    stock: Mapping[tuple[UUID, UUID], Decimal],
    place: Place,
    rule: SourcingRule,
) -> dict[UUID, Decimal]:
    """line -> units this place can promise; two lines of one SKU do not both count the same units."""
    left: dict[UUID, Decimal] = {}
    coverage: dict[UUID, Decimal] = {}
    for line in demand:
        wanted = open_quantity.get(line.line_id)
        if wanted is None:
            continue
        has = left.setdefault(line.sku_id, stock.get((place.id, line.sku_id), _ZERO))
        gives = min(has, wanted)
        if rule.whole_lines and gives < wanted:
            gives = _ZERO
        coverage[line.line_id] = gives
        left[line.sku_id] = has - gives
    return coverage


def _take(
    demand: Sequence[Demand],
    open_quantity: dict[UUID, Decimal],
    stock: dict[tuple[UUID, UUID], Decimal],
    place: Place,
    coverage: Mapping[UUID, Decimal],
) -> list[Pick]:
    given = []
    for line in demand:
        quantity = coverage.get(line.line_id, _ZERO)
        if quantity <= 0:
            continue
        given.append(Pick(line.line_id, line.sku_id, place.id, quantity))
        stock[place.id, line.sku_id] -= quantity
        open_quantity[line.line_id] -= quantity
        if not open_quantity[line.line_id]:
            del open_quantity[line.line_id]
    return given


def _ranks(place: Place, situation: Situation, rule: SourcingRule) -> tuple[Decimal | None, ...]:
    return tuple(STRATEGIES[chosen.name](place, situation, chosen.params) for chosen in rule.strategies)


def _sort_key(ranks: tuple[Decimal | None, ...], place: Place) -> tuple[Any, ...]:
    # A strategy that abstains ranks a location behind those it can judge.
    return (*((rank is None, rank or _ZERO) for rank in ranks), place.priority, place.key)


def _ranks_json(rule: SourcingRule, ranks: tuple[Decimal | None, ...]) -> list[dict[str, Any]]:
    return [
        {"strategy": chosen.name, "rank": None if rank is None else format(round(rank, 3).normalize(), "f")}
        for chosen, rank in zip(rule.strategies, ranks, strict=True)
    ]


def _loser(place: Place, because: str) -> dict[str, Any]:
    return {"location": place.key, "name": place.name, "because": because}


def _sku(demand: Sequence[Demand], line_id: UUID) -> str:
    return next(line.sku for line in demand if line.line_id == line_id)
