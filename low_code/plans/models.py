"""Rows of planned releases: proposed to a second person, or to be published at an hour."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel

OPEN_STATES = ("waiting", "scheduled")
STATES = (*OPEN_STATES, "published", "refused", "cancelled", "void", "failed")


class ConfigPlan(TenantModel):
    """A release that is not written yet. It is bound to the drafts that were seen: any change of them voids it."""

    __tablename__ = "config_plans"
    __table_args__ = (
        CheckConstraint("action IN ('publish', 'roll_back')", name="action_known"),
        CheckConstraint(
            "state IN ('waiting', 'scheduled', 'published', 'refused', 'cancelled', 'void', 'failed')",
            name="state_known",
        ),
        CheckConstraint("(action = 'roll_back') = (target IS NOT NULL)", name="roll_back_has_target"),
        CheckConstraint("(state = 'published') = (release IS NOT NULL)", name="published_has_release"),
        CheckConstraint("(state IN ('waiting', 'scheduled')) = (ended_at IS NULL)", name="ended_when_closed"),
        CheckConstraint("state <> 'scheduled' OR publish_at IS NOT NULL", name="scheduled_has_hour"),
        Index(
            "ix_config_plans_open",
            "tenant_id",
            "publish_at",
            postgresql_where=text("state IN ('waiting', 'scheduled')"),
        ),
    )

    action: Mapped[str]
    target: Mapped[int | None]  # the release that a roll-back takes
    base: Mapped[int]  # the head that the author looked at
    seen: Mapped[str]  # digest of the drafts that the author looked at; "" for a roll-back
    changed: Mapped[Json]  # addresses that it would change, as of the proposal
    notes: Mapped[str]
    accept_warnings: Mapped[bool]
    state: Mapped[str]
    publish_at: Mapped[datetime | None]  # None: as soon as a second person agrees
    proposed_by: Mapped[UUID | None]
    proposed_by_name: Mapped[str]
    proposed_by_kind: Mapped[str]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]
    failure: Mapped[Json | None]  # why it was not published: {"code", "message", "facts", "problems"}
    release: Mapped[int | None]
