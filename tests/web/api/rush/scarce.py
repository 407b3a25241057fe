"""What a crowd quarrels over, beside what the company has anyway."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kernel.db import Work
from oms.inventory.move_stock import ReceiveStock, receive_stock
from tests.support.builders import a_customer, a_sku
from tests.support.configuration import an_order_type
from tests.support.promotions import a_coupon
from tests.web.api.writes.company import fill_company

LIMIT, FIVE, BUDGET = Decimal(300), 5, Decimal(20)


def _promotion(**more: Any) -> dict[str, Any]:
    return {"name": {"en": "P", "zh-CN": "促"}, "effect": {"do": "amount", "value": "1.50"}, "currency": "USD", **more}


def _order_type(name: str, **more: Any) -> dict[str, Any]:
    return an_order_type(name={"en": name, "zh-CN": name}, channels=["api", "file"], **more)


SCARCE = {
    "order_type/five": _order_type("Five", promotions=["five"], credit={"policy": "warn", "check_at": ["place"]}),
    "order_type/budget": _order_type("Budget", promotions=["few"], credit={"policy": "ignore"}),
    "order_type/strict": _order_type("Strict", credit={"policy": "block", "check_at": ["place"]}),
    "promotion/five": _promotion(coupon=True),
    "promotion/few": _promotion(budget={"amount": str(BUDGET)}),
}


def fill_scarce(work: Work) -> None:
    """RARE goods, a coupon for five uses, a promotion with a budget, and K-3 who may owe so much and no more."""
    fill_company(work, SCARCE)
    a_coupon(work, "FIVE", "five", most_uses=FIVE)
    a_customer(work, "K-3", limit=str(LIMIT))
    for number in ("K-4", "K-5", "K-6"):
        a_customer(work, number)
    rare = a_sku(work, "RARE", price="9.00")
    for row in work.rows("SELECT id FROM locations WHERE tenant_id = %(t)s", {"t": work.tenant_id}):
        receive_stock(work, ReceiveStock(sku_id=rare, location_id=row.id, quantity=Decimal(12)))


def assert_limits_hold(work: Work) -> None:
    """No coupon was used more often, no budget spent further, and no payment booked twice than is allowed."""
    used = work.scalar(
        "SELECT coalesce(max(uses), 0) FROM promotion_counters WHERE tenant_id = %(t)s AND coupon = 'FIVE'"
        " AND customer = ''",
        {"t": work.tenant_id},
    )
    spent = work.scalar(
        "SELECT coalesce(sum(amount), 0) FROM promotion_redemptions WHERE tenant_id = %(t)s AND promotion = 'few'"
        " AND given_back_at IS NULL",
        {"t": work.tenant_id},
    )
    twice = work.rows(
        "SELECT reference FROM receivables WHERE tenant_id = %(t)s AND kind = 'payment' AND passed_from IS NULL"
        " AND reference <> '' GROUP BY method, reference HAVING count(*) > 1",
        {"t": work.tenant_id},
    )
    owed = work.scalar(
        "SELECT sum(o.credit_exposed) FROM orders o WHERE o.tenant_id = %(t)s AND o.order_type = 'strict'"
        " AND o.customer_id = (SELECT id FROM customers WHERE tenant_id = %(t)s AND number = 'K-3')",
        {"t": work.tenant_id},
    )
    assert used <= FIVE and spent <= BUDGET and not twice and (owed or 0) <= LIMIT
