"""From agreed prices to what an order costs: promotions, amounts, freight. Pure, and the same for every path.

A single order, a quote, a chunk of a file, a change and a trial all come through `settle_order`, so they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kernel.i18n import N_
from kernel.money import round_amount
from low_code.kinds.promotion.compile import Promotion
from oms.placement.policy import OrderPolicy
from oms.pricing.amounts import LineAmounts, PricedQuantity, Rounding, before_discount, line_amounts
from oms.promotions.plan import APPLIED, NOTHING, Applied, Offered, PromotionPlan, plan_promotions
from oms.promotions.usage import UNUSED, Claim, CouponRow, Usage, claims_of

NOTHING_TO_WAIVE = N_("There is no charge that it could waive.")
WAIVER_LIMIT = N_("What it would waive is more than its limit has left.")
MOST_FREIGHT = Decimal(10) ** 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """customer  his id, for what each may use
    coupons   promotion -> the coupon that brings it
    freight_tax_rate  None where the class has no rate
    """

    currency: str
    now: datetime
    today: date
    customer: str = ""
    coupons: Mapping[str, CouponRow] = field(default_factory=dict)
    usage: Usage = UNUSED
    freight_tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What one promotion takes off one line; `names` by language, as buyers read it."""

    source: str
    names: Mapping[str, str]
    coupon: str | None
    amount: Decimal

    def row(self) -> dict[str, Any]:
        return {"source": self.source, "label": dict(self.names), "coupon": self.coupon, "amount": self.amount}


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """A line that is invoiced in full: its buyer has it in writing what it costs and why, whatever holds now."""

    amounts: LineAmounts
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """values: what a condition on a line reads ({"line": …, "order": …})"""

    unit_price: Decimal
    quantity: Decimal
    tax_rate: Decimal
    values: Mapping[str, Any] = field(default_factory=dict)
    billed: Billed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCharge:
    """price    in the basis of the prices, before what is waived
    discount what is waived of it, by `waived_by`
    rows     of the table that gave it
    """

    kind: str
    names: Mapping[str, str]
    source: str
    price: Decimal
    discount: Decimal
    waived_by: str
    tax_class: str
    tax_rate: Decimal
    amounts: LineAmounts

    def row(self, position: int) -> dict[str, Any]:
        return {
            "position": position, "kind": self.kind, "label": dict(self.names), "source": self.source,
            "price": self.price, "discount": self.discount, "waived_by": self.waived_by, "tax_class": self.tax_class,
            "tax_rate": self.tax_rate, "net": self.amounts.net, "tax": self.amounts.tax, "gross": self.amounts.gross,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """One promotion that the order uses, with what it takes off in all."""

    promotion: str
    coupon: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """amounts, adjustments  one per line, after all discounts
    told     why each promotion applied or not, as JSON
    claims   uses to count when the order is placed
    """

    amounts: tuple[LineAmounts, ...]
    adjustments: tuple[tuple[Adjustment, ...], ...]
    charges: tuple[PlannedCharge, ...] = ()
    told: tuple[dict[str, Any], ...] = ()
    redemptions: tuple[Redemption, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def discounts(self) -> tuple[Decimal, ...]:
        return tuple(sum((one.amount for one in line), Decimal(0)) for line in self.adjustments)

    @property
    def net(self) -> Decimal:
        return self._sum("net")

    @property
    def tax(self) -> Decimal:
        return self._sum("tax")

    def _sum(self, part: str) -> Decimal:
        of_lines = sum((getattr(amount, part) for amount in self.amounts), Decimal(0))
        return of_lines + sum((getattr(charge.amounts, part) for charge in self.charges), Decimal(0))


# {"order": …} as rules read it at these amounts and discounts of the lines.
OrderValues = Callable[[Sequence[LineAmounts], Sequence[Decimal]], Mapping[str, Any]]


def settle_order(lines: Sequence[PricedLine], order_values: OrderValues, policy: OrderPolicy, terms: Terms) -> Settled:
    """What the order costs. order_values is asked only where a condition or the table of freight reads the order."""
    plain = tuple(PricedQuantity(line.unit_price, line.quantity, line.tax_rate) for line in lines)
    plan = _promotions(lines, plain, order_values, policy, terms)
    adjustments = tuple(_adjustments(line, index, plan) for index, line in enumerate(lines))
    discounts = [sum((one.amount for one in line), Decimal(0)) for line in adjustments]
    amounts = _amounts([replace(one, discount=off) for one, off in zip(plain, discounts, strict=True)], policy, terms)
    amounts = tuple(line.billed.amounts if line.billed else one for line, one in zip(lines, amounts, strict=True))
    charges, told = _charges(amounts, discounts, order_values, policy, terms, plan)
    used = _used(adjustments, charges, plan, policy, terms)
    return Settled(
        amounts=amounts, adjustments=adjustments, charges=charges, told=told,
        redemptions=tuple(
            Redemption(promotion=one.promotion.key, coupon=one.coupon.code if one.coupon else "", amount=one.amount)
            for one in used
        ),
        claims=tuple(
            claim for one in used for claim in claims_of(one.promotion, one.coupon, terms.customer, one.amount)
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Used:
    promotion: Promotion
    coupon: CouponRow | None
    amount: Decimal


def _adjustments(line: PricedLine, index: int, plan: PromotionPlan) -> tuple[Adjustment, ...]:
    if line.billed is not None:
        return line.billed.adjustments
    return tuple(_adjustment(one, index) for one in plan.applied if index in one.by_line)


def _used(
    adjustments: Sequence[Sequence[Adjustment]], charges: Sequence[PlannedCharge], plan: PromotionPlan,
    policy: OrderPolicy, terms: Terms,
) -> list[_Used]:  # fmt: skip
    """What takes something off, with how much: what applies now, then what only invoiced lines still name."""
    off = {charge.waived_by: charge.discount for charge in charges if charge.waived_by}
    codes: dict[str, str | None] = {}
    for one in (one for line in adjustments for one in line):
        off[one.source] = off.get(one.source, Decimal(0)) + one.amount
        codes.setdefault(one.source, one.coupon)
    coupons = {one.promotion.source: one.coupon for one in plan.applied}
    known = {one.promotion.source: one.promotion for one in plan.applied}
    for promotion in policy.promotions:
        if promotion.source in off and promotion.source not in known:
            known[promotion.source] = promotion
            coupons[promotion.source] = terms.usage.coupons.get(codes.get(promotion.source) or "")
    return [
        _Used(promotion=promotion, coupon=coupons[source], amount=off[source])
        for source, promotion in known.items()
        if off.get(source)
    ]


def _promotions(
    lines: Sequence[PricedLine], plain: Sequence[PricedQuantity], order_values: OrderValues, policy: OrderPolicy,
    terms: Terms,
) -> PromotionPlan:  # fmt: skip
    if not policy.promotions:
        return NOTHING
    nothing_off = [Decimal(0)] * len(lines)
    return plan_promotions(
        policy.promotions,
        Offered(
            quantities=[line.quantity for line in lines],
            before=[before_discount(one, currency=terms.currency, rounding=policy.rounding) for one in plain],
            order=lambda: order_values(_amounts(plain, policy, terms), nothing_off),
            lines=[line.values for line in lines], coupons=terms.coupons, usage=terms.usage, customer=terms.customer,
            currency=terms.currency, mode=policy.rounding.mode, now=terms.now, today=terms.today,
        ),
    )  # fmt: skip


def _amounts(lines: Sequence[PricedQuantity], policy: OrderPolicy, terms: Terms) -> tuple[LineAmounts, ...]:
    return line_amounts(
        lines, currency=terms.currency, prices_include_tax=policy.prices_include_tax, rounding=policy.rounding
    )


def _adjustment(one: Applied, index: int) -> Adjustment:
    return Adjustment(
        source=one.promotion.source, names=one.promotion.names, coupon=one.coupon.code if one.coupon else None,
        amount=one.by_line[index],
    )  # fmt: skip


def _charges(
    amounts: Sequence[LineAmounts], discounts: Sequence[Decimal], order_values: OrderValues, policy: OrderPolicy,
    terms: Terms, plan: PromotionPlan,
) -> tuple[tuple[PlannedCharge, ...], tuple[dict[str, Any], ...]]:  # fmt: skip
    """Freight as the table has it for the discounted order, waived by the first promotion that may."""
    price = Decimal(0)
    rows: Sequence[str] = ()
    freight = policy.freight
    if freight is not None and amounts:
        cost, rows = freight.table.cost(order_values(amounts, discounts), now=terms.now, today=terms.today)
        price = round_amount(
            min(max(cost or Decimal(0), Decimal(0)), MOST_FREIGHT), terms.currency, policy.rounding.mode
        )
    waived_by, told = _waived(price, terms, plan)
    if freight is None or not price:
        return (), told
    rate = terms.freight_tax_rate or Decimal(0)
    discount = price if waived_by else Decimal(0)
    (of_charge,) = line_amounts(
        [PricedQuantity(price, Decimal(1), rate, discount)], currency=terms.currency,
        prices_include_tax=policy.prices_include_tax, rounding=Rounding(level="line", mode=policy.rounding.mode),
    )  # fmt: skip
    charge = PlannedCharge(
        kind="freight", names=freight.names, source="#".join((freight.table.source, *rows)), price=price,
        discount=discount, waived_by=waived_by, tax_class=freight.tax_class, tax_rate=rate, amounts=of_charge,
    )  # fmt: skip
    return (charge,), told


def _waived(price: Decimal, terms: Terms, plan: PromotionPlan) -> tuple[str, tuple[dict[str, Any], ...]]:
    """(source of the promotion that waives the freight or "", the trace with what came of each waiver)."""
    by = ""
    reasons: dict[str, str] = {}
    for one in plan.applied:
        if one.promotion.effect.do != "waive":
            continue
        claims = claims_of(one.promotion, one.coupon, terms.customer, price)
        if by or not price:
            reasons[one.promotion.key] = NOTHING_TO_WAIVE
        elif not all(terms.usage.bears(claim) for claim in claims):
            reasons[one.promotion.key] = WAIVER_LIMIT
        else:
            by = one.promotion.source
            reasons[one.promotion.key] = APPLIED
    told = tuple(
        {
            **each, "because": reasons[each["promotion"]], "applied": reasons[each["promotion"]] == APPLIED,
            **({"amount": str(price), "waives": "freight"} if reasons[each["promotion"]] == APPLIED else {}),
        }
        if each["applied"] and each["promotion"] in reasons
        else each
        for each in plan.told
    )  # fmt: skip
    return by, told
