"""What an order would cost, and whether credit and stock would bear it: nothing is written, nothing is locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from low_code.kinds.fields.known import Known
from oms.credit.plan import IGNORED, CreditDecision, decide_credit
from oms.credit.position import CreditPosition
from oms.credit.prepayment import prepay_required
from oms.placement import plan
from oms.placement.check_instalments import plan_problems
from oms.placement.commands import PlaceOrder
from oms.placement.custom_values import judge_before_prices
from oms.placement.errors import CustomerUnknown, OrderTooLarge
from oms.placement.load import FoundSku, load_for_placement
from oms.placement.planned import PlannedLine, PlannedOrder
from oms.placement.policy import OrderPolicy
from oms.placement.usage_for import coupons_of, load_usage
from oms.pricing.plan import PriceCandidate, choose_price, next_tier
from oms.receipts.available_to_promise import Outlook
from oms.receipts.read_outlook import read_outlook


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """One requested line: priced, or with its faults.

    planned     None where the line has faults
    next_tier   a cheaper tier that more units would reach
    available   base units that could be promised now to the order's channel, over all active locations
    complete_on the first day on which what is expected covers the line; None where it is covered now, or by nothing
                that is known
    """

    sku: FoundSku | None
    planned: PlannedLine | None
    next_tier: PriceCandidate | None
    available: Decimal
    complete_on: date | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """buyer     name of the customer
    lines     in the order of the request
    order     the priced order over the lines without faults; None where there is none
    credit    what the credit check would say now; None where the order type does not check
    account   of the customer as it stands without this order
    credit_available  what may still be ordered on it; None without an account, or without a limit
    prepay_required   to be paid before the order is processed
    problems  faults of the order itself
    """

    buyer: str
    lines: tuple[QuotedLine, ...]
    order: PlannedOrder | None
    credit: CreditDecision | None
    account: CreditPosition | None
    credit_available: Decimal | None
    prepay_required: Decimal
    currency: str
    problems: tuple[Problem, ...]


def quote_order(work: Work, command: PlaceOrder, policy: OrderPolicy) -> Quote:
    """Prices what can be priced and names every fault. Raises CustomerUnknown, OrderTooLarge."""
    if len(command.lines) > plan.MOST_LINES:
        raise OrderTooLarge(most=plan.MOST_LINES, lines=len(command.lines))
    currency = command.currency or work.tenant.currency
    loaded = load_for_placement(work, command, policy, currency=currency, today=work.today, lock=False)
    if loaded.buyer is None or not work.actor.may_see("customer", loaded.buyer.id):
        raise CustomerUnknown(customer=command.customer_number or str(command.customer_id))
    problems = plan.find_problems(command, loaded, policy) + plan_problems(command, loaded, work.today)
    good = [index for index in range(len(command.lines)) if not _of_line(problems, index)]
    # Prices may depend on them; what is wrong with them is said when the order is placed.
    custom = judge_before_prices(
        work, command, loaded, policy, work.actor.roles, Known(), (Known(),) * len(command.lines)
    )
    usage = load_usage(work, policy, command.coupons, loaded.buyer.id)
    brought, refused = coupons_of(command, policy, usage, loaded.buyer.id, work.today)

    def price(indexes: list[int], by: OrderPolicy = policy) -> tuple[PlannedOrder | None, list[Problem]]:
        return plan.plan_order(
            plan.with_lines(command, indexes), plan.loaded_lines(loaded, indexes), by,
            currency=currency, now=work.now, today=work.today,
            order_custom=custom.order, line_custom=[custom.lines[index] for index in indexes],
            usage=usage, brought=brought,
        )  # fmt: skip

    order, missing = price(good)
    if order is None and missing:
        of_lines = [problem for problem in missing if problem.pointer.startswith("/lines/")]
        unpriced = {int(problem.pointer.split("/")[2]) for problem in of_lines}
        problems += [plan.repoint(problem, good) for problem in of_lines]
        problems += [problem for problem in missing if problem not in of_lines]
        if unpriced:
            good = [index for position, index in enumerate(good) if position not in unpriced]
            order, missing = price(good)
    if order is None and any(problem.code == plan.FREIGHT_UNTAXED for problem in missing):
        # The goods have prices all the same; that freight cannot be told stands among the problems.
        problems += [problem for problem in missing if problem not in problems]
        order, missing = price(good, replace(policy, freight=None))
    problems += refused
    if order is not None:
        problems += missing  # coupons that take nothing off
    planned = dict(zip(good, order.lines, strict=True)) if order else {}
    outlooks = read_outlook(work, [sku.id for sku in loaded.skus if sku is not None], channel=command.channel)
    days = _days(work, planned.values(), outlooks)
    account = loaded.account
    total = order.total if order else Decimal(0)
    required = prepay_required(total, loaded.buyer.prepay_percent, policy.prepay_percent, currency)
    credit = decide_credit(
        account, policy=policy.credit, amount=total, currency=currency, today=work.today,
        prepaid=0 < total <= required,
    )  # fmt: skip
    return Quote(
        buyer=loaded.buyer.name,
        lines=tuple(
            _quoted(index, sku, planned.get(index), outlooks, days, problems) for index, sku in enumerate(loaded.skus)
        ),
        order=order if order and order.lines else None,
        credit=None if credit.reason == IGNORED else credit,
        account=account,
        prepay_required=required,
        credit_available=account.available_on(work.today) if account else None,
        currency=currency,
        problems=tuple(problem for problem in problems if not problem.pointer.startswith("/lines/")),
    )


def _of_line(problems: list[Problem], index: int) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.pointer.startswith(f"/lines/{index}/"))


def _days(work: Work, planned: Iterable[PlannedLine], outlooks: Mapping[UUID, Outlook]) -> dict[UUID, date | None]:
    """SKU -> the day on which what is short is there."""
    wanted: dict[UUID, Decimal] = {}
    for line in planned:
        wanted[line.sku.id] = wanted.get(line.sku.id, Decimal(0)) + line.ordered
    return {
        sku_id: outlooks[sku_id].earliest(quantity, work.today)
        for sku_id, quantity in wanted.items()
        if quantity > outlooks[sku_id].sellable
    }


def _quoted(
    index: int,
    sku: FoundSku | None,
    planned: PlannedLine | None,
    outlooks: Mapping[UUID, Outlook],
    days: Mapping[UUID, date | None],
    problems: list[Problem],
) -> QuotedLine:
    cheaper = None
    if sku is not None and planned is not None:
        cheaper = next_tier(sku.candidates, choose_price(sku.candidates, planned.ordered), planned.ordered)
    return QuotedLine(
        sku=sku, planned=planned, next_tier=cheaper,
        available=outlooks[sku.id].sellable if sku else Decimal(0),
        complete_on=days.get(sku.id) if sku else None, problems=_of_line(problems, index),
    )  # fmt: skip
