"""What happens about units that nobody could promise: notes to follow up, and questions to buyers."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Quantity, TenantModel, tenant_foreign_key

ANSWERS = ("wait", "substitute", "cancel")


class BackorderFollowUp(TenantModel):
    """What somebody means to do about a line that waits, and by when. One is open for a line at a time."""

    __tablename__ = "backorder_follow_ups"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("line_id", "order_lines.id"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
        CheckConstraint("note <> ''", name="note_given"),
        Index(
            "uq_backorder_follow_ups_open", "tenant_id", "line_id", unique=True,
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_backorder_follow_ups_due", "tenant_id", "due_on", postgresql_where=text("done_at IS NULL")),
        Index("ix_backorder_follow_ups_order", "tenant_id", "order_id"),
    )  # fmt: skip

    order_id: Mapped[UUID]
    line_id: Mapped[UUID]
    note: Mapped[str]
    due_on: Mapped[date] = mapped_column(Date)  # tenant-local
    created_at: Mapped[Instant]
    created_by: Mapped[str]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]


class BackorderQuestion(TenantModel):
    """The buyer is asked about the open units of one line: wait, take another SKU, or cancel. One is open for a line
    at a time; the link in his mail names it."""

    __tablename__ = "backorder_questions"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("line_id", "order_lines.id"),
        CheckConstraint("units > 0", name="units_positive"),
        CheckConstraint("answer IN ('', 'wait', 'substitute', 'cancel', 'withdrawn')", name="answer_known"),
        CheckConstraint("(answer = '') = (answered_at IS NULL)", name="answered_when_closed"),
        CheckConstraint("(answer = 'substitute') = (substitute <> '')", name="substitute_is_named"),
        Index(
            "uq_backorder_questions_open", "tenant_id", "line_id", unique=True, postgresql_where=text("answer = ''")
        ),
        Index("ix_backorder_questions_order", "tenant_id", "order_id"),
    )  # fmt: skip

    order_id: Mapped[UUID]
    line_id: Mapped[UUID]
    units: Mapped[Quantity]  # base units that the buyer was asked about
    expected_on: Mapped[date | None] = mapped_column(Date)  # the day that he was told; None: not known
    asked_at: Mapped[Instant]
    asked_by: Mapped[str]
    expires_at: Mapped[Instant]
    answer: Mapped[str] = mapped_column(server_default="")
    substitute: Mapped[str] = mapped_column(server_default="")  # SKU that he took
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(server_default="")
