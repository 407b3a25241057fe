"""What a change would make of an order: goods, prices, promotions, charges. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from oms.changes.billed_lines import billed_lines
from oms.changes.errors import ChangeInvalid
from oms.changes.load_change import Head, LineBefore, command_of, read_head, read_lines
from oms.changes.wanted import Wanted, WantedLine
from oms.orders.lock_order import LockedOrder
from oms.placement import subjects
from oms.placement.commands import PlaceOrder
from oms.placement.load import Loaded, load_for_placement
from oms.placement.planned import PlannedLine, PlannedOrder
from oms.placement.policy import OrderPolicy
from oms.placement.reprice import KeptPrice, kept_prices, reprice
from oms.placement.settle import Billed
from oms.placement.usage_for import coupons_of, load_usage
from oms.promotions.replace_redemptions import usage_of_others


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """stays    lines that have units afterwards, in the order of `planned.lines`
    leaves   lines that are there now and have none afterwards
    values   of the order as it shall be, as rules read them
    """

    order: LockedOrder
    wanted: Wanted
    head: Head
    command: PlaceOrder
    loaded: Loaded
    planned: PlannedOrder
    stays: tuple[WantedLine, ...]
    leaves: tuple[WantedLine, ...]
    values: dict[str, Any]

    @property
    def pairs(self) -> list[tuple[WantedLine, PlannedLine]]:
        return list(zip(self.stays, self.planned.lines, strict=True))


def plan_change(work: Work, order: LockedOrder, wanted: Wanted, policy: OrderPolicy) -> ChangePlan:
    """Prices the order as it shall be, under the credit account's lock.

    Lines that are there keep their agreed price, or are priced anew, as the order type says; a price set by hand holds.
    Promotions and freight are always decided anew, for the order as it shall be.

    raises  ChangeInvalid with what is wrong, pointing at the actions
    """
    head, before = read_head(work, order.id), read_lines(work, order.id)
    stays = tuple(line for line in wanted.lines if line.quantity > 0)
    command = command_of(order, wanted, stays, head, before)
    loaded = load_for_placement(work, command, policy, currency=order.currency, today=work.today, lock=True)
    billed = billed_lines(work, stays, currency=order.currency, rounding=policy.rounding)
    kept = _kept(policy, stays, before, billed)
    usage = load_usage(work, policy, command.coupons, order.customer_id)
    usage = usage_of_others(work, order.id, usage) if usage.used else usage
    brought, _ = coupons_of(command, policy, usage, order.customer_id, work.today)
    planned, problems = reprice(
        command, loaded, policy, currency=order.currency, now=work.now, today=work.today, kept=kept,
        order_custom=order.custom, line_custom=[dict(line.custom) for line in command.lines], usage=usage,
        coupons=brought,
    )  # fmt: skip
    # A coupon that no longer takes anything off is no fault of the change; the preview shows the new total.
    faults = [_repointed(problem, stays) for problem in problems if not problem.pointer.startswith("/coupons/")]
    if planned is None or faults:
        raise ChangeInvalid(problems=faults)
    return ChangePlan(
        order=order, wanted=wanted, head=head, command=command, loaded=loaded, planned=planned, stays=stays,
        leaves=tuple(line for line in wanted.lines if line.quantity == 0 and line.line is not None),
        values=subjects.order_subject(command, planned, loaded),
    )  # fmt: skip


def _kept(
    policy: OrderPolicy, stays: tuple[WantedLine, ...], before: dict[UUID, LineBefore], billed: Mapping[UUID, Billed]
) -> dict[int, KeptPrice]:
    agreed: dict[int, tuple[Decimal, Decimal]] = {}
    by_hand: dict[int, KeptPrice] = {}
    for index, line in enumerate(stays):
        if line.line is None:
            continue
        listed = before[line.line.id].list_price
        agreed[index] = (listed, line.line.unit_price)
        if line.price is not None or line.line.shipped or line.is_billed:
            price = line.price if line.price is not None else line.line.unit_price
            by_hand[index] = KeptPrice(list_price=listed, unit_price=price, billed=billed.get(line.line.id))
    return {**kept_prices(policy, agreed), **by_hand}


def _repointed(problem: Problem, stays: tuple[WantedLine, ...]) -> Problem:
    """A problem of the priced order, at the action that brought it."""
    _, where, *rest = problem.pointer.split("/")
    if where != "lines" or not rest:
        return problem
    line = stays[int(rest[0])]
    at = "/actions" if line.action is None else f"/actions/{line.action}"
    return replace(problem, pointer="/".join([at, *rest[1:]]))
