"""Pairs of customers that may be one and the same, for a person to look at."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, TenantModel, tenant_foreign_key, tenant_unique


class CustomerSuspect(TenantModel):
    """Two customers, each pair once: `one_id` is the smaller id. A pair that was dismissed is not found again."""

    __tablename__ = "customer_suspects"
    __table_args__ = (
        tenant_foreign_key("one_id", "customers.id"),
        tenant_foreign_key("other_id", "customers.id"),
        tenant_unique("one_id", "other_id"),
        CheckConstraint("one_id < other_id", name="pair_in_order"),
        CheckConstraint("status IN ('open', 'dismissed', 'merged')", name="status_known"),
        CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="decided_when_not_open"),
        Index("ix_customer_suspects_other", "tenant_id", "other_id"),
        Index("ix_customer_suspects_open", "tenant_id", "id", postgresql_where=text("status = 'open'")),
    )

    one_id: Mapped[UUID]
    other_id: Mapped[UUID]
    rule: Mapped[str] = mapped_column(server_default="")  # "customer_matching/standard#phone"; "" where found by search
    status: Mapped[str] = mapped_column(server_default="open")
    found_at: Mapped[Instant]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
