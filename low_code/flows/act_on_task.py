"""Approve, reject, send back, pass on, ask others too: what somebody does with a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.flows import errors
from low_code.flows.commands import SUBMITTER, AddSigners, Approve, Command, Reject, Return, Transfer
from low_code.flows.store import ApprovalOutcome, Loaded, OnceKey, carry_out, load, outcome_of, was_done


class Action(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    TRANSFER = "transfer"
    ADD_SIGNERS = "add_signers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOnTask:
    """`work.actor` acts.

    values            the subject as expressions read it now; branches further on ask it
    return_to         with RETURN: the id of an earlier step, or "submitter"
    leave_parallel    with RETURN: what runs beside the step may end with it
    transfer_to       with TRANSFER
    signers, where    with ADD_SIGNERS: who, and whether before, after or parallel
    expected_version  of the approval as the person saw it; None: whatever it is now
    idempotency_key   the same key does the same thing once
    """

    task_id: UUID
    action: Action
    values: Mapping[str, Any]
    comment: str = ""
    return_to: str = SUBMITTER
    leave_parallel: bool = False
    transfer_to: UUID | None = None
    signers: tuple[UUID, ...] = ()
    where: str = "before"
    expected_version: int | None = None
    idempotency_key: str | None = None


def act_on_task(work: Work, command: ActOnTask) -> ApprovalOutcome:
    """Acts under the lock of the approval, so that of two who act at once the second sees what the first did.

    raises  TaskUnknown, TaskIsClosed, NotYourTask, ApprovalMovedOn, CommentMissing, ReturnTargetIllegal,
            ReturnLeavesParallel, TransferNotAllowed, TransferTargetUnfit, RejectNotAllowed, AddSignerNotAllowed,
            SignersMissing, SignerUnfit, TooManyAsked, IdempotencyKeyReused
    """
    row = work.row(
        "SELECT instance_id, number FROM approval_tasks WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": command.task_id},
    )
    if row is None:
        raise errors.TaskUnknown()
    loaded = load(work, row.instance_id)
    once = OnceKey.of(
        command.idempotency_key,
        command.action,
        command.task_id,
        work.actor.id,
        command.comment,
        command.return_to,
        command.transfer_to,
        *((command.where, *command.signers) if command.signers else ()),
    )
    if was_done(work, loaded.id, once):
        return outcome_of(work, loaded, loaded.state, replayed=True)
    refuse_if_moved_on(work, loaded, command.expected_version)
    return carry_out(work, loaded, _flow_command(work, command, row.number), command.values, once)


def check_version(work: Work, instance_id: UUID, expected_version: int | None) -> None:
    """For a caller that changes something before it acts. raises ApprovalUnknown, ApprovalMovedOn"""
    refuse_if_moved_on(work, load(work, instance_id), expected_version)


def refuse_if_moved_on(work: Work, loaded: Loaded, expected_version: int | None) -> None:
    """raises ApprovalMovedOn, with where the approval stands now, unless it is at the version that was seen"""
    if expected_version is None or expected_version == loaded.state.seq:
        return
    now = outcome_of(work, loaded, loaded.state)
    raise errors.ApprovalMovedOn(
        version=now.version,
        status=now.status,
        open_tasks=[
            {"id": str(task.id), "node": task.node_id, "assignee": str(task.assignee_id)} for task in now.open_tasks
        ],
    )


def _flow_command(work: Work, command: ActOnTask, number: int) -> Command:
    actor, comment = work.actor.id, command.comment
    match command.action:
        case Action.APPROVE:
            return Approve(actor=actor, task=number, comment=comment)
        case Action.REJECT:
            return Reject(actor=actor, task=number, comment=comment)
        case Action.RETURN:
            return Return(
                actor=actor, task=number, to=command.return_to, comment=comment, leave_parallel=command.leave_parallel
            )
        case Action.TRANSFER:
            if command.transfer_to is None:
                raise errors.TransferTargetUnfit(to=None)
            return Transfer(actor=actor, task=number, to=command.transfer_to, comment=comment)
        case Action.ADD_SIGNERS:
            return AddSigners(actor=actor, task=number, people=command.signers, where=command.where, comment=comment)
