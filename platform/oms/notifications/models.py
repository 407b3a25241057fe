"""Mails that order events caused."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, TenantModel, tenant_unique


class Notification(TenantModel):
    """One mail to one address about one event. The unique key is what keeps a repeated event from a second mail."""

    __tablename__ = "notifications"
    __table_args__ = (tenant_unique("event_id", "recipient"),)

    event_id: Mapped[UUID]
    topic: Mapped[str]
    order_id: Mapped[UUID | None]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    sent_at: Mapped[datetime | None]
