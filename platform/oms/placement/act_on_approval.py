"""Approve, reject, send back, pass on or withdraw: what people do with an order's approval, and what follows for
the order. The order is locked first, then the approval, as everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.outbox import put_event
from low_code.flows.act_on_task import Action, ActOnTask, act_on_task
from low_code.flows.commands import SUBMITTER
from low_code.flows.errors import NotYourTask
from low_code.flows.restart_approval import RestartApproval, restart_approval
from low_code.flows.store import ApprovalOutcome
from low_code.flows.withdraw_approval import WithdrawApproval, withdraw_approval
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder, lock_placed_order
from oms.orders.order_values import order_values
from oms.orders.record import record_event, roll_up
from oms.orders.release_hold import lift_holds
from oms.placement.errors import NoOpenApproval
from oms.placement.follow_up import follow_release, rounding_of
from oms.placement.start_order_approval import SUBJECT

_OPEN = """
SELECT i.id AS instance_id, i.submitter_id,
  (SELECT t.id FROM approval_tasks t WHERE t.tenant_id = %(tenant)s AND t.instance_id = i.id AND t.status = 'open'
    AND t.assignee_id = %(user)s ORDER BY t.id LIMIT 1) AS task_id
FROM approval_instances i
WHERE i.tenant_id = %(tenant)s AND i.subject_kind = %(kind)s AND i.subject_id = %(order)s
  AND i.status NOT IN ('approved', 'rejected', 'withdrawn')
ORDER BY i.id DESC LIMIT 1
"""
_BY_MAIL = "SELECT id, name FROM users WHERE tenant_id = %(tenant)s AND email = lower(%(email)s) AND active"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOnApproval:
    """action          approve, reject, return or transfer
    approver_email  a key acts for this person; None: the actor acts for himself
    return_to       with return: an earlier step's id; None is the submitter
    expected_version  of the approval as it was seen
    """

    order_id: UUID
    action: str
    comment: str = ""
    approver_email: str | None = None
    return_to: str | None = None
    transfer_to: UUID | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalActed:
    """status  of the approval afterwards"""

    order_id: UUID
    status: str


def act_on_approval(work: Work, command: ActOnApproval) -> ApprovalActed:
    """Raises OrderNotFound, OrderNotOpen, NoOpenApproval, NotYourTask, and what act_on_task raises."""
    order = lock_placed_order(work, command.order_id)
    if command.approver_email is not None:
        _act_for(work, command.approver_email)
    approval = _open_approval(work, order)
    if approval.task_id is None:
        raise NotYourTask()
    outcome = act_on_task(
        work,
        ActOnTask(
            task_id=approval.task_id, action=Action(command.action), values=order_values(work, order.id),
            comment=command.comment, transfer_to=command.transfer_to, expected_version=command.expected_version,
            return_to=command.return_to or SUBMITTER,
        ),
    )  # fmt: skip
    record_event(work, order.id, f"approval_{command.action}", {"comment": command.comment, "flow": outcome.flow_key})
    return _follow(work, order, outcome, command.comment)


def withdraw_order(work: Work, order_id: UUID, *, comment: str = "") -> ApprovalActed:
    """The submitter calls his order off while it waits. Raises OrderNotFound, NoOpenApproval, NotTheSubmitter, …"""
    order = lock_placed_order(work, order_id)
    approval = _open_approval(work, order)
    outcome = withdraw_approval(work, WithdrawApproval(instance_id=approval.instance_id, comment=comment))
    record_event(work, order.id, "approval_withdrawn", {"comment": comment, "flow": outcome.flow_key})
    return _follow(work, order, outcome, comment)


def resubmit_order(work: Work, order_id: UUID) -> ApprovalActed:
    """The submitter asks again after the order came back. Raises OrderNotFound, NoOpenApproval, NotTheSubmitter, …"""
    order = lock_placed_order(work, order_id)
    approval = _open_approval(work, order)
    outcome = restart_approval(
        work,
        RestartApproval(
            instance_id=approval.instance_id, subject_revision=order.version, values=order_values(work, order.id)
        ),
    )
    record_event(work, order.id, "approval_resubmitted", {"flow": outcome.flow_key})
    return _follow(work, order, outcome, "")


def _act_for(work: Work, email: str) -> None:
    """A key acts for a person: the person decides, and the key stays named beside."""
    person = work.row(_BY_MAIL, {"tenant": work.tenant_id, "email": email})
    if person is None:
        raise NotYourTask()
    work.actor = replace(work.actor, kind="staff", id=person.id, name=f"{person.name} ({work.actor.name})")


def _open_approval(work: Work, order: LockedOrder) -> Any:
    row = work.row(_OPEN, {"tenant": work.tenant_id, "kind": SUBJECT, "order": order.id, "user": work.actor.id})
    if row is None:
        raise NoOpenApproval(number=order.number)
    return row


def _follow(work: Work, order: LockedOrder, outcome: ApprovalOutcome, comment: str) -> ApprovalActed:
    """What the approval's effects mean for the order."""
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


def _cancel(work: Work, order: LockedOrder, reason: CancelReason, comment: str) -> None:
    cancel_order(work, CancelOrder(order_id=order.id, reason=reason, note=comment), rounding_of(work, order.id))
