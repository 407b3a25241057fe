"""Rows of backtests: what was compared, how far it came, what it found, and each subject that differs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel, TenantRow, tenant_foreign_key, tenant_unique


class ConfigBacktest(TenantModel):
    """The configuration in force and a would-be one, both deciding on what was recorded."""

    __tablename__ = "config_backtests"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'cancelled', 'failed')", name="state_known"),
        CheckConstraint("done <= total", name="done_within_total"),
        CheckConstraint("(state IN ('queued', 'running')) = (finished_at IS NULL)", name="finished_when_over"),
    )

    head: Mapped[int]  # the release in force when it was started; 0 for none
    manifest: Mapped[Json]  # the would-be configuration: {"kind/key": hash of the document}
    changed: Mapped[Json]  # addresses that differ between the two, sorted
    scope: Mapped[Json]  # which history: as the domain reads it
    state: Mapped[str] = mapped_column(server_default="queued")
    total: Mapped[int]  # subjects to look at
    done: Mapped[int] = mapped_column(server_default="0")
    differing: Mapped[int] = mapped_column(server_default="0")
    cursor: Mapped[Json | None]  # where the next chunk begins; None: at the start
    tallies: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))  # name -> sum so far
    failure: Mapped[str] = mapped_column(server_default="")
    cancel_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    created_by: Mapped[UUID | None]
    created_by_name: Mapped[str]
    created_at: Mapped[Instant]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ConfigBacktestDifference(TenantRow):
    """One subject that the two configurations decide differently."""

    __tablename__ = "config_backtest_differences"
    __table_args__ = (
        tenant_foreign_key("backtest_id", "config_backtests.id", ondelete="CASCADE"),
        tenant_unique("backtest_id", "subject_id"),  # a chunk that is done again cannot count a subject twice
    )

    backtest_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3 … newest subject first
    subject_id: Mapped[UUID]
    label: Mapped[str]  # what people call the subject
    what: Mapped[Json]  # which decisions differ: ["price", "review"]
    before: Mapped[Json]
    after: Mapped[Json]
