"""Checks credit again at a later point of an order's life: when it is released, shipped or invoiced."""

from __future__ import annotations

from decimal import Decimal

from kernel.db import Work
from kernel.outbox import put_event
from oms.credit.lock_account import lock_account
from oms.credit.plan import PREPAID, RELEASED, CreditDecision, decide_credit
from oms.credit.policy import CheckPoint, CreditPolicy
from oms.orders.errors import CreditStops
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder
from oms.orders.place_hold import insert_hold
from oms.orders.record import record_decision, record_event, roll_up


def check_credit_at(
    work: Work, order: LockedOrder, point: CheckPoint, of_order_type: CreditPolicy = "ignore"
) -> CreditDecision:
    """What the account's policy makes of an order at `point`. The order is locked; the account is locked here.

    A verdict of hold puts a credit hold on the order and stops there; the caller does not go on with it. One that
    finance released passes while its total does not grow, and so does one that is paid. Nothing is recorded where the
    policy does not check at this point.

    raises CreditStops where the verdict is block
    """
    decision = _decide(work, order, point, of_order_type)
    if decision is None:
        return CreditDecision(verdict="pass", reason="", counts=False, facts={})
    if decision.verdict == "block":
        raise CreditStops(number=order.number, reason=decision.reason)
    trace = {"at": point, **decision.trace()}
    record_decision(work, order.id, "credit", release=order.release, outcome=decision.verdict, trace=trace)
    if decision.verdict == "hold":
        insert_hold(work, order.id, type="credit", reason=decision.reason, source=f"credit_policy/{point}")
        record_event(work, order.id, "hold_placed", {"type": "credit", "reason": decision.reason})
        roll_up(work, order.id)
        facts = {"type": "credit", "reason": decision.reason}
        put_event(work, OrderChangedEvent("order.held", order.id, order.number, facts))
    return decision


def _decide(work: Work, order: LockedOrder, point: CheckPoint, of_order_type: CreditPolicy) -> CreditDecision | None:
    """None where nothing is checked."""
    if order.credit_account_id is None:
        return None
    position = lock_account(work, order.credit_account_id)
    if position.policy.action_at(point, of_order_type) == "ignore":
        return None
    facts = {"account": position.number, "order": str(order.total)}
    if order.total and order.paid_total >= order.total:
        return CreditDecision(verdict="pass", reason=PREPAID, counts=True, facts=facts)
    if order.credit_released and order.total <= order.credit_released:
        released = {**facts, "released": str(order.credit_released)}
        return CreditDecision(verdict="pass", reason=RELEASED, counts=True, facts=released)
    return decide_credit(
        position, policy=of_order_type, amount=Decimal(0), currency=order.currency, today=work.today, point=point
    )
