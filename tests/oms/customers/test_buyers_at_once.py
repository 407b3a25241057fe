"""Buyers, their colleagues and staff at once: requests decided, stops released, customers merged."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Actor, Work
from kernel.errors import DomainError
from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.customer_merging.merge_customers import MergeCustomers, merge_customers
from oms.customer_merging.undo_merge import UndoMerge, undo_merge
from oms.orders.place_hold import PlaceHold, place_hold
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.follow_up import follow_release
from oms.placement.place import place
from oms.purchasing.decide_request import DecideRequest, approve_request, decline_request
from oms.purchasing.submit_purchase import PurchaseAsked
from tenants.scope import in_work, open_work
from tests.oms.customers.test_purchasing import acting, buy, limit, per_month
from tests.oms.regrouping.test_split_and_merge import proof
from tests.support.portal import Shop, make_shop

THREADS = 16
Task = tuple[Actor, Callable[[Work], Any]]


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Shop:
    return make_shop(engine, system_engine, limit="100000")


def all_at_once(engine: Engine, tenant: UUID, tasks: list[Task]) -> Counter[str]:
    """How each ended: "done", or the code of its refusal. Anything else is raised."""

    def run(task: tuple[Actor, Callable[[Work], Any]]) -> str:
        try:
            in_work(engine, tenant, *task)
        except DomainError as refusal:
            return refusal.code
        return "done"

    random.Random(3).shuffle(tasks)
    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(run, tasks))


def test_each_request_is_decided_once_while_its_customer_is_merged_and_parted(engine: Engine, shop: Shop) -> None:
    limit(engine, shop, shop.li.id, limits=(per_month("5"),))
    limit(engine, shop, shop.wu.id, approves=True)
    li, wu = (acting(engine, shop, person.id) for person in (shop.li, shop.wu))
    asked = [buy(engine, shop, li, "1") for _ in range(6)]
    assert all(isinstance(one, PurchaseAsked) for one in asked)
    merges: list[UUID] = []

    def merge(work: Work) -> None:
        other = work.scalar(
            "SELECT credit_account_id FROM customers WHERE tenant_id = %(t)s AND id = %(c)s",
            {"t": work.tenant_id, "c": shop.other},
        )
        command = MergeCustomers(winner_id=shop.other, loser_id=shop.customer, credit_account=other)
        merges.append(merge_customers(work, command).merge_id)

    def part(work: Work) -> None:
        for key in merges[-1:]:
            undo_merge(work, UndoMerge(merge_id=key))

    tasks: list[Task] = [
        (SYSTEM, merge),
        (SYSTEM, merge),
        (SYSTEM, part),
        (SYSTEM, part),
    ]
    for one in asked:
        command = DecideRequest(request_id=one.request_id, note="no, thanks")
        tasks += [(wu, partial(approve_request, command=command))] * 4
        tasks += [(wu, partial(decline_request, command=command))] * 2
    ended = all_at_once(engine, shop.company.id, tasks)

    with open_work(engine, shop.company.id) as work:
        requests = work.rows(
            "SELECT status, order_id FROM purchase_requests WHERE tenant_id = %(t)s", {"t": work.tenant_id}
        )
        orders = work.scalar("SELECT count(*) FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id})
        proof(work)
    assert ended["done"] >= 6, ended
    assert {request.status for request in requests} <= {"approved", "declined", "waiting"}
    approved = {request.order_id for request in requests if request.status == "approved"}
    assert len(approved) == orders == sum(request.status == "approved" for request in requests)


def test_a_stop_that_many_release_lets_its_order_go_once(engine: Engine, shop: Shop) -> None:
    lines = (LineRequest(sku="TEA", quantity=Decimal(2)),)
    command = PlaceOrder(order_type="standard", channel="console", customer_id=shop.customer, lines=lines)

    def held(work: Work) -> tuple[UUID, UUID]:
        order = place(work, command).order_id
        deallocate_order(work, DeallocateOrder(order_id=order, reason="wait"))
        return order, place_hold(work, PlaceHold(order_id=order, reason="wait")).hold_id

    orders = [in_work(engine, shop.company.id, SYSTEM, held) for _ in range(4)]

    def release(work: Work, order: UUID, hold: UUID) -> None:
        follow_release(work, release_hold(work, ReleaseHold(order_id=order, hold_id=hold, reason="go")))

    tasks: list[Task] = [(SYSTEM, partial(release, order=order, hold=hold)) for order, hold in orders] * 8
    ended = all_at_once(engine, shop.company.id, tasks)

    assert ended["done"] == 4 and sum(ended.values()) == 32, ended
    with open_work(engine, shop.company.id) as work:
        events = work.scalar(
            "SELECT count(*) FROM order_events WHERE tenant_id = %(t)s AND kind = 'hold_released'",
            {"t": work.tenant_id},
        )
        promised = work.scalar("SELECT sum(allocated) FROM order_lines WHERE tenant_id = %(t)s", {"t": work.tenant_id})
        proof(work)
    assert (events, promised) == (4, 8)
