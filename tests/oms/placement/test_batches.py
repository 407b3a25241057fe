"""Orders that are allocated as one: in the order of the queue, as if one after the other, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.placement.allocate_batch import AllocateBatch, BatchAllocated, allocate_batch
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.follow_up import allocate_by_rule
from oms.placement.place import place
from oms.placement.refuse_location import RefuseLocation, refuse_location
from oms.placement.set_priority import SetPriority, set_priority
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_location, a_sku, sku_id
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.faults import fail_everywhere, failing_at
from tests.support.stock_proofs import assert_stock_is_sound
from tests.support.tenants import TestTenant, create_test_tenant

SKUS = ("TEA", "MUG", "POT")
RULE: dict[str, Any] = {
    "name": {"en": "Rule"}, "strategies": [{"id": "s1", "strategy": "fewest_splits"}, {"id": "s2", "strategy": "priority"}],
    "may_take_from_lower": True, "costs": {"split": "5", "unfilled": "100"},
    "freight": [{"location": "west", "base": "3"}, {"location": "east", "base": "7"}],
}  # fmt: skip


def furnish(work: Work, **rule: Any) -> None:
    order_type = an_order_type(channels=["api"], credit={"policy": "ignore"})
    publish_defaults(
        work, {"order_type/standard": order_type, "allocation_rule/standard": {**RULE, **rule}}
    )  # fmt: skip
    for code in SKUS:
        a_sku(work, code)
    a_customer(work)
    a_location(work, "east", priority=1)
    a_location(work, "west", priority=2)


def order(work: Work, *lines: tuple[str, int], priority: int = 5) -> UUID:
    command = PlaceOrder(
        order_type="standard", channel="api", customer_number="C-1", priority=priority,
        lines=tuple(LineRequest(sku=sku, quantity=Decimal(units)) for sku, units in lines),
    )  # fmt: skip
    return place(work, command).order_id


def arrive(work: Work, sku: str, units: int, at: str = "east") -> None:
    location = work.scalar(
        "SELECT id FROM locations WHERE tenant_id = %(t)s AND key = %(k)s", {"t": work.tenant_id, "k": at}
    )
    receive_stock(work, ReceiveStock(sku_id=sku_id(work, sku), location_id=location, quantity=Decimal(units)))


def promised(work: Work) -> list[tuple[Any, ...]]:
    """Who has what from where, in terms that do not depend on ids."""
    rows = work.rows(
        """SELECT o.number, a.sku, x.key, sum(p.quantity - p.released) AS units FROM allocations p
        JOIN orders o ON o.tenant_id = %(t)s AND o.id = p.order_id JOIN locations x ON x.tenant_id = %(t)s AND x.id = p.location_id
        JOIN order_lines a ON a.tenant_id = %(t)s AND a.id = p.line_id
        WHERE p.tenant_id = %(t)s AND p.quantity > p.released GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        {"t": work.tenant_id},
    )
    return [tuple(row) for row in rows]


def units_of(work: Work, *orders: UUID) -> list[int]:
    sql = "SELECT sum(allocated) FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s"
    return [int(work.scalar(sql, {"t": work.tenant_id, "o": one})) for one in orders]


def events_of(work: Work, order_id: UUID) -> list[str]:
    sql = "SELECT kind FROM order_events WHERE tenant_id = %(t)s AND order_id = %(o)s ORDER BY id"
    return [row.kind for row in work.rows(sql, {"t": work.tenant_id, "o": order_id})]


def test_the_highest_priority_is_served_first_and_each_order_says_who_came_before(work: Work) -> None:
    furnish(work)
    first, second = order(work, ("TEA", 4)), order(work, ("TEA", 4), priority=8)
    arrive(work, "TEA", 6)

    done = allocate_batch(work, AllocateBatch(order_ids=(first, second)))

    assert units_of(work, first, second) == [2, 4]
    assert [one.entry.order.id for one in done.served] == [second, first]
    trace = work.scalar(
        "SELECT trace FROM decisions WHERE tenant_id = %(t)s AND order_id = %(o)s AND kind = 'allocation' ORDER BY id DESC LIMIT 1",
        {"t": work.tenant_id, "o": first},
    )
    assert trace["queue"]["position"] == 2
    assert [(one["sku"], one["quantity"]) for one in trace["queue"]["before"]] == [("TEA", "4.0000")]
    assert_stock_is_sound(work)


def test_a_second_run_changes_nothing(work: Work) -> None:
    furnish(work)
    orders = tuple(order(work, ("TEA", 4)) for _ in range(3))
    arrive(work, "TEA", 6)
    command = AllocateBatch(order_ids=orders)
    allocate_batch(work, command)
    before = promised(work), [events_of(work, one) for one in orders]

    again = allocate_batch(work, command)

    assert again.promised == 0
    assert (promised(work), [events_of(work, one) for one in orders]) == before


@pytest.mark.parametrize("mode", ["rules", "optimise"])
def test_a_trial_promises_nothing(work: Work, mode: Any) -> None:
    furnish(work)
    one = order(work, ("TEA", 4))
    arrive(work, "TEA", 6)

    done = allocate_batch(work, AllocateBatch(order_ids=(one,), mode=mode, dry_run=True))

    assert done.promised == 4
    assert promised(work) == []


def test_the_optimising_mode_sends_from_where_it_is_cheap_and_says_what_the_rules_would_cost(work: Work) -> None:
    furnish(work)
    one = order(work, ("TEA", 4))
    arrive(work, "TEA", 9), arrive(work, "TEA", 9, at="west")

    done = allocate_batch(work, AllocateBatch(order_ids=(one,), mode="optimise"))

    assert promised(work)[0][2] == "west"
    assert done.served[0].trace["cost"]["total"] == "3.00"
    assert done.served[0].trace["cost_by_rules"]["total"] == "7.00"
    assert done.proven
    assert_stock_is_sound(work)


@pytest.mark.parametrize("seed", range(6))
def test_a_batch_by_rules_is_as_one_after_the_other(work: Work, seed: int) -> None:
    """The same orders over the same stock: allocated as one, taken back, then one by one in the order of the queue."""
    random = Random(seed)
    furnish(work, partial=random.choice(["allow", "whole_line", "whole_order"]), whole_line=random.random() < 0.3)
    orders = [
        order(
            work,
            *((sku, random.randint(1, 6)) for sku in random.sample(SKUS, random.randint(1, 3))),
            priority=random.randint(3, 7),
        )
        for _ in range(8)
    ]
    for sku in SKUS:
        arrive(work, sku, random.randint(0, 14)) if random.random() < 0.9 else None
        arrive(work, sku, random.randint(1, 9), at="west")
    alone = work.session.begin_nested()
    done = allocate_batch(work, AllocateBatch(order_ids=tuple(orders)))
    as_one = promised(work)
    alone.rollback()

    for served in done.served:
        allocate_by_rule(work, served.entry.order.id)

    assert promised(work) == as_one
    assert_stock_is_sound(work)


def test_a_batch_takes_few_statements_whatever_its_size(work: Work) -> None:
    furnish(work)
    counts = []
    for size in (2, 20):
        orders = tuple(order(work, ("TEA", 1), ("MUG", 1)) for _ in range(size))
        arrive(work, "TEA", size), arrive(work, "MUG", size)
        with failing_at(0) as seen:  # counts, and never fails
            assert allocate_batch(work, AllocateBatch(order_ids=orders)).promised == 2 * size
        counts.append(seen.count)

    assert counts[0] == counts[1] <= 12


def test_a_new_priority_takes_promised_units_from_a_lower_one(work: Work) -> None:
    furnish(work)
    arrive(work, "TEA", 5)
    low, high = order(work, ("TEA", 5), priority=2), order(work, ("TEA", 3), priority=2)

    done = set_priority(work, SetPriority(order_id=high, priority=9, reason="fair tomorrow"))

    assert units_of(work, low, high) == [2, 3]
    assert len(done.taken_from) == 1
    assert "taken_by_priority" in events_of(work, low)
    assert "backordered" in events_of(work, low)
    assert "priority_set" in events_of(work, high)
    assert_stock_is_sound(work)


def test_nothing_is_taken_where_the_rule_does_not_let_it(work: Work) -> None:
    furnish(work, may_take_from_lower=False)
    arrive(work, "TEA", 5)
    low, high = order(work, ("TEA", 5), priority=2), order(work, ("TEA", 3), priority=2)

    set_priority(work, SetPriority(order_id=high, priority=9))

    assert units_of(work, low, high) == [5, 0]


def test_an_equal_priority_and_an_order_that_waits_for_all_take_nothing(work: Work) -> None:
    furnish(work, partial="whole_order")
    arrive(work, "TEA", 5)
    low, equal = order(work, ("TEA", 5), priority=2), order(work, ("TEA", 3), priority=2)
    whole = order(work, ("TEA", 3), ("MUG", 1), priority=2)

    set_priority(work, SetPriority(order_id=equal, priority=2))
    set_priority(work, SetPriority(order_id=whole, priority=9))

    assert units_of(work, low, equal, whole) == [5, 0, 0]
    assert "taken_by_priority" not in events_of(work, low)


def test_a_location_that_refuses_is_not_asked_again(work: Work) -> None:
    furnish(work)
    arrive(work, "TEA", 5), arrive(work, "TEA", 2, at="west")
    one = order(work, ("TEA", 5))

    outcome = refuse_location(work, RefuseLocation(order_id=one, location="east", reason="wet"))

    assert [(row[2], int(row[3])) for row in promised(work)] == [("west", 2)]
    assert outcome.short == 3
    assert_stock_is_sound(work)


@pytest.fixture
def yard(engine: Engine, system_engine: Engine) -> Iterator[TestTenant]:
    tenant = create_test_tenant(system_engine, f"yard-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        furnish(work)
    yield tenant


@pytest.mark.parametrize("kind", ["rules", "optimise", "priority", "refuse"])
def test_a_fault_anywhere_leaves_nothing_half_done(engine: Engine, yard: TestTenant, kind: str) -> None:
    with open_work(engine, yard.id) as work:
        if kind in {"priority", "refuse"}:
            arrive(work, "TEA", 6)
        orders = [order(work, ("TEA", 4)), order(work, ("TEA", 4))]
        if kind != "priority":
            arrive(work, "TEA", 6)
    with open_work(engine, yard.id) as work:
        before = promised(work), [events_of(work, one) for one in orders]

    def run() -> None:
        with open_work(engine, yard.id) as work:
            if kind == "priority":
                set_priority(work, SetPriority(order_id=orders[1], priority=9))
            elif kind == "refuse":
                refuse_location(work, RefuseLocation(order_id=orders[0], location="east", reason="wet"))
            else:
                allocate_batch(work, AllocateBatch(order_ids=tuple(orders), mode=kind))  # type: ignore[arg-type]

    seen: list[bool] = []

    def check() -> None:
        with open_work(engine, yard.id) as work:
            assert_stock_is_sound(work)
            seen.append((promised(work), [events_of(work, one) for one in orders]) == before)

    fail_everywhere(run, check)

    assert all(seen[:-1]) and not seen[-1]


def test_sixteen_threads_on_the_same_stock_never_oversell(engine: Engine, yard: TestTenant) -> None:
    with open_work(engine, yard.id) as work:
        orders = [order(work, ("TEA", 3), ("MUG", 2), priority=number % 5) for number in range(24)]
        for sku in ("TEA", "MUG"):
            arrive(work, sku, 20), arrive(work, sku, 15, at="west")

    def task(number: int) -> Any:
        def run(work: Work) -> Any:
            if number % 4 == 0:
                return order(work, ("MUG", 1), ("TEA", 1))
            if number % 4 == 1:
                return allocate_by_rule(work, orders[number % 24])
            if number % 4 == 2:
                return set_priority(work, SetPriority(order_id=orders[(number * 7) % 24], priority=9))
            return allocate_batch(work, AllocateBatch(order_ids=tuple(orders[number % 12 :: 2])))

        return in_work(engine, yard.id, SYSTEM, run)

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(task, range(48)))

    assert sum(isinstance(outcome, BatchAllocated) for outcome in outcomes) == 12
    with open_work(engine, yard.id) as work:
        allocate_batch(work, AllocateBatch(order_ids=tuple(orders)))
        assert_stock_is_sound(work)
        taken = {sku: sum(row[3] for row in promised(work) if row[1] == sku) for sku in ("TEA", "MUG")}
        assert taken == {"TEA": 35, "MUG": 35}
