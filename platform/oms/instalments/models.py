"""When which units of a line are wanted."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Quantity, TenantModel, tenant_foreign_key, tenant_unique


class OrderInstalment(TenantModel):
    """One planned delivery of a line. All of a line add up to what is ordered and not cancelled (a trigger holds it);
    a line without any is wanted at once."""

    __tablename__ = "order_instalments"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("line_id", "order_lines.id"),
        tenant_unique("line_id", "due_on"),
        Index("ix_order_instalments_order", "tenant_id", "order_id"),
        Index("ix_order_instalments_due", "tenant_id", "due_on"),
        CheckConstraint("quantity > 0", name="something_due"),
    )

    order_id: Mapped[UUID]
    line_id: Mapped[UUID]
    due_on: Mapped[date] = mapped_column(Date)  # tenant-local
    quantity: Mapped[Quantity]  # base units
