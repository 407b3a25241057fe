"""The submitter, or the domain itself, calls an approval off."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from low_code.flows.act_on_task import refuse_if_moved_on
from low_code.flows.commands import Withdraw
from low_code.flows.store import ApprovalOutcome, OnceKey, carry_out, load, outcome_of, was_done


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawApproval:
    """by_system: the domain calls it off (the order was cancelled), whoever `work.actor` is; by_administrator: he
    does, whatever the flow's policy says."""

    instance_id: UUID
    comment: str = ""
    by_system: bool = False
    by_administrator: bool = False
    expected_version: int | None = None
    idempotency_key: str | None = None


def withdraw_approval(work: Work, command: WithdrawApproval) -> ApprovalOutcome:
    """raises ApprovalUnknown, ApprovalIsClosed, NotTheSubmitter, NotAnAdministrator, WithdrawTooLate,
    ApprovalMovedOn"""
    loaded = load(work, command.instance_id)
    once = OnceKey.of(command.idempotency_key, "withdraw", command.instance_id, work.actor.id)
    if was_done(work, loaded.id, once):
        return outcome_of(work, loaded, loaded.state, replayed=True)
    refuse_if_moved_on(work, loaded, command.expected_version)
    actor = None if command.by_system else work.actor.id
    withdraw = Withdraw(actor=actor, comment=command.comment, by_administrator=command.by_administrator)
    return carry_out(work, loaded, withdraw, {}, once)
