"""What buyers of a company may spend, and orders that wait for a colleague's yes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Amount, Currency, Instant, Json, TenantModel, tenant_foreign_key, tenant_unique


class CustomerBuyer(TenantModel):
    """What a portal user may do for his company. Its row is the lock under which his limits are checked.

    Without a row he orders without limits and approves nothing. Which sites he sees is part of his reach.
    """

    __tablename__ = "customer_buyers"
    __table_args__ = (
        tenant_foreign_key("user_id", "users.id", ondelete="CASCADE"),
        tenant_unique("user_id"),
    )

    user_id: Mapped[UUID]
    approves: Mapped[bool] = mapped_column(server_default=text("false"))  # requests of colleagues


class BuyerLimit(TenantModel):
    """Spending limits of a buyer in the tenant's currency, with tax: over all, or at one site."""

    __tablename__ = "buyer_limits"
    __table_args__ = (
        tenant_foreign_key("buyer_id", "customer_buyers.id", ondelete="CASCADE"),
        tenant_foreign_key("site_id", "customer_sites.id", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "buyer_id", "site_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("per_order >= 0 AND per_month >= 0", name="not_negative"),
        CheckConstraint("num_nonnulls(per_order, per_month) > 0", name="limits_something"),
    )

    buyer_id: Mapped[UUID]
    site_id: Mapped[UUID | None]
    per_order: Mapped[Amount | None]
    per_month: Mapped[Amount | None]


class PurchaseRequest(TenantModel):
    """A cart that went beyond its buyer's limit and waits for an approver of the same company."""

    __tablename__ = "purchase_requests"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_foreign_key("user_id", "users.id"),
        tenant_foreign_key("site_id", "customer_sites.id"),
        tenant_foreign_key("order_id", "orders.id"),
        CheckConstraint("status IN ('waiting', 'approved', 'declined', 'withdrawn')", name="status_known"),
        CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name="decided_when_not_waiting"),
        CheckConstraint("(status = 'approved') = (order_id IS NOT NULL)", name="approved_is_an_order"),
        CheckConstraint("total >= 0", name="total_not_negative"),
        Index("ix_purchase_requests_customer", "tenant_id", "customer_id", "id"),
        Index("ix_purchase_requests_waiting", "tenant_id", "customer_id", postgresql_where=text("status = 'waiting'")),
    )

    customer_id: Mapped[UUID]
    user_id: Mapped[UUID]  # who asks
    user_name: Mapped[str]
    site_id: Mapped[UUID | None]
    order_type: Mapped[str]
    cart: Mapped[Json]  # lines and details, as a cart keeps them
    total: Mapped[Amount]  # with tax, as quoted when it was asked for
    currency: Mapped[Currency]
    reasons: Mapped[Json]  # [{"limit": "per_month", "site": null, "most": "500", "spent": "450", "total": "80"}]
    note: Mapped[str] = mapped_column(server_default="")
    status: Mapped[str] = mapped_column(server_default="waiting")
    asked_at: Mapped[Instant]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str] = mapped_column(server_default="")
    decision_note: Mapped[str] = mapped_column(server_default="")
    order_id: Mapped[UUID | None]
