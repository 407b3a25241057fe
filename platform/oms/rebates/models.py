"""Agreements on volume rebates, their tiers, and the periods that were settled."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Amount, Currency, Day, Instant, Json, Rate, TenantModel, tenant_foreign_key, tenant_unique

PERIODS = ("month", "quarter", "year")


class RebateAgreement(TenantModel):
    """Who buys enough in a period gets a share of it back. For one customer, or for each customer of a group."""

    __tablename__ = "rebate_agreements"
    __table_args__ = (
        tenant_unique("key"),
        tenant_foreign_key("customer_id", "customers.id", ondelete="CASCADE"),
        tenant_foreign_key("group_id", "customer_groups.id", ondelete="CASCADE"),
        CheckConstraint("num_nonnulls(customer_id, group_id) = 1", name="one_party"),
        CheckConstraint("period IN ('month', 'quarter', 'year')", name="period_known"),
        CheckConstraint("valid_to IS NULL OR valid_from < valid_to", name="validity"),
        Index("ix_rebate_agreements_customer", "tenant_id", "customer_id"),
        Index("ix_rebate_agreements_group", "tenant_id", "group_id"),
    )

    key: Mapped[str]
    names: Mapped[Json]
    customer_id: Mapped[UUID | None]
    group_id: Mapped[UUID | None]
    period: Mapped[str]
    currency: Mapped[Currency]  # only orders in it count
    valid_from: Mapped[Day]  # tenant-local; turnover from this day on counts
    valid_to: Mapped[date | None] = mapped_column(Date)  # exclusive
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class RebateTier(TenantModel):
    """From this turnover of a period on, `percent` of the whole of it is given back."""

    __tablename__ = "rebate_tiers"
    __table_args__ = (
        tenant_foreign_key("agreement_id", "rebate_agreements.id", ondelete="CASCADE"),
        tenant_unique("agreement_id", "from_turnover"),
        CheckConstraint("from_turnover >= 0 AND percent >= 0 AND percent <= 100", name="sane"),
    )

    agreement_id: Mapped[UUID]
    from_turnover: Mapped[Amount]
    percent: Mapped[Rate]  # 3 is 3 %


class RebateSettlement(TenantModel):
    """A period of one customer that is done with. What it came to then stays, whatever is cancelled later."""

    __tablename__ = "rebate_settlements"
    __table_args__ = (
        tenant_foreign_key("agreement_id", "rebate_agreements.id"),
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_unique("agreement_id", "customer_id", "period_from", name="uq_rebate_settlements_once"),
        CheckConstraint("amount >= 0", name="not_negative"),
        Index("ix_rebate_settlements_customer", "tenant_id", "customer_id"),
    )

    agreement_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    period_from: Mapped[Day]
    turnover: Mapped[Amount]
    percent: Mapped[Rate]
    amount: Mapped[Amount]
    reference: Mapped[str] = mapped_column(server_default="")  # number of the credit note that paid it
    settled_at: Mapped[Instant]
    settled_by: Mapped[str]
