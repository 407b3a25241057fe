"""Answers that were given, by the key that the asker chose."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel, tenant_unique


class IdempotencyRecord(TenantModel):
    """One write that carried an `Idempotency-Key`. `status` stays null while it is still running."""

    __tablename__ = "idempotency_records"
    __table_args__ = (
        tenant_unique("owner", "key"),
        Index("ix_idempotency_records_expires", "expires_at"),
    )

    owner: Mapped[str]  # prefixed id of the API key or user
    key: Mapped[str]  # as sent, at most 255 characters
    fingerprint: Mapped[str]  # SHA-256 of method, path and body
    status: Mapped[int | None]  # HTTP status of the first answer
    body: Mapped[Json | None]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
