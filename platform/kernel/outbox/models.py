"""Messages that leave the database only because their transaction committed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, Instant, Json, TenantModel


class OutboxMessage(TenantModel):
    """One event. The relay claims unsent rows with FOR UPDATE SKIP LOCKED; sent rows stay."""

    __tablename__ = "outbox_messages"
    __table_args__ = (Index("ix_outbox_messages_unsent", "next_try_at", postgresql_where=text("sent_at IS NULL")),)

    topic: Mapped[str]  # "order.placed"
    payload: Mapped[Json]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    next_try_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    attempts: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[datetime | None]


class ConsumedEvent(TenantModel):
    """A consumer has done with an event; `id` is the event's. What makes consumers idempotent."""

    __tablename__ = "consumed_events"

    consumer: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class ScheduledRun(Base):
    """When each periodic task runs next. Belongs to the installation, not to a tenant."""

    __tablename__ = "scheduled_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run_at: Mapped[Instant]
    last_run_at: Mapped[datetime | None]
