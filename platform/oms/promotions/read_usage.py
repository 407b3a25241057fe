"""Reads what is used of promotions and coupons, in one statement. No lock: `redeem` judges again when it counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.promotions.usage import CouponRow, Usage, normal_code

_READ = """
SELECT (SELECT jsonb_agg(to_jsonb(c)) FROM coupons c WHERE c.tenant_id = %(tenant)s AND c.code = ANY(%(codes)s))
    AS coupons,
  (SELECT jsonb_agg(jsonb_build_array(u.promotion, u.coupon, u.customer, u.uses, u.amount)) FROM promotion_counters u
    WHERE u.tenant_id = %(tenant)s AND u.promotion = ANY(%(promotions)s || ARRAY(SELECT c.promotion FROM coupons c
        WHERE c.tenant_id = %(tenant)s AND c.code = ANY(%(codes)s)))
      AND u.coupon = ANY(%(codes)s || ARRAY['']) AND u.customer = ANY(%(customers)s || ARRAY[''])) AS used
"""


def read_usage(work: Work, *, promotions: Sequence[str], codes: Sequence[str], customers: Sequence[UUID]) -> Usage:
    """promotions: keys of those with limits; codes: as typed; customers: whose own limits matter"""
    row = work.row(
        _READ,
        {
            "tenant": work.tenant_id, "promotions": list(promotions), "codes": [normal_code(code) for code in codes],
            "customers": [str(customer) for customer in customers],
        },
    )  # fmt: skip
    assert row is not None
    return Usage(
        used={
            (promotion, coupon, customer): (uses, Decimal(amount))
            for promotion, coupon, customer, uses, amount in row.used or ()
        },
        coupons={coupon["code"]: _coupon(coupon) for coupon in row.coupons or ()},
    )


def _coupon(row: dict[str, Any]) -> CouponRow:
    return CouponRow(
        code=row["code"], promotion=row["promotion"],
        customer_id=UUID(row["customer_id"]) if row["customer_id"] else None, most_uses=row["most_uses"],
        most_per_customer=row["most_per_customer"], valid_from=_day(row["valid_from"]), valid_to=_day(row["valid_to"]),
        active=row["active"],
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
