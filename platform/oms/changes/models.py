"""Changes of placed orders: what somebody wants changed, and what became of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Json, TenantModel, tenant_foreign_key

STATUSES = ("pending", "requested", "confirmed", "declined", "withdrawn")


class ChangeSet(TenantModel):
    """Typed actions on one placed order, confirmed together or not at all.

    pending    being put together by staff; requested: asked for by the buyer, staff decide
    base_version  of the order when the set was opened; who confirms sees what has changed since
    """

    __tablename__ = "change_sets"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        CheckConstraint(
            "status IN ('pending', 'requested', 'confirmed', 'declined', 'withdrawn')", name="status_known"
        ),
        CheckConstraint("origin IN ('staff', 'customer')", name="origin_known"),
        CheckConstraint("(status IN ('pending', 'requested')) = (decided_at IS NULL)", name="decided_when_closed"),
        CheckConstraint("(status = 'confirmed') = (result_version IS NOT NULL)", name="confirmed_has_version"),
        Index(
            "uq_change_sets_open", "tenant_id", "order_id", unique=True,
            postgresql_where=text("status IN ('pending', 'requested')"),
        ),
        Index("ix_change_sets_order", "tenant_id", "order_id", "id"),
        Index(
            "ix_change_sets_requested", "tenant_id", "id", postgresql_where=text("status = 'requested'"),
        ),
    )  # fmt: skip

    order_id: Mapped[UUID]
    status: Mapped[str]
    origin: Mapped[str]
    actions: Mapped[Json]  # [{"do": "set_quantity", "line": "lin_…", "quantity": "3"}, …]; `oms.changes.actions`
    reason: Mapped[str] = mapped_column(server_default="")
    base_version: Mapped[int]
    opened_at: Mapped[Instant]
    opened_by: Mapped[UUID | None]
    opened_by_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str | None]
    decision_note: Mapped[str] = mapped_column(server_default="")
    result_version: Mapped[int | None]
