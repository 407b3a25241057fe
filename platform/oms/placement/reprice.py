"""Prices a set of lines in memory as placement would: the seam for whoever changes an order.

Nothing is read and nothing is written here. Load with `load_for_placement`, decide what keeps its price, ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kernel.errors import Problem
from oms.placement.commands import PlaceOrder
from oms.placement.load import Loaded
from oms.placement.plan import KeptPrice, find_problems, plan_order
from oms.placement.planned import PlannedOrder
from oms.placement.policy import OrderPolicy
from oms.promotions.usage import UNUSED, CouponRow, Usage

__all__ = ["KeptPrice", "kept_prices", "reprice"]


def kept_prices(policy: OrderPolicy, agreed: Mapping[int, tuple[Decimal, Decimal]]) -> dict[int, KeptPrice]:
    """Which lines keep their price, as the order type says (`prices.on_change`).

    agreed  index of a line of the changed order -> (list price, unit price) of one base unit, for the lines that were
            there before; a new line has none
    """
    if policy.on_change == "reprice" and policy.price_source == "lists":
        return {}
    return {index: KeptPrice(list_price=listed, unit_price=unit) for index, (listed, unit) in agreed.items()}


def reprice(
    command: PlaceOrder,
    loaded: Loaded,
    policy: OrderPolicy,
    *,
    currency: str,
    now: datetime,
    today: date,
    kept: Mapping[int, KeptPrice],
    order_custom: Mapping[str, Any],
    line_custom: Sequence[Mapping[str, Any]],
    usage: Usage = UNUSED,
    coupons: Mapping[str, CouponRow] | None = None,
) -> tuple[PlannedOrder | None, list[Problem]]:
    """What an order with these lines would cost, through the plan that places orders.

    command  the order as it shall be: every line that stays, in its new quantity (> 0), and those that come
    loaded   for exactly these lines, by `load_for_placement(…, lock=False)`
    kept     index of a line -> the price that it keeps (`kept_prices`); the others are priced by today's lists. Tiers
             count the whole order. Promotions and freight are always decided anew, for the order as it shall be
    usage    what *other* orders use of promotions; leave out what this order itself redeemed, or its own use counts
             against it
    coupons  promotion -> the coupon that the order brought
    returns  (lines, charges and totals ready to be compared and written; problems). None where a line has no price or
             is at fault; problems beside an order say which coupons no longer take anything off
    """
    if problems := find_problems(command, loaded, policy, kept=frozenset(kept)):
        return None, problems
    return plan_order(
        command, loaded, policy, currency=currency, now=now, today=today, order_custom=dict(order_custom),
        line_custom=[dict(values) for values in line_custom], usage=usage, brought=coupons, kept=kept,
    )  # fmt: skip
