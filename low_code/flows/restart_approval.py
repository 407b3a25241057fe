"""A new round: after the submitter mended what came back, or because watched content changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.flows.act_on_task import refuse_if_moved_on
from low_code.flows.commands import Restart, SubjectChanged
from low_code.flows.store import ApprovalOutcome, OnceKey, carry_out, load, outcome_of, was_done


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartApproval:
    """values, subject_revision: of the subject now; by_system: the domain restarts it, not the submitter."""

    instance_id: UUID
    values: Mapping[str, Any]
    subject_revision: int
    by_system: bool = False
    expected_version: int | None = None
    idempotency_key: str | None = None


def restart_approval(work: Work, command: RestartApproval) -> ApprovalOutcome:
    """raises ApprovalUnknown, ApprovalIsClosed, NotTheSubmitter, ApprovalMovedOn"""
    loaded = load(work, command.instance_id)
    once = OnceKey.of(command.idempotency_key, "restart", command.instance_id, work.actor.id)
    if was_done(work, loaded.id, once):
        return outcome_of(work, loaded, loaded.state, replayed=True)
    refuse_if_moved_on(work, loaded, command.expected_version)
    actor = None if command.by_system else work.actor.id
    restart = Restart(actor=actor, revision=command.subject_revision)
    return carry_out(work, loaded, restart, command.values, once)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectWasChanged:
    """Told by the domain in the transaction that changes the subject. by_approver: as part of what he decides."""

    subject_kind: str
    subject_id: UUID
    subject_revision: int
    values: Mapping[str, Any]
    by_approver: bool = False


def subject_was_changed(work: Work, change: SubjectWasChanged) -> list[ApprovalOutcome]:
    """Restarts the open approvals of the subject whose watched content is another now; the others only learn the
    revision. One outcome per open approval."""
    rows = work.rows(
        "SELECT id FROM approval_instances WHERE tenant_id = %(tenant)s AND subject_kind = %(kind)s"
        " AND subject_id = %(subject)s AND status = 'open' ORDER BY id",
        {"tenant": work.tenant_id, "kind": change.subject_kind, "subject": change.subject_id},
    )
    command = SubjectChanged(actor=work.actor.id, revision=change.subject_revision, by_approver=change.by_approver)
    return [carry_out(work, load(work, row.id), command, change.values, OnceKey.of(None)) for row in rows]
