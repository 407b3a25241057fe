"""Reminds everybody who is asked now."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from low_code.flows.commands import Remind
from low_code.flows.store import ApprovalOutcome, OnceKey, carry_out, load, outcome_of, was_done


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindApprovers:
    instance_id: UUID
    idempotency_key: str | None = None


def remind_approvers(work: Work, command: RemindApprovers) -> ApprovalOutcome:
    """raises ApprovalUnknown, ApprovalIsClosed, NotTheSubmitter, RemindedJustNow"""
    loaded = load(work, command.instance_id)
    once = OnceKey.of(command.idempotency_key, "remind", command.instance_id, work.actor.id)
    if was_done(work, loaded.id, once):
        return outcome_of(work, loaded, loaded.state, replayed=True)
    return carry_out(work, loaded, Remind(actor=work.actor.id), {}, once)
