"""Fires what an order's approval does by itself: reminders, time limits, the end of a waiting step."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from low_code.flows.fire_timers import find_timer, fire_timer
from oms.orders.lock_order import lock_order
from oms.orders.order_values import order_values
from oms.placement.follow_approval import call_off_approvals, follow_approval
from oms.placement.start_order_approval import SUBJECT


def fire_approval_timer(work: Work, timer_id: UUID) -> bool:
    """Whether it fired: one that somebody else fired, or that is no longer needed, does nothing.

    The order is locked first, then the approval, then the timer, as by everybody who acts.
    """
    timer = find_timer(work, timer_id)
    if timer is None or timer.subject_kind != SUBJECT:
        return False
    order = lock_order(work, timer.subject_id)
    if order.status != "placed":
        call_off_approvals(work, order.id)
        return False
    outcome = fire_timer(work, timer, order_values(work, order.id))
    if outcome is None or not outcome.effects:
        return outcome is not None
    follow_approval(work, order, outcome, "")
    return True
