"""Decides a recorded order by a configuration: the functions that place an order, on what was recorded.

Current stock and credit are not looked at, so that a difference between two configurations comes from their
documents alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from low_code.expressions import Environment
from low_code.flows.people import Directory, World
from low_code.flows.preview import preview
from low_code.registry import Configuration, DocumentUnknown
from oms.allocation.plan import Demand, plan_allocation
from oms.credit.plan import decide_credit
from oms.credit.prepayment import prepay_required
from oms.placement.errors import OrderTypeUnknown
from oms.placement.plan import apply_tables
from oms.placement.planned import charge_json
from oms.placement.policy import OrderPolicy
from oms.placement.policy_for import policy_in
from oms.placement.screen import judge_hits
from oms.placement.settle import PlannedCharge, PricedLine, Terms, settle_order
from oms.pricing.amounts import LineAmounts
from oms.promotions.usage import CouponRow
from oms.sourcing.choose_places import choose_places, destination_of
from oms.sourcing.place import Place, SourcingFacts
from oms.trial.recorded import RecordedOrder

DECISIONS = ("placement", "price", "review", "credit", "approval", "allocation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A review rule that held, noted or scored, or what the score amounts to. rule: its id"""

    rule: str
    outcome: str
    hold_type: str
    reason: str
    points: int = 0


@dataclass(slots=True, kw_only=True)
class Decided:
    """What a configuration makes of an order.

    refused     why it would not be placed at all: order_type, channel, review, credit or stock; "" where it is placed
    prices      of one base unit, a line each
    credit      pass, warn, hold or block; "" where the log does not hold what the check would read
    approval    the flow that it waits for; path: ids of the steps on its way
    picks       (line number, location key, base units); None where nothing is promised, or where it is not known
    holds       types of all holds, sorted
    traces      decision -> its trace, as placement writes it; only where they were asked for
    """

    refused: str = ""
    prices: tuple[Decimal, ...] = ()
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    review: tuple[Stop, ...] = ()
    credit: str = ""
    approval: str | None = None
    path: tuple[str, ...] = ()
    picks: tuple[tuple[int, str, Decimal], ...] | None = None
    short: Decimal = Decimal(0)
    allocation_known: bool = True
    holds: tuple[str, ...] = ()
    traces: dict[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def is_held(self) -> bool:
        return bool(self.holds)

    @property
    def is_split(self) -> bool:
        return self.picks is not None and len({key for _, key, _ in self.picks}) > 1

    def to_json(self) -> dict[str, Any]:
        """For the list of differences; amounts as text."""
        return {
            "refused": self.refused, "net": str(self.net), "tax": str(self.tax), "total": str(self.total),
            "prices": [format(price.normalize(), "f") for price in self.prices],
            "review": [
                {"rule": stop.rule, "outcome": stop.outcome, "hold_type": stop.hold_type, "reason": stop.reason,
                 **({"points": stop.points} if stop.points else {})}
                for stop in self.review
            ],
            "credit": self.credit, "approval": self.approval, "path": list(self.path), "holds": list(self.holds),
            "picks": None if self.picks is None else [[line, key, str(units)] for line, key, units in self.picks],
            "short": str(self.short),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two configurations. locale: of the reasons that rules give"""

    documents: Configuration
    locale: str
    places: Mapping[str, Place]
    directory: Directory

    def policy(self, order_type: str) -> OrderPolicy | None:
        try:
            return policy_in(self.documents, order_type, self.locale)
        except (OrderTypeUnknown, DocumentUnknown):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """prices, amounts, discounts  one per line; amounts are after discounts
    told    why each promotion applied or not
    """

    prices: tuple[Decimal, ...]
    amounts: tuple[LineAmounts, ...]
    discounts: tuple[Decimal, ...]
    charges: tuple[PlannedCharge, ...] = ()
    told: tuple[Mapping[str, Any], ...] = ()
    traces: tuple[Mapping[str, Any], ...] = ()

    @property
    def charged(self) -> tuple[Decimal, Decimal]:
        """(net, tax) of the charges beside the lines."""
        net = sum((charge.amounts.net for charge in self.charges), Decimal(0))
        return net, sum((charge.amounts.tax for charge in self.charges), Decimal(0))

    @property
    def net(self) -> Decimal:
        return sum((each.net for each in self.amounts), self.charged[0])

    @property
    def tax(self) -> Decimal:
        return sum((each.tax for each in self.amounts), self.charged[1])

    def trace(self) -> dict[str, Any]:
        """As placement writes it."""
        told: dict[str, Any] = {"lines": list(self.traces)}
        if self.told:
            told["promotions"] = list(self.told)
        if self.charges:
            told["charges"] = [charge_json(charge) for charge in self.charges]
        return told


def differing(before: Decided, after: Decided) -> list[str]:
    """Which decisions are not the same, in the order in which they are taken."""
    different = {
        "placement": before.refused != after.refused,
        "price": (before.prices, before.net, before.tax) != (after.prices, after.net, after.tax),
        "review": _stops(before) != _stops(after),
        "credit": before.credit != after.credit,
        "approval": (before.approval, before.path) != (after.approval, after.path),
        "allocation": (before.picks, before.short) != (after.picks, after.short),
    }
    return [name for name in DECISIONS if different[name]]


def _stops(decided: Decided) -> list[tuple[str, str, str, int]]:
    """What people notice; a rule that only got another id decides the same."""
    return [
        (stop.outcome, stop.hold_type, stop.reason, stop.points) for stop in decided.review if stop.outcome != "pass"
    ]


def decide(order: RecordedOrder, side: Side, *, explained: bool = False) -> Decided:
    """One order, through the compiled closures. explained: with the trace of every decision"""
    policy = side.policy(order.order_type)
    if refused := refusal(order, policy):
        return Decided(refused=refused)
    assert policy is not None
    priced = price(order, policy)
    values = order.subject(priced.prices, priced.amounts, priced.discounts, priced.charged)
    moment = {"now": order.placed_at, "today": order.placed_on}
    hits = policy.review.evaluate(values, **moment) if policy.review else ()
    stops = tuple(
        Stop(rule=h.rule_id, outcome=h.outcome, hold_type=h.hold_type, reason=h.reason, points=h.points) for h in hits
    )
    decided = Decided()
    if explained:
        total = f"{order.currency} {priced.net + priced.tax}"
        decided.traces["price"] = (total, priced.trace())
        if policy.review:
            reviewed = judge_hits(hits, policy.review.source)
            decided.traces["review"] = ("hold" if reviewed.holds else "pass", reviewed.trace or {})
    judge(decided, order, side, policy, priced, stops, values, explained=explained)
    return decided


def refusal(order: RecordedOrder, policy: OrderPolicy | None) -> str:
    """Why an order like this would not be taken at all; "" where it would."""
    if policy is None:
        return "order_type"
    return "" if order.channel in policy.channels else "channel"


def price(order: RecordedOrder, policy: OrderPolicy) -> Priced:
    """The recorded list prices after the order type's price tables, rounded as it says."""
    around = order.before_prices()
    adjusted = [
        apply_tables(
            line.list_price,
            {"line": line.line_no, "sku": line.sku},
            {"line": line.subject(line.list_price), "order": around},
            policy,
            order.placed_at,
            order.placed_on,
        )
        for line in order.lines
    ]
    prices = tuple(unit_price for unit_price, _ in adjusted)
    return settled_at(order, prices, policy, tuple(trace for _, trace in adjusted))


def settled_at(
    order: RecordedOrder,
    prices: Sequence[Decimal],
    policy: OrderPolicy,
    traces: tuple[Mapping[str, Any], ...] = (),
) -> Priced:
    """What the order costs at these prices, with the order type's promotions and freight. What others have used of
    limits is not looked at; coupons are those that the order brought when it was placed."""
    around = order.before_prices()
    lines = [
        PricedLine(
            unit_price=unit_price,
            quantity=line.ordered,
            tax_rate=line.tax_rate,
            values={"line": line.subject(unit_price), "order": around} if policy.promotions else {},
        )
        for unit_price, line in zip(prices, order.lines, strict=True)
    ]
    terms = Terms(
        currency=order.currency, now=order.placed_at, today=order.placed_on, customer=str(order.customer_id),
        coupons={promotion: _as_brought(promotion, code) for promotion, code in order.coupons.items()},
        freight_tax_rate=order.taxed_as,
    )  # fmt: skip
    settled = settle_order(lines, lambda amounts, off: order.subject(prices, amounts, off), policy, terms)
    return Priced(
        prices=tuple(prices), amounts=settled.amounts, discounts=settled.discounts, charges=settled.charges,
        told=settled.told, traces=traces,
    )  # fmt: skip


def _as_brought(promotion: str, code: str) -> CouponRow:
    return CouponRow(
        code=code, promotion=promotion, customer_id=None, most_uses=None, most_per_customer=None, valid_from=None,
        valid_to=None, active=True,
    )  # fmt: skip


def judge(
    decided: Decided,
    order: RecordedOrder,
    side: Side,
    policy: OrderPolicy,
    priced: Priced,
    stops: tuple[Stop, ...],
    values: Mapping[str, Any],
    *,
    explained: bool = False,
) -> None:
    """What follows once prices and review are known: credit, approval, allocation. Fills `decided`.

    values  the order's subject; read only where a flow or a location's condition asks for it
    """
    decided.prices, decided.net, decided.tax, decided.review = priced.prices, priced.net, priced.tax, stops
    if any(stop.outcome == "refuse" for stop in stops):
        decided.refused = "review"
        return
    holds = [stop.hold_type for stop in stops if stop.outcome == "hold"]
    if policy.floor is not None and policy.floor.hold and order.is_below_floor(priced.prices, priced.discounts):
        holds.append("review")
    _credit(decided, order, policy, holds, explained)
    if decided.refused:
        return
    _approval(decided, order, side, policy, values, holds, explained)
    decided.holds = tuple(sorted(holds))
    _allocation(decided, order, side, policy, values, explained)


def _credit(decided: Decided, order: RecordedOrder, policy: OrderPolicy, holds: list[str], explained: bool) -> None:
    required = prepay_required(decided.total, order.prepay_percent, policy.prepay_percent, order.currency)
    if required:
        holds.append("payment")
    prepaid = 0 < decided.total <= required
    if policy.credit != "ignore" and not order.credit_known and not prepaid:
        return
    found = decide_credit(
        order.account, policy=policy.credit, amount=decided.total, currency=order.currency, today=order.placed_on,
        prepaid=prepaid,
    )  # fmt: skip
    decided.credit = found.verdict
    if explained:
        decided.traces["credit"] = (found.verdict, found.trace())
    if found.verdict == "block":
        decided.refused = "credit"
    elif found.verdict == "hold":
        holds.append("credit")


def _approval(
    decided: Decided,
    order: RecordedOrder,
    side: Side,
    policy: OrderPolicy,
    values: Mapping[str, Any],
    holds: list[str],
    explained: bool,
) -> None:
    """The first flow that wants the order; one that everybody on its way agreed to before asks nobody."""
    moment = Environment(now=order.placed_at, today=order.placed_on)
    for key in policy.approval_flows:
        flow = side.documents.compiled("approval_flow", key).flow
        if not flow.applies(values, moment):
            continue
        way = preview(flow, World(values, side.directory, order.placed_on), submitter=order.submitter, now=moment.now)
        decided.path = tuple(step.node_id for step in way.steps)
        if way.ends != "approved" or any(
            len(step.people) > len(step.auto) for step in way.steps if step.type == "approve"
        ):
            decided.approval = key
            holds.append("approval")
        break
    if explained and policy.approval_flows:
        trace = {"flows": list(policy.approval_flows), "started": decided.approval}
        decided.traces["approval"] = (decided.approval or "none", trace)


def _allocation(
    decided: Decided,
    order: RecordedOrder,
    side: Side,
    policy: OrderPolicy,
    values: Mapping[str, Any],
    explained: bool,
) -> None:
    rule = policy.allocation
    if rule is None or not policy.auto_allocate or decided.holds:
        return
    if order.positions is None:
        decided.allocation_known = False
        return
    demand = [Demand(line.id, line.sku_id, line.sku, line.ordered) for line in order.lines]
    there = [side.places[key] for key in order.positions if key in side.places]
    available = {
        (place.id, line.sku_id): order.positions[place.key].get(line.sku, Decimal(0))
        for place in there
        for line in order.lines
    }
    places, left_out = choose_places(there, rule.takes_part, values, now=order.placed_at, today=order.placed_on)
    plan = plan_allocation(
        demand, places, available, rule=rule.rule.for_order(values), destination=destination_of(order.ship_to),
        left_out=left_out, facts=SourcingFacts(grams={line.sku_id: line.weight_grams for line in order.lines}),
    )  # fmt: skip
    keys = {place.id: place.key for place in there}
    numbers = {line.id: line.line_no for line in order.lines}
    decided.picks = tuple((numbers[pick.line_id], keys[pick.location_id], pick.quantity) for pick in plan.picks)
    decided.short = sum(plan.short.values(), Decimal(0))
    if explained:
        decided.traces["allocation"] = (plan.summary(), {"document": rule.source, "rounds": plan.rounds})
    if decided.short and rule.on_short == "reject":
        decided.refused = "stock"
    elif decided.short and rule.on_short == "hold":
        decided.holds = tuple(sorted((*decided.holds, "stock")))
