"""Rows of running approvals: the instance, its tasks, and the events that made it what it is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped

from kernel.db import Instant, Json, TenantModel, tenant_foreign_key, tenant_unique


class ApprovalInstance(TenantModel):
    """One run of an approval flow over one subject, pinned to the release that it started under."""

    __tablename__ = "approval_instances"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'approved', 'rejected', 'returned', 'withdrawn')", name="status_known"),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended_when_closed"),
        Index("ix_approval_instances_subject", "tenant_id", "subject_kind", "subject_id", "id"),
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
        CheckConstraint("(status = 'open') = (acted_at IS NULL)", name="acted_when_closed"),
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
    round: Mapped[int]
    assignee_id: Mapped[UUID]
    origin_id: Mapped[UUID | None]  # whom it was first asked of, where somebody passed it on
    via: Mapped[str]  # flow, fallback, transfer
    status: Mapped[str]  # open, approved, rejected, returned, transferred, cancelled
    opened_at: Mapped[Instant]
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
