"""What is used of the promotions that an order type has, and the coupons that an order brings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from oms.placement.commands import PlaceOrder
from oms.placement.policy import OrderPolicy
from oms.promotions.read_usage import read_usage
from oms.promotions.usage import UNUSED, CouponRow, Usage, judge_coupons


def load_usage(work: Work, policy: OrderPolicy, coupons: Sequence[str], customer_id: UUID) -> Usage:
    """One statement, and none where nothing is counted and no coupon is given."""
    if not coupons and not policy.counts_uses:
        return UNUSED
    limited = [promotion.key for promotion in policy.promotions if promotion.is_limited]
    return read_usage(work, promotions=limited, codes=coupons, customers=[customer_id])


def coupons_of(
    command: PlaceOrder, policy: OrderPolicy, usage: Usage, customer_id: UUID, today: date
) -> tuple[dict[str, CouponRow], list[Problem]]:
    """(promotion -> the coupon that brings it, what is wrong with the others)."""
    if not command.coupons:
        return {}, []
    known = {promotion.key: promotion for promotion in policy.promotions}
    return judge_coupons(command.coupons, usage, known, customer_id, today)
