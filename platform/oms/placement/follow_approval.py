"""What an approval's effects mean for its order, and a change of the order for its approval."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.outbox import put_event
from low_code.flows.restart_approval import SubjectWasChanged, subject_was_changed
from low_code.flows.store import ApprovalOutcome
from low_code.flows.withdraw_approval import WithdrawApproval, withdraw_approval
from oms.orders.cancel_order import CancelOrder, CancelReason, OrderCancelled, cancel_order
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder, lock_order
from oms.orders.order_values import order_values
from oms.orders.record import roll_up
from oms.orders.release_hold import lift_holds
from oms.placement.follow_up import follow_release, rounding_of
from oms.placement.start_order_approval import SUBJECT

_RUNNING = """
SELECT id, status FROM approval_instances
WHERE tenant_id = %(tenant)s AND subject_kind = %(kind)s AND subject_id = %(order)s
  AND status NOT IN ('approved', 'rejected', 'withdrawn')
"""
_WAITS = """
SELECT EXISTS (SELECT FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND type = 'approval'
    AND released_at IS NULL)
  AND (SELECT status = 'rejected' FROM approval_instances WHERE tenant_id = %(tenant)s AND subject_kind = %(kind)s
    AND subject_id = %(order)s ORDER BY id DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalActed:
    """status  of the approval afterwards"""

    order_id: UUID
    status: str


def follow_approval(work: Work, order: LockedOrder, outcome: ApprovalOutcome, comment: str) -> ApprovalActed:
    """Releases, cancels or sends back the locked order, as its approval came out."""
    if outcome.has("approved"):
        released = lift_holds(work, order, type="approval", reason=comment or "approved")
        put_event(work, OrderChangedEvent("order.approved", order.id, order.number))
        follow_release(work, released)
    elif outcome.has("rejected"):
        _cancel(work, order, CancelReason.REJECTED, comment)
    elif outcome.has("withdrawn"):
        _cancel(work, order, CancelReason.WITHDRAWN, comment)
    else:
        if outcome.has("returned_to_submitter"):
            put_event(work, OrderChangedEvent("order.returned", order.id, order.number, {"comment": comment}))
        roll_up(work, order.id)
    return ApprovalActed(order_id=order.id, status=outcome.status)


def cancel_under_approval(work: Work, command: CancelOrder) -> OrderCancelled:
    """Cancels an order or some of it. An approval that runs is called off with the whole, and hears of a part: where
    it watches that, those who approved are asked again.

    raises  what cancel_order raises
    """
    outcome = cancel_order(work, command, rounding_of(work, command.order_id))
    if outcome.status == "cancelled":
        call_off_approvals(work, command.order_id, comment=command.note)
    else:
        tell_approvals(work, command.order_id)
    return outcome


def call_off_approvals(work: Work, order_id: UUID, *, comment: str = "") -> None:
    """The order is gone; nobody need decide on it."""
    for row in work.rows(_RUNNING, {"tenant": work.tenant_id, "kind": SUBJECT, "order": order_id}):
        withdraw_approval(work, WithdrawApproval(instance_id=row.id, comment=comment, by_system=True))


def cancel_refused_order(work: Work, order_id: UUID) -> bool:
    """Cancels the order if it still waits for an approval that was refused. Whether it did."""
    order = lock_order(work, order_id)
    waits = work.scalar(_WAITS, {"tenant": work.tenant_id, "kind": SUBJECT, "order": order_id})
    if order.status != "placed" or not waits:
        return False
    _cancel(work, order, CancelReason.REJECTED, "")
    return True


def tell_approvals(work: Work, order_id: UUID) -> None:
    """The order is another than the approvers saw; the caller holds its lock."""
    running = work.rows(_RUNNING, {"tenant": work.tenant_id, "kind": SUBJECT, "order": order_id})
    if not any(row.status == "open" for row in running):
        return
    order = lock_order(work, order_id)
    change = SubjectWasChanged(
        subject_kind=SUBJECT, subject_id=order.id, subject_revision=order.version, values=order_values(work, order.id)
    )
    for outcome in subject_was_changed(work, change):
        if outcome.effects:  # a new round may end at once: everything approves itself, or nobody is found
            follow_approval(work, order, outcome, "")


def _cancel(work: Work, order: LockedOrder, reason: CancelReason, comment: str) -> None:
    cancel_order(work, CancelOrder(order_id=order.id, reason=reason, note=comment), rounding_of(work, order.id))
