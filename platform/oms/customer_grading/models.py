"""How the grade of a customer came about."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ARRAY, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel, tenant_foreign_key


class CustomerGradeChange(TenantModel):
    """One change of grade or tags by the grading rules, with the figures that they were decided on. Append-only."""

    __tablename__ = "customer_grade_changes"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id"),
        Index("ix_customer_grade_changes_customer", "tenant_id", "customer_id", "id"),
    )

    customer_id: Mapped[UUID]
    before: Mapped[str | None]
    after: Mapped[str | None]
    tags_added: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    tags_removed: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    rule: Mapped[str] = mapped_column(server_default="")  # "customer_grading/standard#gold"; "" where none holds
    release: Mapped[int]
    figures: Mapped[Json]
    at: Mapped[Instant]
    actor: Mapped[str]
