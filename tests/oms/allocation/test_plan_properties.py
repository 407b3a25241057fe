"""What every allocation plan keeps to, whatever is wanted and wherever it lies."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.allocation.plan import Demand, plan_allocation
from oms.allocation.rule import RankedStrategy, SourcingRule
from oms.sourcing.place import Destination, Place

NONE = Decimal(0)
UNITS = st.integers(0, 12).map(Decimal)


@dataclass
class Case:
    demand: list[Demand]
    places: list[Place]
    available: dict[tuple[UUID, UUID], Decimal]


def _place(number: int) -> Place:
    return Place(
        id=UUID(int=1000 + number), key=f"p{number}", name=f"P{number}", kind="warehouse", country="", region="",
        latitude=None, longitude=None, priority=number % 2, tags=frozenset(),
    )  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    skus = [UUID(int=100 + number) for number in range(draw(st.integers(1, 3)))]
    places = [_place(number) for number in range(draw(st.integers(0, 4)))]
    demand = []
    for number in range(draw(st.integers(1, 5))):  # two lines may want the same SKU
        sku = draw(st.sampled_from(skus))
        demand.append(Demand(UUID(int=number + 1), sku, str(sku), draw(st.integers(1, 15).map(Decimal))))
    available = {(place.id, sku): draw(UNITS) for place in places for sku in skus}
    return Case(demand, places, available)


RULES = st.builds(
    SourcingRule,
    strategies=st.sampled_from(
        [(RankedStrategy("priority"),), (RankedStrategy("fewest_splits"), RankedStrategy("priority"))]
    ),
    allow_split=st.booleans(),
    whole_lines=st.booleans(),
)


@given(case=cases(), rule=RULES)
@settings(max_examples=300, deadline=None)
def test_a_plan_promises_what_there_is_and_what_is_wanted(case: Case, rule: SourcingRule) -> None:
    plan = plan_allocation(case.demand, case.places, dict(case.available), rule=rule, destination=Destination())

    taken: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    given_to: dict[UUID, Decimal] = defaultdict(Decimal)
    for pick in plan.picks:
        assert pick.quantity > 0
        taken[pick.location_id, pick.sku_id] += pick.quantity
        given_to[pick.line_id] += pick.quantity
    assert all(units <= case.available[key] for key, units in taken.items())
    for line in case.demand:
        assert given_to[line.line_id] + plan.short.get(line.line_id, NONE) == line.open
    assert all(units > 0 for units in plan.short.values())
    if rule.whole_lines:
        assert all(given_to[line.line_id] in (0, line.open) for line in case.demand)
        assert len({(pick.line_id) for pick in plan.picks}) == len(plan.picks)
    if not rule.allow_split and plan.picks:
        assert len(plan.locations) == 1 and not plan.short


@given(case=cases())
@settings(max_examples=150, deadline=None)
def test_with_splits_nothing_stays_short_that_is_there(case: Case) -> None:
    rule = SourcingRule(strategies=(RankedStrategy("priority"),))

    plan = plan_allocation(case.demand, case.places, dict(case.available), rule=rule, destination=Destination())

    for sku in {line.sku_id for line in case.demand}:
        wanted = sum((line.open for line in case.demand if line.sku_id == sku), NONE)
        there = sum((units for (_, of), units in case.available.items() if of == sku), NONE)
        promised = sum((pick.quantity for pick in plan.picks if pick.sku_id == sku), NONE)
        assert promised == min(wanted, there)


@given(case=cases(), rule=RULES)
@settings(max_examples=100, deadline=None)
def test_the_same_situation_gives_the_same_plan(case: Case, rule: SourcingRule) -> None:
    one, other = (
        plan_allocation(case.demand, places, dict(case.available), rule=rule, destination=Destination())
        for places in (case.places, case.places[::-1])
    )

    assert one.picks == other.picks
