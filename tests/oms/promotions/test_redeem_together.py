"""Sixteen threads on one coupon and one budget: never overspent, nobody refused who still had a way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.errors import OrderInvalid
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_policy, a_sku
from tests.support.promotions import a_coupon, a_promotion
from tests.support.tenants import TestTenant, create_test_tenant

THREADS = 16


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Iterator[TestTenant]:
    tenant = create_test_tenant(system_engine, f"promo-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        a_sku(work, "TEA", price="10.00", tax_rate="0")
        for number in range(THREADS):
            a_customer(work, f"C-{number}", limit="1000")
        a_coupon(work, "SPRING", "code", most_uses=5)
    yield tenant


def place(engine: Engine, tenant: TestTenant, number: int, policy: object, coupons: tuple[str, ...] = ()) -> object:
    command = PlaceOrder(
        order_type="standard", channel="web", customer_number=f"C-{number}", coupons=coupons,
        lines=(LineRequest(sku="TEA", quantity=Decimal(1)),),
    )  # fmt: skip
    try:
        return in_work(engine, tenant.id, SYSTEM, lambda work: place_order(work, command, policy))  # type: ignore[arg-type]
    except OrderInvalid as refused:
        return [problem.code for problem in refused.problems]


def test_a_budget_is_spent_to_the_cent_and_the_others_pay_in_full(engine: Engine, shop: TestTenant) -> None:
    sale = a_promotion("sale", "percent", effect={"value": "40"}, budget={"amount": "21"})
    policy = a_policy(promotions=(sale,), allocation=None)

    with ThreadPoolExecutor(THREADS) as pool:
        placed = list(pool.map(lambda number: place(engine, shop, number, policy), range(THREADS)))

    totals = sorted(one.total for one in placed if isinstance(one, OrderPlaced))
    assert totals == [Decimal(6)] * 5 + [Decimal(10)] * 11
    with open_work(engine, shop.id) as work:
        assert counter(work, "sale") == (5, Decimal(20))


def test_a_coupon_for_five_is_used_by_five(engine: Engine, shop: TestTenant) -> None:
    code = a_promotion("code", "amount", effect={"value": "3"}, coupon=True)
    policy = a_policy(promotions=(code,), allocation=None)

    with ThreadPoolExecutor(THREADS) as pool:
        placed = list(pool.map(lambda number: place(engine, shop, number, policy, ("SPRING",)), range(THREADS)))

    orders = [one for one in placed if isinstance(one, OrderPlaced)]
    assert len(orders) == 5
    assert [one for one in placed if not isinstance(one, OrderPlaced)] == [["coupon_used_up"]] * 11

    def cancel(order: OrderPlaced) -> None:
        command = CancelOrder(order_id=order.order_id, reason=CancelReason.CUSTOMER)
        in_work(engine, shop.id, SYSTEM, lambda work: cancel_order(work, command, Rounding()))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(cancel, orders))
    with open_work(engine, shop.id) as work:
        uses = work.scalar(
            "SELECT uses FROM promotion_counters WHERE tenant_id = %(t)s AND coupon = 'SPRING'", {"t": shop.id}
        )
    assert uses == 0


def counter(work: Work, promotion: str) -> tuple[int, Decimal]:
    row = work.row(
        "SELECT uses, amount FROM promotion_counters WHERE tenant_id = %(t)s AND promotion = %(p)s AND customer = ''",
        {"t": work.tenant_id, "p": promotion},
    )
    assert row is not None
    return row.uses, row.amount
