"""Carries a change out: goods, money, credit, stops, approval and stock, in the order's own transaction.

Its parts lock in the order in which every use case does: order, credit account, positions, counters of promotions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.money import Money, round_amount
from oms.allocation.allocate_order import allocate_locked
from oms.changes.actions import Action
from oms.changes.errors import ChangeInvalid
from oms.changes.load_change import fixed_units
from oms.changes.plan_change import ChangePlan, plan_change
from oms.changes.wanted import apply_actions
from oms.changes.write_change import write_change
from oms.credit.book_exposure import book_exposure
from oms.credit.lock_account import lock_account
from oms.credit.plan import CreditDecision, decide_credit
from oms.credit.position import CreditPosition
from oms.credit.prepayment import PAYMENT_FIRST
from oms.instalments.fit_instalments import fit_instalments
from oms.inventory.release_units import release_units
from oms.orders.cancel_order import exposure_after
from oms.orders.keep_version import keep_version
from oms.orders.lock_order import LockedOrder, lock_order
from oms.orders.order_values import order_values
from oms.orders.place_hold import insert_hold
from oms.orders.record import record_decision, record_event, roll_up
from oms.placement.commands import HoldPlaced
from oms.placement.errors import CreditRefused
from oms.placement.follow_approval import tell_approvals
from oms.placement.follow_up import policy_of_order
from oms.placement.place_order import APPROVAL_NEEDED
from oms.placement.policy import OrderPolicy
from oms.placement.screen import screen
from oms.placement.start_order_approval import SUBJECT, start_order_approval
from oms.promotions.replace_redemptions import replace_redemptions

_ZERO = Decimal(0)
_HELD_BY = """
SELECT DISTINCT type, source FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = %(order)s
"""
_WAITS_FOR_MONEY = """
SELECT EXISTS (SELECT FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND type = 'payment'
  AND released_at IS NULL)
"""
_APPROVAL_RUNS = """
SELECT EXISTS (SELECT FROM approval_instances WHERE tenant_id = %(tenant)s AND subject_kind = %(kind)s
  AND subject_id = %(order)s AND status NOT IN ('approved', 'rejected', 'withdrawn'))
"""
_SCORE = "UPDATE orders SET risk_score = %(score)s WHERE tenant_id = %(tenant)s AND id = %(order)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDone:
    """released  base units that were promised and are free again; allocated: that were promised now; short: that wait
    holds     stops that the change put on the order
    approval  the flow that the order waits for because of it; None: none
    """

    order_id: UUID
    version: int
    plan: ChangePlan
    credit: CreditDecision | None
    released: Decimal
    allocated: Decimal
    short: Decimal
    holds: tuple[HoldPlaced, ...] = field(default=())
    approval: str | None = None


def apply_change(work: Work, order: LockedOrder, actions: Sequence[Action], *, reason: str) -> ChangeDone:
    """Changes a locked, placed order.

    raises  ChangeInvalid, CreditRefused, PromotionsTaken (ask again)
    """
    wanted, problems = apply_actions(order, actions, fixed_units(work, order.id))
    if problems:
        raise ChangeInvalid(problems=problems)
    policy = policy_of_order(work, order.id)
    plan = plan_change(work, order, wanted, policy)
    keep_version(work, order.id, "before")
    required = _prepay_required(plan)
    credit = _check_credit(work, plan, policy, required)
    released = _release(work, plan)
    exposed = _exposed(plan, credit, required)
    write_change(work, plan, exposed, required)
    fit_instalments(work, order.id)
    if order.credit_account_id is not None:
        by = exposed - order.credit_exposed
        book_exposure(work, order.credit_account_id, "open_orders", by, cause="order_changed", order_id=order.id)
    holds = _stop(work, plan, policy, credit, required)
    _record(work, plan, credit, holds, reason)
    version = roll_up(work, order.id).version
    approval = _ask_again(work, plan, policy)
    allocated, short = _allocate(work, order.id, policy)
    replace_redemptions(work, order.id, order.customer_id, plan.planned.redemptions, plan.planned.claims)
    keep_version(work, order.id, "changed")
    return ChangeDone(
        order_id=order.id, version=version, plan=plan, credit=credit, released=released, allocated=allocated,
        short=short, holds=holds, approval=approval,
    )  # fmt: skip


def _check_credit(work: Work, plan: ChangePlan, policy: OrderPolicy, required: Decimal) -> CreditDecision | None:
    """Only what is more than before is a question; less always passes."""
    more = plan.planned.total - plan.order.total
    if more <= 0:
        return None
    decision = decide_credit(
        _account(work, plan), policy=policy.credit, amount=more, currency=plan.order.currency, today=work.today,
        prepaid=0 < plan.planned.total <= required,
    )  # fmt: skip
    if decision.verdict == "block":
        raise CreditRefused(reason=decision.reason, trace=decision.trace())
    return decision


def _account(work: Work, plan: ChangePlan) -> CreditPosition | None:
    """On which the order counts: the customer may have had another when it was placed. Locked."""
    now, of_order = plan.loaded.account, plan.order.credit_account_id
    if of_order is None or (now is not None and now.id == of_order):
        return now
    return lock_account(work, of_order)


def _exposed(plan: ChangePlan, credit: CreditDecision | None, required: Decimal) -> Decimal:
    """What the order counts afterwards: the difference joins it, less what is invoiced."""
    by_money = plan.planned.total <= required  # paid in advance: it counts with what is paid, whoever looks at credit
    if plan.order.credit_account_id is None or (credit is not None and not credit.counts and not by_money):
        return plan.order.credit_exposed
    return exposure_after(plan.order, plan.planned.total, required=required)


def _prepay_required(plan: ChangePlan) -> Decimal:
    """The same share of the new total."""
    order = plan.order
    if not order.prepay_required or not order.total:
        return order.prepay_required
    return round_amount(order.prepay_required * plan.planned.total / order.total, order.currency)


def _waits_for_money(work: Work, plan: ChangePlan) -> bool:
    return bool(work.scalar(_WAITS_FOR_MONEY, {"tenant": work.tenant_id, "order": plan.order.id}))


def _release(work: Work, plan: ChangePlan) -> Decimal:
    """Promised units that the order no longer wants go back to their locations."""
    too_many = {
        line.line.id: line.line.allocated - line.quantity
        for line in (*plan.stays, *plan.leaves)
        if line.line is not None and line.line.allocated > line.quantity
    }
    return release_units(work, plan.order.id, too_many, reason="changed") if too_many else _ZERO


def _stop(
    work: Work, plan: ChangePlan, policy: OrderPolicy, credit: CreditDecision | None, required: Decimal
) -> tuple[HoldPlaced, ...]:
    """Stops that the order as it is now needs. A rule that held it once is not asked again: somebody has looked."""
    held = {(row.type, row.source) for row in work.rows(_HELD_BY, {"tenant": work.tenant_id, "order": plan.order.id})}
    screened = screen(plan.planned, plan.values, policy, now=work.now, today=work.today)
    work.execute(_SCORE, {"tenant": work.tenant_id, "order": plan.order.id, "score": screened.score})
    wanted = list(screened.holds)
    holds = [hold for hold in wanted if (hold.type, hold.source) not in held]
    if credit is not None and credit.verdict == "hold":
        holds.append(HoldPlaced(type="credit", reason=credit.reason, source=f"order_type/{policy.key}"))
    if plan.order.paid_total < required and required > plan.order.prepay_required and not _waits_for_money(work, plan):
        holds.append(HoldPlaced(type="payment", reason=PAYMENT_FIRST, source=f"order_type/{policy.key}"))
    for hold in holds:
        insert_hold(work, plan.order.id, type=hold.type, reason=hold.reason, source=hold.source)
        record_event(work, plan.order.id, "hold_placed", {"type": hold.type, "reason": hold.reason})
    return tuple(holds)


def _record(
    work: Work, plan: ChangePlan, credit: CreditDecision | None, holds: Sequence[HoldPlaced], reason: str
) -> None:
    order, planned = plan.order, plan.planned
    totals = {"total_before": str(order.total), "total": str(planned.total), "currency": order.currency}
    record_event(work, order.id, "changed", {**totals, "reason": reason, "lines": _lines_changed(plan)})
    told = [("price", f"{order.currency} {Money(planned.total, order.currency).amount}", planned.price_trace())]
    if credit is not None:
        told.append(("credit", credit.verdict, credit.trace()))
    for kind, outcome, trace in told:
        record_decision(work, order.id, kind, release=order.release, outcome=outcome, trace=trace)


def _lines_changed(plan: ChangePlan) -> list[dict[str, Any]]:
    """Per line whose units change: before and after."""
    return [
        {
            "sku": line.sku, "before": str(line.line.ordered - line.line.cancelled) if line.line else "0",
            "after": str(line.quantity),
        }
        for line in plan.wanted.lines
        if line.touched
    ]  # fmt: skip


def _ask_again(work: Work, plan: ChangePlan, policy: OrderPolicy) -> str | None:
    """Whoever approves, or has approved, something else than this is asked about this."""
    if not plan.wanted.changes_content or not policy.approval_flows:
        return None
    runs = work.scalar(_APPROVAL_RUNS, {"tenant": work.tenant_id, "kind": SUBJECT, "order": plan.order.id})
    if runs:
        tell_approvals(work, plan.order.id)
        return None
    flow = start_order_approval(work, plan.order.id, order_values(work, plan.order.id), policy)
    if flow is not None:
        source = f"approval_flow/{flow}"
        insert_hold(work, plan.order.id, type="approval", reason=APPROVAL_NEEDED, source=source)
        record_event(work, plan.order.id, "hold_placed", {"type": "approval", "reason": APPROVAL_NEEDED})
        roll_up(work, plan.order.id)
    return flow


def _allocate(work: Work, order_id: UUID, policy: OrderPolicy) -> tuple[Decimal, Decimal]:
    """Promises stock to what is open now, where nothing holds the order and its type does so by itself."""
    order = lock_order(work, order_id)
    if order.open_holds or order.status != "placed" or policy.allocation is None or not policy.auto_allocate:
        return _ZERO, _ZERO
    if not any(line.open > 0 for line in order.lines):
        return _ZERO, _ZERO
    outcome = allocate_locked(work, order, policy.allocation, order_values(work, order_id))
    return outcome.allocated, outcome.short
