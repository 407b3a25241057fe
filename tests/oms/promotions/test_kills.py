"""A fault before any statement of placing or cancelling leaves no use, no money and no order behind; a retry does it once."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from sqlalchemy import Engine

from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from tenants.scope import open_work
from tests.support.builders import a_customer, a_policy, a_sku
from tests.support.faults import fail_everywhere
from tests.support.promotions import a_coupon, a_freight, a_promotion
from tests.support.tenants import create_test_tenant
from web.commands.doctor import LEDGERS

_STATE = """
SELECT (SELECT count(*) FROM orders WHERE tenant_id = %(t)s AND status <> 'cancelled') AS orders,
  (SELECT count(*) FROM promotion_redemptions WHERE tenant_id = %(t)s AND given_back_at IS NULL) AS uses,
  (SELECT coalesce(sum(uses), 0) FROM promotion_counters WHERE tenant_id = %(t)s) AS counted,
  (SELECT coalesce(sum(amount), 0) FROM promotion_counters WHERE tenant_id = %(t)s) AS amount,
  (SELECT coalesce(sum(amount), 0) FROM order_adjustments WHERE tenant_id = %(t)s) AS taken_off,
  (SELECT coalesce(sum(gross), 0) FROM order_charges WHERE tenant_id = %(t)s) AS charged
"""


def test_placing_and_cancelling_are_done_whole_or_not_at_all(engine: Engine, system_engine: Engine) -> None:
    tenant = create_test_tenant(system_engine, f"kill-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        a_sku(work, "TEA", price="10.00")
        a_customer(work, "C-1", limit="1000")
        a_coupon(work, "SPRING", "code", most_uses=1, most_per_customer=1)
    policy = a_policy(
        allocation=None,
        freight=a_freight(("0", "5")),
        promotions=(
            a_promotion("code", "amount", effect={"value": "3"}, coupon=True),
            a_promotion("sale", "percent", effect={"value": "10"}, budget={"amount": "20", "uses": 3}),
        ),
    )
    command = PlaceOrder(
        order_type="standard", channel="web", customer_number="C-1", coupons=("SPRING",),
        lines=(LineRequest(sku="TEA", quantity=Decimal(2)),),
    )  # fmt: skip
    placed: list[OrderPlaced] = []

    def state() -> tuple[object, ...]:
        with open_work(engine, tenant.id) as work:
            for what, query in LEDGERS.items():
                assert work.row(query, {"t": tenant.id}) is None, what
            row = work.row(_STATE, {"t": tenant.id})
        assert row is not None
        return tuple(int(value * 100) for value in row)

    def place() -> None:
        with open_work(engine, tenant.id) as work:
            placed.append(place_order(work, command, policy))

    def cancel() -> None:
        with open_work(engine, tenant.id) as work:
            cancel_order(work, CancelOrder(order_id=placed[-1].order_id, reason=CancelReason.OTHER), Rounding())

    nothing, whole = state(), (100, 200, 300, 170, 470, 595)
    fail_everywhere(place, lambda: _is_one_of(state(), nothing, whole))
    assert state() == whole
    fail_everywhere(cancel, lambda: _is_one_of(state(), nothing, whole))
    assert state() == nothing


def _is_one_of(found: tuple[object, ...], *allowed: tuple[object, ...]) -> None:
    assert found in allowed
