"""Makes or changes a coupon by its code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.db import Work
from kernel.ids import new_id
from low_code.documents.compiled import configuration
from oms.promotions.errors import (
    CouponCodeInvalid,
    CouponCustomerUnknown,
    CouponLimitInvalid,
    CouponNotFound,
    CouponPromotionUnknown,
    CouponValidityInverted,
)
from oms.promotions.usage import normal_code
from tenants.access.audit import audit

_CODE = re.compile(r"[A-Z0-9_-]{3,40}")
_MOST = 2_000_000_000
_CUSTOMER = "SELECT id FROM customers WHERE tenant_id = %(tenant)s AND number = %(number)s"
_SAVE = """
INSERT INTO coupons (tenant_id, id, code, promotion, customer_id, most_uses, most_per_customer, valid_from, valid_to,
  active)
VALUES (%(tenant)s, %(id)s, %(code)s, %(promotion)s, %(customer)s, %(most_uses)s, %(most_per_customer)s,
  %(valid_from)s, %(valid_to)s, %(active)s)
ON CONFLICT (tenant_id, code) DO UPDATE SET promotion = excluded.promotion, customer_id = excluded.customer_id,
  most_uses = excluded.most_uses, most_per_customer = excluded.most_per_customer, valid_from = excluded.valid_from,
  valid_to = excluded.valid_to, active = excluded.active
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCoupon:
    """promotion  key of a promotion in force that asks for a code
    customer   number of the only customer who may use it; None: everybody
    """

    code: str
    promotion: str
    customer: str | None = None
    most_uses: int | None = None
    most_per_customer: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    active: bool = True


def save_coupon(work: Work, command: SaveCoupon) -> str:
    """The code as it is kept.

    raises  CouponCodeInvalid, CouponPromotionUnknown, CouponCustomerUnknown, CouponLimitInvalid,
            CouponValidityInverted
    """
    code = normal_code(command.code)
    if not _CODE.fullmatch(code):
        raise CouponCodeInvalid(code=command.code[:60])
    if any(limit is not None and not 0 < limit < _MOST for limit in (command.most_uses, command.most_per_customer)):
        raise CouponLimitInvalid()
    if command.valid_from and command.valid_to and command.valid_from >= command.valid_to:
        raise CouponValidityInverted()
    if command.promotion not in coupon_promotions(work):
        raise CouponPromotionUnknown(promotion=command.promotion)
    customer: Any = None
    if command.customer:
        customer = work.scalar(_CUSTOMER, {"tenant": work.tenant_id, "number": command.customer})
        if customer is None or not work.actor.may_see("customer", customer):
            raise CouponCustomerUnknown(customer=command.customer)
    work.execute(
        _SAVE,
        {
            "tenant": work.tenant_id, "id": new_id(), "code": code, "promotion": command.promotion,
            "customer": customer, "most_uses": command.most_uses, "most_per_customer": command.most_per_customer,
            "valid_from": command.valid_from, "valid_to": command.valid_to, "active": command.active,
        },
    )  # fmt: skip
    audit(work, "coupon.save", "coupon", code, {"promotion": (None, command.promotion)})
    return code


def end_coupon(work: Work, code: str) -> None:
    """Nobody may use it any more; orders that did keep what it took off. Raises CouponNotFound."""
    parameters = {"tenant": work.tenant_id, "code": normal_code(code)}
    if not work.execute(
        "UPDATE coupons SET active = false WHERE tenant_id = %(tenant)s AND code = %(code)s", parameters
    ):
        raise CouponNotFound()
    audit(work, "coupon.end", "coupon", normal_code(code))


def coupon_promotions(work: Work) -> dict[str, dict[str, str]]:
    """key -> names of the promotions in force that ask for a code."""
    in_force = configuration(work)
    found = {key: in_force.compiled("promotion", key) for key in in_force.keys("promotion")}
    return {key: dict(one.names) for key, one in found.items() if one is not None and one.coupon}
