"""Approve, reject, send back, pass on, ask others too, withdraw: what people do with an order's approval, and what
follows for the order. The order is locked first, then the approval, as everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from low_code.flows.act_on_task import Action, ActOnTask, act_on_task, check_version
from low_code.flows.commands import SUBMITTER
from low_code.flows.comment_on_approval import CommentOnApproval, comment_on_approval
from low_code.flows.errors import SignerUnfit, TaskUnknown, TransferTargetUnfit
from low_code.flows.queries import subject_of_task
from low_code.flows.remind_approvers import RemindApprovers, remind_approvers
from low_code.flows.restart_approval import RestartApproval, restart_approval
from low_code.flows.withdraw_approval import WithdrawApproval, withdraw_approval
from oms.orders.lock_order import lock_placed_order
from oms.orders.order_values import order_values
from oms.orders.record import record_event
from oms.placement.edit_in_approval import edit_in_approval
from oms.placement.follow_approval import ApprovalActed, follow_approval
from oms.placement.open_approvals import act_for, open_approval, people_by_mail, rights_at
from tenants.access.audit import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOnApproval:
    """action          approve, reject, return, transfer or add_signers
    task_id         of the actor, where several wait for him on this order; None: the oldest
    approver_email  a key acts for this person; None: the actor acts for himself
    return_to       with return: an earlier step's id; None is the submitter
    leave_parallel  with return: what runs beside the step may end with it
    transfer_to, transfer_to_email  with transfer: to whom, by id or by address
    signers, signer_emails, where   with add_signers: whom, and whether before, after or parallel
    fields          values of the order's own fields that the step lets its people change, by key
    expected_version  of the approval as it was seen
    """

    order_id: UUID
    action: str
    task_id: UUID | None = None
    comment: str = ""
    approver_email: str | None = None
    return_to: str | None = None
    leave_parallel: bool = False
    transfer_to: UUID | None = None
    transfer_to_email: str | None = None
    signers: tuple[UUID, ...] = ()
    signer_emails: tuple[str, ...] = ()
    where: str = "before"
    fields: Mapping[str, Any] = field(default_factory=dict)
    expected_version: int | None = None


def act_on_approval(work: Work, command: ActOnApproval) -> ApprovalActed:
    """Raises OrderNotFound, OrderNotOpen, NoOpenApproval, NotYourTask, FieldNotYours, Invalid (values of fields), and
    what act_on_task raises."""
    order = lock_placed_order(work, command.order_id)
    if command.approver_email is not None:
        act_for(work, command.approver_email)
    approval = open_approval(work, order)
    task_id, node_id = approval.task(command.task_id)
    version = command.expected_version
    if command.fields:
        check_version(work, approval.instance_id, version)
        rights = rights_at(work, approval.flow_key, approval.release, node_id)
        if edit_in_approval(work, order, rights, command.fields):
            version = None  # checked; what was changed has moved the approval on
    outcome = act_on_task(
        work,
        ActOnTask(
            task_id=task_id, action=Action(command.action), values=order_values(work, order.id),
            comment=command.comment, return_to=command.return_to or SUBMITTER, leave_parallel=command.leave_parallel,
            transfer_to=_transfer_target(work, command), signers=_signers(work, command), where=command.where,
            expected_version=version,
        ),
    )  # fmt: skip
    facts = {"comment": command.comment, "flow": outcome.flow_key}
    if command.action == Action.ADD_SIGNERS:
        facts["where"] = command.where
    record_event(work, order.id, f"approval_{command.action}", facts)
    return follow_approval(work, order, outcome, command.comment)


def withdraw_order(work: Work, order_id: UUID, *, comment: str = "", by_administrator: bool = False) -> ApprovalActed:
    """The submitter calls his order off while it waits, or an administrator does, whatever the flow says.

    Raises OrderNotFound, NoOpenApproval, NotTheSubmitter, NotAnAdministrator, …
    """
    order = lock_placed_order(work, order_id)
    approval = open_approval(work, order)
    outcome = withdraw_approval(
        work,
        WithdrawApproval(instance_id=approval.instance_id, comment=comment, by_administrator=by_administrator),
    )
    record_event(work, order.id, "approval_withdrawn", {"comment": comment, "flow": outcome.flow_key})
    if by_administrator:
        audit(work, "approval.call_off", "order", to_text("ord", order.id), {"comment": (None, comment)})
    return follow_approval(work, order, outcome, comment)


def resubmit_order(work: Work, order_id: UUID) -> ApprovalActed:
    """The submitter asks again after the order came back. Raises OrderNotFound, NoOpenApproval, NotTheSubmitter, …"""
    order = lock_placed_order(work, order_id)
    approval = open_approval(work, order)
    outcome = restart_approval(
        work,
        RestartApproval(
            instance_id=approval.instance_id, subject_revision=order.version, values=order_values(work, order.id)
        ),
    )
    record_event(work, order.id, "approval_resubmitted", {"flow": outcome.flow_key})
    return follow_approval(work, order, outcome, "")


def remind_order(work: Work, order_id: UUID) -> ApprovalActed:
    """The submitter or an administrator reminds all who are asked now. Raises OrderNotFound, NoOpenApproval,
    NotTheSubmitter, RemindedJustNow."""
    order = lock_placed_order(work, order_id)
    approval = open_approval(work, order)
    outcome = remind_approvers(work, RemindApprovers(instance_id=approval.instance_id))
    record_event(work, order.id, "approval_reminded", {"flow": outcome.flow_key})
    return ApprovalActed(order_id=order.id, status=outcome.status)


def comment_on_order(work: Work, order_id: UUID, comment: str) -> ApprovalActed:
    """Leaves a remark in the approval of an order that the actor can see. Raises OrderNotFound, NoOpenApproval,
    CommentMissing."""
    order = lock_placed_order(work, order_id)
    approval = open_approval(work, order)
    outcome = comment_on_approval(work, CommentOnApproval(instance_id=approval.instance_id, comment=comment))
    record_event(work, order.id, "approval_commented", {"comment": comment, "flow": outcome.flow_key})
    return ApprovalActed(order_id=order.id, status=outcome.status)


def transfer_for(work: Work, order_id: UUID, task_id: UUID, to: UUID, *, comment: str = "") -> ApprovalActed:
    """An administrator passes on what somebody else is asked. Raises OrderNotFound, TaskUnknown, TaskIsClosed,
    NotYourTask (no administrator), TransferTargetUnfit."""
    order = lock_placed_order(work, order_id)
    if subject_of_task(work, task_id).subject_id != order.id:
        raise TaskUnknown()
    outcome = act_on_task(
        work,
        ActOnTask(
            task_id=task_id, action=Action.TRANSFER, values=order_values(work, order.id), comment=comment,
            transfer_to=to,
        ),
    )  # fmt: skip
    record_event(work, order.id, "approval_transfer", {"comment": comment, "flow": outcome.flow_key})
    audit(work, "approval.transfer", "order", to_text("ord", order.id), {"to": (None, to_text("usr", to))})
    return follow_approval(work, order, outcome, comment)


def _transfer_target(work: Work, command: ActOnApproval) -> UUID | None:
    if command.transfer_to_email is None:
        return command.transfer_to
    found = people_by_mail(work, (command.transfer_to_email,)).get(command.transfer_to_email.lower())
    if found is None:
        raise TransferTargetUnfit(to=command.transfer_to_email)
    return UUID(str(found.id))


def _signers(work: Work, command: ActOnApproval) -> tuple[UUID, ...]:
    if not command.signer_emails:
        return command.signers
    found = people_by_mail(work, command.signer_emails)
    for email in command.signer_emails:
        if email.lower() not in found:
            raise SignerUnfit(user=email)
    return (*command.signers, *(found[email.lower()].id for email in command.signer_emails))
