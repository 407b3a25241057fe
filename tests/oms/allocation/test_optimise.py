"""The optimising mode against brute force on small batches: as cheap as anything that keeps to the limits, and never
dearer than the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.allocation.candidates import Candidate, Limits
from oms.allocation.costs import OrderTariff
from oms.allocation.improve import cost_of, improve
from oms.allocation.optimise import optimise
from oms.allocation.plan import AllocationPlan, Demand, Pick, plan_allocation
from oms.allocation.rule import RankedStrategy, SourcingRule
from oms.sourcing.place import Destination, Place

NONE = Decimal(0)
SKUS = [UUID(int=100), UUID(int=101)]
PLACES = [UUID(int=1000), UUID(int=1001)]


def _place(place_id: UUID) -> Place:
    return Place(
        id=place_id, key=str(place_id.int), name="", kind="warehouse", country="", region="", latitude=None,
        longitude=None, priority=1, tags=frozenset(),
    )  # fmt: skip


@st.composite
def rules(draw: st.DrawFn) -> SourcingRule:
    strategies = [RankedStrategy("fewest_splits"), RankedStrategy("priority")]
    if draw(st.booleans()):
        strategies.append(RankedStrategy("capacity_per_day", {"full": "leave_out"}))
    return SourcingRule(
        strategies=tuple(strategies), allow_split=draw(st.booleans()), whole_lines=draw(st.booleans()),
        partial=draw(st.sampled_from(["allow", "whole_line", "whole_order"])),
    )  # fmt: skip


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[Candidate], Limits]:
    free = {(place, sku): Decimal(draw(st.integers(0, 4))) for place in PLACES for sku in SKUS}
    capacity = {PLACES[0]: draw(st.integers(0, 3))} if draw(st.booleans()) else {}
    left, days = dict(free), dict(capacity)
    orders = []
    for number in range(draw(st.integers(1, 3))):
        demand = [
            Demand(UUID(int=10 * number + at + 1), draw(st.sampled_from(SKUS)), "sku", Decimal(draw(st.integers(1, 3))))
            for at in range(draw(st.integers(1, 2)))
        ]
        rule = draw(rules())
        tariff = OrderTariff(
            base={place: Decimal(draw(st.integers(0, 9))) for place in PLACES},
            per_unit={(place, sku): Decimal(draw(st.integers(0, 3))) for place in PLACES for sku in SKUS},
            split=Decimal(draw(st.integers(0, 6))), unfilled=Decimal(draw(st.integers(0, 20))),
        )  # fmt: skip
        shipping = [place for place in PLACES if not (rule.leaves_full_out and days.get(place, 1) <= 0)]
        plan = plan_allocation(
            demand, [_place(place) for place in shipping], dict(left), rule=rule, destination=Destination()
        )
        for pick in plan.picks:
            left[pick.location_id, pick.sku_id] -= pick.quantity
        for place in plan.locations if rule.leaves_full_out else ():
            if place in days:
                days[place] -= 1
        orders.append(
            Candidate(
                order_id=UUID(int=number + 1), demand=demand, places=PLACES, available=free, rule=rule, tariff=tariff,
                by_rules=plan,
            )
        )  # fmt: skip
    return orders, Limits(free=free, capacity=capacity)


def _ways(one: Candidate) -> Iterator[AllocationPlan]:
    """Every plan of one order that its rule allows, whatever others want."""
    cells = [(line, place) for line in one.demand for place in one.places]
    for units in product(*(range(int(line.open) + 1) for line, _ in cells)):
        picks = tuple(
            Pick(line.line_id, line.sku_id, place, Decimal(number))
            for (line, place), number in zip(cells, units, strict=True)
            if number
        )
        given = {line.line_id: NONE for line in one.demand}
        for pick in picks:
            given[pick.line_id] += pick.quantity
        short = {line.line_id: line.open - given[line.line_id] for line in one.demand}
        plan = AllocationPlan(picks=picks, short={line: units for line, units in short.items() if units}, rounds=())
        if all(units >= 0 for units in short.values()) and _allowed(one, plan, given):
            yield plan


def _allowed(one: Candidate, plan: AllocationPlan, given: dict[UUID, Decimal]) -> bool:
    rule = one.rule
    whole = all(given[line.line_id] in (0, line.open) for line in one.demand)
    if rule.whole_lines and (not whole or len({pick.line_id for pick in plan.picks}) < len(plan.picks)):
        return False
    if rule.partial == "whole_line" and not whole:
        return False
    if rule.partial == "whole_order" and plan.picks and plan.short:
        return False
    return rule.allow_split or not plan.picks or (len(plan.locations) == 1 and not plan.short)


def _fits(orders: list[Candidate], plans: tuple[AllocationPlan, ...], limits: Limits) -> bool:
    taken: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    days: dict[UUID, int] = defaultdict(int)
    for one, plan in zip(orders, plans, strict=True):
        for pick in plan.picks:
            taken[pick.location_id, pick.sku_id] += pick.quantity
        for place in plan.locations if one.rule.leaves_full_out else ():
            days[place] += 1
    return all(units <= limits.free[key] for key, units in taken.items()) and all(
        days[place] <= most for place, most in limits.capacity.items()
    )


def _total(orders: list[Candidate], plans: tuple[AllocationPlan, ...]) -> Decimal:
    return sum((one.tariff.cost(plan).total for one, plan in zip(orders, plans, strict=True)), NONE)


@given(batch=batches())
@settings(max_examples=120, deadline=None)
def test_nothing_that_keeps_to_the_limits_is_cheaper(batch: tuple[list[Candidate], Limits]) -> None:
    orders, limits = batch

    found = optimise(orders, limits, seconds=20)

    plans = tuple(found.plans[one.order_id] for one in orders)
    assert found.proven
    assert _fits(orders, plans, limits)
    for one, plan in zip(orders, plans, strict=True):
        given: dict[UUID, Decimal] = defaultdict(Decimal)
        for pick in plan.picks:
            given[pick.line_id] += pick.quantity
        assert all(given[line.line_id] + plan.short.get(line.line_id, NONE) == line.open for line in one.demand)
        assert _allowed(one, plan, given)
    # The cheapest ways of each order; a greedy bound would not do, so every combination is looked at while there are few.
    ways = [sorted(_ways(one), key=lambda plan, one=one: one.tariff.cost(plan).total) for one in orders]  # type: ignore[misc]
    best = _cheapest(orders, ways, limits)
    assert _total(orders, plans) == best
    assert best <= _total(orders, tuple(one.by_rules for one in orders))


def _cheapest(orders: list[Candidate], ways: list[list[AllocationPlan]], limits: Limits) -> Decimal:
    """Branch and bound by hand: ways come cheapest first, so a branch ends where it cannot win any more."""
    least = [orders[at].tariff.cost(plans[0]).total for at, plans in enumerate(ways)]
    best = _total(orders, tuple(replace_with_nothing(one) for one in orders))

    def go(at: int, chosen: tuple[AllocationPlan, ...], cost: Decimal) -> None:
        nonlocal best
        if at == len(orders):
            best = min(best, cost)
            return
        for plan in ways[at]:
            with_it = cost + orders[at].tariff.cost(plan).total
            if with_it + sum(least[at + 1 :], NONE) >= best:
                return
            if _fits(orders[: at + 1], (*chosen, plan), limits):
                go(at + 1, (*chosen, plan), with_it)

    go(0, (), NONE)
    return best


def replace_with_nothing(one: Candidate) -> AllocationPlan:
    return replace(one.by_rules, picks=(), short={line.line_id: line.open for line in one.demand})


@given(batch=batches())
@settings(max_examples=40, deadline=None)
def test_the_same_batch_gives_the_same_plans(batch: tuple[list[Candidate], Limits]) -> None:
    orders, limits = batch

    assert optimise(orders, limits, seconds=20).plans == optimise(orders, limits, seconds=20).plans


def test_what_is_reserved_for_an_order_is_not_shared() -> None:
    free = {(PLACES[0], SKUS[0]): Decimal(1)}
    tariff = OrderTariff(base={}, per_unit={}, split=NONE, unfilled=Decimal(10))
    rule = SourcingRule(strategies=(RankedStrategy("priority"),))
    orders = [
        Candidate(
            order_id=UUID(int=number), demand=[Demand(UUID(int=10 + number), SKUS[0], "sku", Decimal(2))],
            places=[PLACES[0]], available={(PLACES[0], SKUS[0]): free[PLACES[0], SKUS[0]] + own}, rule=rule,
            tariff=tariff, own={(PLACES[0], SKUS[0]): Decimal(own)},
            by_rules=AllocationPlan(picks=(), short={UUID(int=10 + number): Decimal(2)}, rounds=()),
        )
        for number, own in ((1, 2), (2, 0))
    ]  # fmt: skip

    found = optimise(orders, Limits(free=free), seconds=5)

    assert [sum(pick.quantity for pick in found.plans[one.order_id].picks) for one in orders] == [2, 1]


@given(batch=batches())
@settings(max_examples=60, deadline=None)
def test_improving_a_few_at_a_time_keeps_to_the_limits_and_is_never_dearer(
    batch: tuple[list[Candidate], Limits],
) -> None:
    orders, limits = batch

    found = improve(orders, limits, seconds=5, at_once=1)

    assert _fits(orders, tuple(found[one.order_id] for one in orders), limits)
    assert cost_of(orders, found) <= cost_of(orders, {one.order_id: one.by_rules for one in orders})
