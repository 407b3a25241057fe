"""Which promotions apply, and what each takes off which line. A pure decision.

One rule, the same in every path (README.md has it for tenants):
1. Out are those that are not valid on the day, in another currency, without their coupon, whose condition does not
   hold, or whose limits are reached.
2. The rest is taken by priority, the higher first; of equal ones in the order in which the order type names them.
3. Each is reckoned on what those before it left of a line.
4. Of an exclusion group the one that takes most off applies, reckoned where its first member stands.
5. One that stands alone applies only if none did before it, and then none after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kernel.i18n import N_
from kernel.money import RoundingMode
from low_code.expressions import Environment, Evaluate
from low_code.kinds.promotion.compile import Promotion
from oms.promotions.effects import Goods, taken_off
from oms.promotions.usage import CouponRow, Usage, claims_of

APPLIED = N_("It applies.")
NOT_TODAY = N_("It is not valid today.")
OTHER_CURRENCY = N_("It holds for another currency.")
NO_COUPON = N_("Its coupon was not given.")
CONDITION = N_("Its condition does not hold.")
NO_LINE = N_("It takes nothing off: no line is left that it picks.")
LIMIT = N_("Its limit is reached.")
GROUP = N_("Another promotion of its group takes more off.")
AFTER_ALONE = N_("A promotion that stands alone was applied.")
NOT_ALONE = N_("It stands alone, and another promotion was applied before it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What promotions are judged on.

    quantities, before  base units of each line, and what it comes to before promotions
    order               {"order": …} as rules read it before promotions
    lines               the values that a condition on a line reads, one per line
    coupons             promotion -> the coupon that brings it
    """

    quantities: Sequence[Decimal]
    before: Sequence[Decimal]
    order: Callable[[], Mapping[str, Any]]
    lines: Sequence[Mapping[str, Any]]
    coupons: Mapping[str, CouponRow]
    usage: Usage
    customer: str
    currency: str
    mode: RoundingMode
    now: datetime
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """by_line: index -> amount > 0; empty for one that waives a charge"""

    promotion: Promotion
    coupon: CouponRow | None
    by_line: Mapping[int, Decimal]

    @property
    def amount(self) -> Decimal:
        return sum(self.by_line.values(), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionPlan:
    """applied: in the order in which they were applied; told: why each promotion applied or not, as JSON"""

    applied: tuple[Applied, ...] = ()
    told: tuple[dict[str, Any], ...] = ()

    def off(self, index: int) -> Decimal:
        """What all of them take off one line."""
        return sum((one.by_line.get(index, Decimal(0)) for one in self.applied), Decimal(0))


NOTHING = PromotionPlan()


def plan_promotions(promotions: Sequence[Promotion], offered: Offered) -> PromotionPlan:
    """promotions: in the order in which the order type names them"""
    if not promotions:
        return NOTHING
    walk = _Walk(offered)
    ranked = sorted(promotions, key=lambda promotion: -promotion.priority)
    done: set[str] = set()
    for promotion in ranked:
        if promotion.key in done:
            continue
        rivals = [promotion]
        if promotion.group is not None:
            rivals = [one for one in ranked if one.group == promotion.group and one.key not in done]
        done.update(one.key for one in rivals)
        walk.decide(rivals)
    return PromotionPlan(applied=tuple(walk.applied), told=tuple(walk.told))


class _Walk:
    """Goes from promotion to promotion and keeps what is left of the lines."""

    def __init__(self, offered: Offered) -> None:
        self.offered = offered
        self.left = list(offered.before)
        self.applied: list[Applied] = []
        self.told: list[dict[str, Any]] = []
        self.order: Mapping[str, Any] | None = None
        self.moment = Environment(now=offered.now, today=offered.today)

    def decide(self, rivals: Sequence[Promotion]) -> None:
        """One promotion, or all of a group: the best of those that may apply."""
        tried: list[Applied] = []
        for promotion in rivals:
            reason = self._why_not(promotion)
            one = self._reckon(promotion, may_apply=reason is None)
            if reason is None and not one.by_line and promotion.effect.do != "waive":
                reason = NO_LINE
            if reason is None and not self._bears(one):
                reason = LIMIT
            if reason is None:
                tried.append(one)
            else:
                self._tell(one, reason)
        best = max(tried, key=lambda one: one.amount, default=None)  # of equal ones the first
        for one in tried:
            self._tell(one, APPLIED if one is best else GROUP)
        if best is not None:
            self.applied.append(best)
            for index, amount in best.by_line.items():
                self.left[index] -= amount

    def _why_not(self, promotion: Promotion) -> str | None:
        offered = self.offered
        if not promotion.is_valid_on(offered.today):
            return NOT_TODAY
        if promotion.currency is not None and promotion.currency != offered.currency:
            return OTHER_CURRENCY
        if promotion.coupon and promotion.key not in offered.coupons:
            return NO_COUPON
        if any(one.promotion.exclusive for one in self.applied):
            return AFTER_ALONE
        if promotion.exclusive and self.applied:
            return NOT_ALONE
        if promotion.holds is not None:
            if self.order is None:
                self.order = offered.order()
            if not promotion.holds(self.order, self.moment):
                return CONDITION
        return None

    def _reckon(self, promotion: Promotion, *, may_apply: bool) -> Applied:
        offered = self.offered
        coupon = offered.coupons.get(promotion.key)
        if not may_apply:
            return Applied(promotion=promotion, coupon=coupon, by_line={})
        picks = promotion.picks
        chosen = [index for index in range(len(self.left)) if picks is None or self._picks(picks, index)]
        goods = Goods(
            quantities=offered.quantities, left=self.left, picks=self._picks, currency=offered.currency,
            mode=offered.mode,
        )  # fmt: skip
        return Applied(promotion=promotion, coupon=coupon, by_line=taken_off(promotion.effect, chosen, goods))

    def _picks(self, condition: Evaluate, index: int) -> bool:
        return bool(condition(self.offered.lines[index], self.moment))

    def _bears(self, one: Applied) -> bool:
        claims = claims_of(one.promotion, one.coupon, self.offered.customer, one.amount)
        return all(self.offered.usage.bears(claim) for claim in claims)

    def _tell(self, one: Applied, because: str) -> None:
        told: dict[str, Any] = {
            "promotion": one.promotion.key, "names": dict(one.promotion.names), "applied": because == APPLIED,
            "because": because,
        }  # fmt: skip
        if one.coupon is not None:
            told["coupon"] = one.coupon.code
        if one.by_line:  # of a loser: what it would have taken
            told["amount"] = str(one.amount)
            told["lines"] = {str(index + 1): str(amount) for index, amount in sorted(one.by_line.items())}
        self.told.append(told)
