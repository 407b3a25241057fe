"""What was spoken with a customer, and what was promised to be done next."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, TenantModel, tenant_foreign_key


class CustomerLogEntry(TenantModel):
    """One call, visit, mail or note. Its text is never changed; the next step is ticked off."""

    __tablename__ = "customer_log"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id"),
        CheckConstraint("kind IN ('call', 'visit', 'mail', 'note')", name="kind_known"),
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("(next_step = '') = (due_on IS NULL)", name="step_has_day"),
        CheckConstraint("next_step <> '' OR done_at IS NULL", name="only_steps_are_done"),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_somebody"),
        Index("ix_customer_log_customer", "tenant_id", "customer_id", "id"),
        Index(
            "ix_customer_log_due", "tenant_id", "assigned_to", "due_on",
            postgresql_where=text("due_on IS NOT NULL AND done_at IS NULL"),
        ),
    )  # fmt: skip

    customer_id: Mapped[UUID]
    kind: Mapped[str]
    text: Mapped[str]
    at: Mapped[Instant]
    actor_id: Mapped[UUID | None]
    actor: Mapped[str]
    next_step: Mapped[str] = mapped_column(server_default="")
    due_on: Mapped[date | None] = mapped_column(Date)
    assigned_to: Mapped[UUID | None]  # a user of the tenant; whoever wrote it where nobody was named
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
