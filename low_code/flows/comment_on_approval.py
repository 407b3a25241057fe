"""Leaves a remark in the log of an approval."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from low_code.flows.commands import Comment
from low_code.flows.store import ApprovalOutcome, OnceKey, carry_out, load, outcome_of, was_done


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentOnApproval:
    instance_id: UUID
    comment: str
    idempotency_key: str | None = None


def comment_on_approval(work: Work, command: CommentOnApproval) -> ApprovalOutcome:
    """raises ApprovalUnknown, CommentMissing"""
    loaded = load(work, command.instance_id)
    once = OnceKey.of(command.idempotency_key, "comment", command.instance_id, work.actor.id, command.comment)
    if was_done(work, loaded.id, once):
        return outcome_of(work, loaded, loaded.state, replayed=True)
    return carry_out(work, loaded, Comment(actor=work.actor.id, comment=command.comment), {}, once)
