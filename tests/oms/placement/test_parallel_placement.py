"""Sixteen threads on one SKU and one credit account: nothing oversold, no limit passed, nothing lost or doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.errors import OrderExists
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_location, a_policy, a_sku, stock
from tests.support.tenants import TestTenant, create_test_tenant

THREADS = 16


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Iterator[TestTenant]:
    """A committed tenant: two SKUs at two locations, one customer with a limit of 500 and one without credit."""
    tenant = create_test_tenant(system_engine, f"shop-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        for code in ("HOT", "COLD"):
            a_sku(work, code, price="10.00", tax_rate="0")
        for key in ("one", "two"):
            location = a_location(work, key)
            stock(work, "HOT", at=location, on_hand="20")
            stock(work, "COLD", at=location, on_hand="1000")
        a_customer(work, "CREDIT", limit="500")
        a_customer(work, "CASH")
    yield tenant


def order(customer: str, *lines: tuple[str, str], outside_number: str | None = None) -> PlaceOrder:
    return PlaceOrder(
        order_type="standard", channel="web", customer_number=customer, outside_number=outside_number,
        lines=tuple(LineRequest(sku=sku, quantity=Decimal(quantity)) for sku, quantity in lines),
    )  # fmt: skip


def together(count: int, task: object) -> list[object]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(task, range(count)))  # type: ignore[arg-type]


def consistent(work: Work) -> None:
    """Ledgers, positions and accounts agree to the piece and the cent."""
    t = {"t": work.tenant_id}
    assert (
        work.rows(
            """SELECT p.sku_id FROM stock_positions p
        LEFT JOIN (SELECT sku_id, location_id, sum(quantity - released) AS promised FROM allocations
          WHERE tenant_id = %(t)s GROUP BY 1, 2) a USING (sku_id, location_id)
        LEFT JOIN (SELECT sku_id, location_id, sum(allocated_change) AS moved FROM stock_movements
          WHERE tenant_id = %(t)s GROUP BY 1, 2) m USING (sku_id, location_id)
        WHERE p.tenant_id = %(t)s AND (p.allocated <> coalesce(a.promised, 0) OR p.allocated <> coalesce(m.moved, 0))""",
            t,
        )
        == []
    )
    assert (
        work.rows(
            """SELECT l.id FROM order_lines l
        LEFT JOIN (SELECT line_id, sum(quantity - released) AS promised FROM allocations WHERE tenant_id = %(t)s GROUP BY 1) a
          ON a.line_id = l.id
        WHERE l.tenant_id = %(t)s AND l.allocated <> coalesce(a.promised, 0)""",
            t,
        )
        == []
    )
    assert (
        work.rows(
            """SELECT c.id FROM credit_accounts c
        WHERE c.tenant_id = %(t)s AND (
          c.open_orders <> coalesce((SELECT sum(amount) FROM credit_entries e WHERE e.tenant_id = %(t)s
            AND e.account_id = c.id AND e.bucket = 'open_orders'), 0)
          OR c.open_orders <> coalesce((SELECT sum(credit_exposed) FROM orders o WHERE o.tenant_id = %(t)s
            AND o.credit_account_id = c.id), 0))""",
            t,
        )
        == []
    )
    assert work.scalar(
        "SELECT count(*) FROM outbox_messages WHERE tenant_id = %(t)s AND topic = 'order.placed'", t
    ) == (work.scalar("SELECT count(*) FROM orders WHERE tenant_id = %(t)s", t))


def test_a_hot_sku_is_promised_to_the_last_unit_and_not_beyond(engine: Engine, shop: TestTenant) -> None:
    policy = a_policy(credit="ignore")

    def buy(_: int) -> OrderPlaced:
        return in_work(engine, shop.id, SYSTEM, lambda work: place_order(work, order("CASH", ("HOT", "3")), policy))

    outcomes = [outcome for outcome in together(20, buy) if isinstance(outcome, OrderPlaced)]

    assert len(outcomes) == 20
    assert sum(outcome.allocated for outcome in outcomes) == 40
    assert sum(outcome.short for outcome in outcomes) == 20
    assert len({outcome.number for outcome in outcomes}) == 20
    with open_work(engine, shop.id) as work:
        consistent(work)


def test_orders_placed_together_do_not_pass_the_limit_together(engine: Engine, shop: TestTenant) -> None:
    policy = a_policy(credit="hold")

    def buy(_: int) -> OrderPlaced:
        return in_work(engine, shop.id, SYSTEM, lambda work: place_order(work, order("CREDIT", ("COLD", "8")), policy))

    outcomes = [outcome for outcome in together(24, buy) if isinstance(outcome, OrderPlaced)]

    released = [outcome for outcome in outcomes if not outcome.holds]
    assert sum(outcome.total for outcome in released) <= 500
    assert len(released) == 6
    with open_work(engine, shop.id) as work:
        consistent(work)


def test_the_same_number_sent_by_all_threads_is_one_order(engine: Engine, shop: TestTenant) -> None:
    def buy(_: int) -> str:
        command = order("CASH", ("COLD", "1"), outside_number="W-77")
        try:
            in_work(engine, shop.id, SYSTEM, lambda work: place_order(work, command, a_policy(credit="ignore")))
        except OrderExists:
            return "exists"
        return "placed"

    assert Counter(together(THREADS, buy)) == {"placed": 1, "exists": THREADS - 1}
    with open_work(engine, shop.id) as work:
        consistent(work)


def test_placing_and_cancelling_at_once_keeps_the_books(engine: Engine, shop: TestTenant) -> None:
    """Lines name the two SKUs in both orders; every third order is cancelled by the next thread that sees it."""
    policy = a_policy(credit="hold")
    done: list[OrderPlaced] = []

    def trade(turn: int) -> None:
        lines = [("HOT", "1"), ("COLD", "2")] if turn % 2 else [("COLD", "2"), ("HOT", "1")]
        placed = in_work(engine, shop.id, SYSTEM, lambda work: place_order(work, order("CREDIT", *lines), policy))
        done.append(placed)
        if turn % 3 == 0:
            victim = CancelOrder(order_id=placed.order_id, reason=CancelReason.CUSTOMER)
            in_work(engine, shop.id, SYSTEM, lambda work: cancel_order(work, victim, Rounding()))

    together(48, trade)

    assert len(done) == 48
    with open_work(engine, shop.id) as work:
        consistent(work)


def test_a_deadlock_is_tried_again_and_leaves_one_order(engine: Engine, shop: TestTenant) -> None:
    """The first try dies after it has written everything; the second must not find half of it."""
    tries = []

    def unlucky(work: Work) -> OrderPlaced:
        placed = place_order(work, order("CREDIT", ("HOT", "2")), a_policy())
        tries.append(placed)
        if len(tries) < 3:
            raise psycopg.errors.DeadlockDetected("injected")
        return placed

    in_work(engine, shop.id, SYSTEM, unlucky)

    with open_work(engine, shop.id) as work:
        consistent(work)
        t = {"t": work.tenant_id}
        assert work.scalar("SELECT count(*) FROM orders WHERE tenant_id = %(t)s", t) == 1
        assert work.scalar("SELECT sum(allocated) FROM stock_positions WHERE tenant_id = %(t)s", t) == 2
