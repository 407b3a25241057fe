"""What is used of promotions and coupons: values that plans read, and claims that they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.errors import Problem
from kernel.i18n import N_
from low_code.kinds.promotion.compile import Promotion

COUPON_UNKNOWN = N_("There is no coupon {code}.")
COUPON_EXPIRED = N_("Coupon {code} is not valid today.")
COUPON_NOT_YOURS = N_("Coupon {code} is meant for another customer.")
COUPON_NOT_HERE = N_("Coupon {code} does not hold for orders of this type.")
COUPON_USED_UP = N_("Coupon {code} is used up.")
COUPON_TWICE = N_("Coupon {code} brings what another coupon of this order brings already.")
COUPON_WITHOUT_EFFECT = N_("Coupon {code} takes nothing off this order.")

NO_LIMIT = Decimal(10) ** 15


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponRow:
    """A coupon as it is kept. customer_id None: for everybody; limits None: none"""

    code: str
    promotion: str
    customer_id: UUID | None
    most_uses: int | None
    most_per_customer: int | None
    valid_from: date | None
    valid_to: date | None
    active: bool

    def is_valid_on(self, day: date) -> bool:
        return (
            self.active
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day < self.valid_to)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One use that is counted. coupon "" counts the promotion; customer "" counts everybody."""

    promotion: str
    coupon: str = ""
    customer: str = ""
    most_uses: int | None = None
    most_amount: Decimal | None = None
    amount: Decimal = Decimal(0)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.promotion, self.coupon, self.customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """used     (promotion, coupon, customer) -> (uses, amount); what is absent is unused
    coupons  by code, those that were asked for and exist
    """

    used: Mapping[tuple[str, str, str], tuple[int, Decimal]] = field(default_factory=dict)
    coupons: Mapping[str, CouponRow] = field(default_factory=dict)

    def bears(self, claim: Claim) -> bool:
        """Whether the claim is within its limits, as far as is known."""
        uses, amount = self.used.get(claim.key, (0, Decimal(0)))
        within_uses = claim.most_uses is None or uses + 1 <= claim.most_uses
        return within_uses and (claim.most_amount is None or amount + claim.amount <= claim.most_amount)


UNUSED = Usage()


def claims_of(promotion: Promotion, coupon: CouponRow | None, customer: str, amount: Decimal) -> tuple[Claim, ...]:
    """What one use of a promotion counts to: only where there is a limit."""
    claims = []
    if promotion.most_uses is not None or promotion.most_amount is not None:
        claims.append(
            Claim(
                promotion=promotion.key, most_uses=promotion.most_uses, most_amount=promotion.most_amount, amount=amount
            )
        )
    if promotion.most_per_customer is not None:
        claims.append(Claim(promotion=promotion.key, customer=customer, most_uses=promotion.most_per_customer))
    if coupon is not None and coupon.most_uses is not None:
        claims.append(Claim(promotion=promotion.key, coupon=coupon.code, most_uses=coupon.most_uses))
    if coupon is not None and coupon.most_per_customer is not None:
        claims.append(
            Claim(promotion=promotion.key, coupon=coupon.code, customer=customer, most_uses=coupon.most_per_customer)
        )
    return tuple(claims)


def judge_coupons(
    codes: tuple[str, ...], usage: Usage, promotions: Mapping[str, Promotion], customer_id: UUID, today: date
) -> tuple[dict[str, CouponRow], list[Problem]]:
    """(promotion -> the coupon that brings it, what is wrong with the others)."""
    brought: dict[str, CouponRow] = {}
    problems = []
    for index, code in enumerate(codes):
        coupon = usage.coupons.get(normal_code(code))
        fault = _fault(coupon, usage, promotions, customer_id, today)
        if fault is None and coupon is not None and coupon.promotion in brought:
            fault = "coupon_twice", COUPON_TWICE
        if fault is not None:
            problems.append(Problem(f"/coupons/{index}", fault[0], fault[1], {"code": code}))
        elif coupon is not None:
            brought[coupon.promotion] = coupon
    return brought, problems


def _fault(
    coupon: CouponRow | None, usage: Usage, promotions: Mapping[str, Promotion], customer_id: UUID, today: date
) -> tuple[str, str] | None:
    if coupon is None:
        return "coupon_unknown", COUPON_UNKNOWN
    if not coupon.is_valid_on(today):
        return "coupon_expired", COUPON_EXPIRED
    if coupon.customer_id is not None and coupon.customer_id != customer_id:
        return "coupon_not_yours", COUPON_NOT_YOURS
    promotion = promotions.get(coupon.promotion)
    if promotion is None or not promotion.coupon:
        return "coupon_not_here", COUPON_NOT_HERE
    claims = claims_of(promotion, coupon, str(customer_id), Decimal(0))
    if not all(usage.bears(claim) for claim in claims if claim.coupon):
        return "coupon_used_up", COUPON_USED_UP
    return None


def normal_code(code: str) -> str:
    """Codes are kept in upper case, and buyers type them as they like."""
    return code.strip().upper()
