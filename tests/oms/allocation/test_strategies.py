"""Each strategy ranks or abstains as it says, and what the rule keeps back stays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from oms.allocation.plan import Demand, plan_allocation
from oms.allocation.rule import RankedStrategy, SourcingRule
from oms.sourcing.freight import FreightRow, FreightTable
from oms.sourcing.place import NO_FACTS, Destination, Place, SourcingFacts

TEA, MUG = UUID(int=1), UUID(int=2)
HAMBURG = Destination(country="DE", region="HH", postal_code="20095")
MUNICH = Destination(country="DE", region="BY", postal_code="80331")


def place(number: int, key: str, **more: Any) -> Place:
    values: dict[str, Any] = {
        "kind": "warehouse", "country": "DE", "region": "", "latitude": None, "longitude": None, "priority": 100,
        "tags": frozenset(), **more,
    }  # fmt: skip
    return Place(id=UUID(int=1000 + number), key=key, name=key.upper(), **values)


NORTH, SOUTH, SUPPLIER = place(1, "north"), place(2, "south"), place(3, "supplier", kind="supplier", priority=1)
PLACES = [NORTH, SOUTH, SUPPLIER]


def first(
    name: str, params: dict[str, Any] | None = None, *, to: Destination = HAMBURG, facts: SourcingFacts = NO_FACTS,
    freight: FreightTable | None = None, places: list[Place] = PLACES,
) -> str:  # fmt: skip
    """The location that the strategy alone would send one unit from; priority and key break ties."""
    rule = SourcingRule(strategies=(RankedStrategy(name, params or {}),), freight=freight)
    available = {(each.id, TEA): Decimal(5) for each in places}
    plan = plan_allocation(
        [Demand(UUID(int=9), TEA, "TEA", Decimal(1))], places, available, rule=rule, destination=to, facts=facts
    )
    return str(plan.rounds[0]["chosen"])


ROWS = {
    "rows": [
        {"locations": ["supplier"]},
        {"country": "DE", "locations": ["south", "north"]},
        {"country": "DE", "postal_prefix": "20", "locations": ["north"]},
    ]
}


@pytest.mark.parametrize(
    ("to", "expected"),
    [(HAMBURG, "north"), (MUNICH, "south"), (Destination(country="FR"), "supplier")],
)
def test_the_row_that_says_most_about_the_destination_ranks(to: Destination, expected: str) -> None:
    assert first("region_table", ROWS, to=to) == expected


def test_a_table_without_a_fitting_row_abstains() -> None:
    assert first("region_table", {"rows": [{"country": "FR", "locations": ["south"]}]}) == "supplier"  # by priority


def test_the_lot_that_expires_first_goes_first_and_the_oldest_where_that_is_asked() -> None:
    facts = SourcingFacts(
        expires={(NORTH.id, TEA): date(2027, 3, 1), (SOUTH.id, TEA): date(2027, 1, 1)},
        received={(NORTH.id, TEA): date(2026, 1, 1), (SOUTH.id, TEA): date(2026, 2, 1)},
    )

    assert first("earliest_expiry", facts=facts) == "south"
    assert first("oldest_stock", facts=facts) == "north"


def test_the_cheapest_parcel_of_this_weight_goes() -> None:
    freight = FreightTable(
        [
            FreightRow(location="north", base=Decimal(4), per_kg=Decimal(2)),
            FreightRow(location="south", base=Decimal(6), per_kg=Decimal("0.5")),
            FreightRow(location="south", postal_prefix="2", base=Decimal(9)),
        ]
    )
    heavy, light = ({TEA: Decimal(grams)} for grams in (4000, 100))

    assert first("cheapest_freight", to=MUNICH, freight=freight, facts=SourcingFacts(grams=light)) == "north"
    assert first("cheapest_freight", to=MUNICH, freight=freight, facts=SourcingFacts(grams=heavy)) == "south"
    assert first("cheapest_freight", to=HAMBURG, freight=freight, facts=SourcingFacts(grams=light)) == "north"


def test_groups_come_in_the_order_of_the_rule() -> None:
    tagged = [place(1, "a", tags=frozenset({"shop"})), place(2, "b", tags=frozenset({"main"})), place(3, "c")]

    assert first("location_group", {"groups": ["main", "shop"]}, places=tagged) == "b"
    assert first("location_group", {"groups": ["shop", "main"]}, places=tagged) == "a"


def test_a_full_location_stands_behind_or_is_left_out() -> None:
    facts = SourcingFacts(left_today={NORTH.id: 0, SUPPLIER.id: 0})
    rule = SourcingRule(strategies=(RankedStrategy("capacity_per_day", {"full": "leave_out"}),))
    available = {(each.id, TEA): Decimal(1) for each in PLACES}

    plan = plan_allocation(
        [Demand(UUID(int=9), TEA, "TEA", Decimal(3))], PLACES, available, rule=rule, destination=HAMBURG, facts=facts
    )

    assert first("capacity_per_day", facts=facts) == "south"
    assert plan.locations == (SOUTH.id,)
    assert sum(plan.short.values()) == 2
    assert {loser["location"] for loser in plan.rounds[0]["losers"]} == {"north", "supplier"}


def test_drop_shippers_come_last() -> None:
    assert first("drop_ship_last") == "north"


TWO_LINES = [Demand(UUID(int=8), TEA, "TEA", Decimal(4)), Demand(UUID(int=9), MUG, "MUG", Decimal(4))]
HALF = {(NORTH.id, TEA): Decimal(2), (SOUTH.id, TEA): Decimal(2), (NORTH.id, MUG): Decimal(3)}


@pytest.mark.parametrize(
    ("partial", "promised"), [("allow", {TEA: 4, MUG: 3}), ("whole_line", {TEA: 4}), ("whole_order", {})]
)
def test_what_goes_in_part(partial: Any, promised: dict[UUID, int]) -> None:
    rule = SourcingRule(strategies=(RankedStrategy("priority"),), partial=partial)

    plan = plan_allocation(TWO_LINES, PLACES, HALF, rule=rule, destination=HAMBURG)

    got = {sku: sum(pick.quantity for pick in plan.picks if pick.sku_id == sku) for sku in (TEA, MUG)}
    assert {sku: units for sku, units in got.items() if units} == promised
    assert sum(plan.short.values()) + sum(got.values()) == 8


def test_a_line_that_waits_leaves_its_units_to_the_other_line() -> None:
    demand = [Demand(UUID(int=8), TEA, "TEA", Decimal(7)), Demand(UUID(int=9), TEA, "TEA", Decimal(3))]
    rule = SourcingRule(strategies=(RankedStrategy("priority"),), partial="whole_line")

    plan = plan_allocation(demand, [NORTH], {(NORTH.id, TEA): Decimal(6)}, rule=rule, destination=HAMBURG)

    assert dict(plan.short) == {UUID(int=8): Decimal(7)}


@pytest.mark.parametrize(("total", "splits"), [("99.99", False), ("100", True)])
def test_a_small_order_is_not_split(total: str, splits: bool) -> None:
    rule = SourcingRule(strategies=(RankedStrategy("priority"),), no_split_below=Decimal(100))

    assert rule.for_order({"order": {"total": Decimal(total)}}).allow_split is splits


def test_a_customer_who_takes_orders_whole_waits_for_the_last_unit() -> None:
    rule = SourcingRule(strategies=(RankedStrategy("priority"),))
    values = {"order": {"total": Decimal(1), "customer": {"ship_complete": True}}}

    assert rule.for_order(values).partial == "whole_order"
