"""Rows of running approvals: the instance, its tasks, copies and timers, and the events that made it what it is;
and who stands in for whom."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel, tenant_foreign_key, tenant_unique


class ApprovalInstance(TenantModel):
    """One run of an approval flow over one subject, pinned to the release that it started under."""

    __tablename__ = "approval_instances"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'approved', 'rejected', 'returned', 'withdrawn')", name="status_known"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended_when_closed"),
        Index("ix_approval_instances_subject", "tenant_id", "subject_kind", "subject_id", "id"),
        Index("ix_approval_instances_submitter", "tenant_id", "submitter_id", "id"),
        Index("ix_approval_instances_running", "tenant_id", "id", postgresql_where=text("status = 'open'")),
        Index(
            "ux_approval_instances_open",
            "tenant_id",
            "subject_kind",
            "subject_id",
            "flow_key",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
    )

    flow_key: Mapped[str]
    release: Mapped[int]
    document_hash: Mapped[str]
    subject_kind: Mapped[str]  # the domain's word for what is approved
    subject_id: Mapped[UUID]
    subject_revision: Mapped[int]  # what the approvers saw
    status: Mapped[str]
    round: Mapped[int]  # grows with every restart and every return
    version: Mapped[int]  # number of the last event; a client sends back the one that it saw
    submitter_id: Mapped[UUID | None]
    title: Mapped[str]  # what lists show: the order number, say
    state: Mapped[Json]  # the state that folding the events gives
    started_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]


class ApprovalTask(TenantModel):
    """What one person is, or was, asked."""

    __tablename__ = "approval_tasks"
    __table_args__ = (
        tenant_foreign_key("instance_id", "approval_instances.id", ondelete="CASCADE"),
        tenant_unique("instance_id", "number"),
        CheckConstraint("(status IN ('open', 'suspended')) = (acted_at IS NULL)", name="acted_when_closed"),
        CheckConstraint("kind IN ('approve', 'handle')", name="kind_known"),
        Index(
            "ix_approval_tasks_done", "tenant_id", "acted_by", "acted_at", postgresql_where=text("acted_by IS NOT NULL")
        ),
        Index(
            "ix_approval_tasks_mine",
            "tenant_id",
            "assignee_id",
            "id",
            postgresql_where=text("status = 'open'"),
        ),
    )

    instance_id: Mapped[UUID]
    number: Mapped[int]  # 1, 2, 3 … within the instance
    node_id: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="approve")  # approve, or handle: do something and say so
    round: Mapped[int]
    assignee_id: Mapped[UUID]
    origin_id: Mapped[UUID | None]  # whom it was first asked of, where somebody passed it on
    via: Mapped[str]  # flow, fallback, transfer, delegate, escalate, add_sign
    # open, suspended (waits for signers added before it), approved, rejected, returned, transferred, escalated,
    # cancelled
    status: Mapped[str]
    opened_at: Mapped[Instant]
    due_at: Mapped[datetime | None]
    acted_by: Mapped[UUID | None]
    acted_at: Mapped[datetime | None]
    comment: Mapped[str]


class ApprovalEvent(TenantModel):
    """Something that happened to an instance. Append-only; folding all of them rebuilds the state."""

    __tablename__ = "approval_events"
    __table_args__ = (
        tenant_foreign_key("instance_id", "approval_instances.id", ondelete="CASCADE"),
        tenant_unique("instance_id", "seq"),
        tenant_unique("idem_key"),
    )

    instance_id: Mapped[UUID]
    seq: Mapped[int]  # 1, 2, 3 … without a gap
    kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    idem_key: Mapped[str | None]  # on the first event of a command that carried one
    fingerprint: Mapped[str | None]  # what that command said, so that a key used for something else is refused
    data: Mapped[Json]
    at: Mapped[Instant]


class ApprovalTimer(TenantModel):
    """Something that an approval does by itself at its time: a mirror of the timers in the instance's state, so that
    what is due can be found. A row that fired or is no longer needed is gone."""

    __tablename__ = "approval_timers"
    __table_args__ = (
        tenant_foreign_key("instance_id", "approval_instances.id", ondelete="CASCADE"),
        tenant_unique("instance_id", "number"),
        CheckConstraint("purpose IN ('remind', 'due', 'wait')", name="purpose_known"),
        Index("ix_approval_timers_due", "tenant_id", "due_at"),
    )

    instance_id: Mapped[UUID]
    number: Mapped[int]  # 1, 2, 3 … within the instance, as in its state
    purpose: Mapped[str]
    due_at: Mapped[Instant]
    claimed_until: Mapped[datetime | None]  # a worker was asked to fire it; asked again when this has passed


class ApprovalCopy(TenantModel):
    """Somebody was sent a copy."""

    __tablename__ = "approval_copies"
    __table_args__ = (
        tenant_foreign_key("instance_id", "approval_instances.id", ondelete="CASCADE"),
        Index("ix_approval_copies_user", "tenant_id", "user_id", "id"),
    )

    instance_id: Mapped[UUID]
    node_id: Mapped[str]
    user_id: Mapped[UUID]
    at: Mapped[Instant]


class ApprovalDelegation(TenantModel):
    """While one person is away, another is asked. Dates are the company's days; both ends are included."""

    __tablename__ = "approval_delegations"
    __table_args__ = (
        CheckConstraint("from_id <> to_id", name="to_somebody_else"),
        CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
        tenant_foreign_key("from_id", "users.id"),
        tenant_foreign_key("to_id", "users.id"),
        Index("ix_approval_delegations_from", "tenant_id", "from_id", "ends_on"),
    )

    from_id: Mapped[UUID]
    to_id: Mapped[UUID]
    flow_key: Mapped[str | None]  # only for this flow; None: for all
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str]
    created_by: Mapped[UUID | None]
    created_at: Mapped[Instant]
    revoked_at: Mapped[datetime | None]
