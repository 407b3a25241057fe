"""What a merge of two customers moved, so that it can be read and undone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel, tenant_foreign_key


class CustomerMerge(TenantModel):
    """One customer went up in another. Append-only but for its undoing."""

    __tablename__ = "customer_merges"
    __table_args__ = (
        tenant_foreign_key("winner_id", "customers.id"),
        tenant_foreign_key("loser_id", "customers.id"),
        CheckConstraint("winner_id <> loser_id", name="two_customers"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        Index("ix_customer_merges_winner", "tenant_id", "winner_id", "id"),
        Index(
            "uq_customer_merges_standing",
            "tenant_id",
            "loser_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    winner_id: Mapped[UUID]
    loser_id: Mapped[UUID]
    note: Mapped[str] = mapped_column(server_default="")
    at: Mapped[Instant]
    actor: Mapped[str]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class CustomerMergeRow(TenantModel):
    """One column of one row that the merge changed. Append-only.

    row_id  of `table_name`; before, after: the column's value as JSON
    """

    __tablename__ = "customer_merge_rows"
    __table_args__ = (
        tenant_foreign_key("merge_id", "customer_merges.id"),
        Index("ix_customer_merge_rows_merge", "tenant_id", "merge_id"),
    )

    merge_id: Mapped[UUID]
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    column_name: Mapped[str]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
