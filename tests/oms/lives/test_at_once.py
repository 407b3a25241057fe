"""Sixteen at once on the same orders, and killed before every statement: what is kept is whole, and adds up."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.errors import DomainError
from oms.changes.actions import SetQuantity
from oms.changes.change_sets import CloseChange, OpenChange, confirm_change, open_change
from oms.orders.cancel_order import CancelOrder, CancelReason
from oms.orders.lock_order import lock_order
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.follow_approval import cancel_under_approval
from oms.placement.follow_up import allocate_by_rule
from oms.placement.place import place
from oms.receivables.checks import disagreements
from oms.receivables.receive_payment import ReceivePayment, receive_payment
from oms.regrouping.merge_orders import MergeOrders, merge_orders
from oms.regrouping.split_order import SplitOff, SplitOrder, split_order
from oms.regrouping.undo_move import UndoMove, undo_move
from tenants.scope import in_work, open_work
from tests.oms.regrouping.test_split_and_merge import proof
from tests.support.builders import a_customer, a_location, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.digest import digest_of
from tests.support.faults import fail_everywhere
from tests.support.tenants import TestTenant, create_test_tenant

THREADS = 16


@dataclass
class Shop:
    """A committed tenant: tea and cups in one warehouse, a customer on credit."""

    tenant: TestTenant
    engine: Engine

    def do(self, use_case: Callable[[Work], Any]) -> Any:
        return in_work(self.engine, self.tenant.id, SYSTEM, use_case)

    def order(self, tea: int = 6, cups: int = 4) -> UUID:
        lines = (LineRequest(sku="TEA", quantity=Decimal(tea)), LineRequest(sku="CUP", quantity=Decimal(cups)))
        command = PlaceOrder(order_type="standard", channel="console", customer_number="C-1", lines=lines)
        placed: UUID = self.do(lambda work: place(work, command)).order_id
        return placed

    def right(self) -> None:
        with open_work(self.engine, self.tenant.id) as work:
            proof(work)
            found = disagreements(work)
            assert not found, found

    def sums(self) -> tuple[Any, ...]:
        """What no split, merge or undoing may change: units, money and promises of all orders together."""
        with open_work(self.engine, self.tenant.id) as work:
            return tuple(
                work.row(
                    "SELECT (SELECT sum(total) FROM orders WHERE tenant_id = %(t)s) AS total,"
                    " (SELECT sum(paid_total) FROM orders WHERE tenant_id = %(t)s) AS paid,"
                    " (SELECT sum(credit_exposed) FROM orders WHERE tenant_id = %(t)s) AS exposed,"
                    " sum(ordered) AS ordered, sum(cancelled) AS cancelled, sum(allocated) AS allocated, sum(net) AS net"
                    " FROM order_lines WHERE tenant_id = %(t)s",
                    {"t": work.tenant_id},
                )
            )


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Shop:
    tenant = create_test_tenant(system_engine, f"lives-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        publish_defaults(work, {"order_type/standard": an_order_type(credit={"policy": "warn", "check_at": ["place"]})})
        for code, price in (("TEA", "3.33"), ("CUP", "0.37")):
            a_sku(work, code, price=price, tax_rate="0.19")
        a_customer(work, limit="1000")
        ham = a_location(work, "ham")
        for code in ("TEA", "CUP"):
            stock(work, code, at=ham, on_hand="60")
    return Shop(tenant, engine)


def _first(work: Work, order: UUID) -> Any:
    return next((line for line in lock_order(work, order).lines if line.cancellable), None)


def _split(work: Work, order: UUID) -> None:
    line = _first(work, order)
    if line is not None:
        split_order(work, SplitOrder(order_id=order, groups=(SplitOff(units={line.id: Decimal(1)}),)))


def _change(work: Work, order: UUID, units: int = 3) -> None:
    line = _first(work, order)
    if line is not None:
        action = SetQuantity(line_id=line.id, quantity=Decimal(units))
        opened = open_change(work, OpenChange(order_id=order, actions=(action,)))
        confirm_change(work, CloseChange(order_id=order, change_id=opened))


def _cancel(work: Work, order: UUID) -> None:
    line = _first(work, order)
    if line is not None:
        command = CancelOrder(order_id=order, reason=CancelReason.CUSTOMER, quantities={line.id: Decimal(1)})
        cancel_under_approval(work, command)


def _pay(work: Work, order: UUID) -> None:
    receive_payment(work, ReceivePayment(order_id=order, amount=Decimal("1.01"), method="bank"))


def test_sixteen_threads_on_the_same_orders(shop: Shop) -> None:
    orders = [shop.order() for _ in range(3)]
    tasks: list[Callable[[Work], Any]] = []
    for number in range(64):
        order, other = orders[number % 3], orders[(number + 1) % 3]
        tasks.append(
            (
                partial(_split, order=order), partial(_change, order=order, units=number % 9 + 1),
                partial(_cancel, order=order), partial(_pay, order=order),
                partial(merge_orders, command=MergeOrders(order_ids=(order, other))),
                partial(allocate_by_rule, order_id=order),
            )[number % 6]
        )  # fmt: skip
    random.Random(7).shuffle(tasks)
    ended: Counter[str] = Counter()

    def run(task: Callable[[Work], Any]) -> None:
        try:
            shop.do(task)
            ended["done"] += 1
        except DomainError as error:
            ended[error.code] += 1

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, tasks))
    assert ended["done"] > 5, ended
    shop.right()


@pytest.mark.parametrize("act", ["split", "merge", "undo", "change"])
def test_killed_before_any_statement_nothing_is_half_done(shop: Shop, act: str) -> None:
    first, second = shop.order(), shop.order(3, 2)
    shop.do(partial(_pay, order=first))
    split = shop.do(
        lambda work: split_order(
            work,
            SplitOrder(order_id=second, groups=(SplitOff(units={_first(work, second).id: Decimal(1)}),)),
        )
    )
    run: Callable[[Work], Any] = {
        "split": partial(_split, order=first),
        "merge": partial(merge_orders, command=MergeOrders(order_ids=(first, second))),
        "undo": partial(undo_move, command=UndoMove(order_id=second, move_id=split.move_id)),
        "change": partial(_change, order=first),
    }[act]
    before, sums, seen = digest_of(shop.engine, shop.tenant.id), shop.sums(), list[bool]()

    def check() -> None:
        seen.append(digest_of(shop.engine, shop.tenant.id) == before)
        assert seen[:-1] == [True] * (len(seen) - 1), "a fault left something"
        if act != "change":
            assert shop.sums() == sums

    def once() -> None:
        with open_work(shop.engine, shop.tenant.id) as work:
            run(work)

    assert fail_everywhere(once, check) > 5
    assert seen[-1] is False, "the whole was done at last"
    shop.right()
