"""Coupon codes, what of promotions is used up, and which order used it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Amount, Instant, TenantModel, tenant_foreign_key, tenant_unique


class Coupon(TenantModel):
    """A code that brings a promotion which asks for one. What is used of it stands in `promotion_counters`."""

    __tablename__ = "coupons"
    __table_args__ = (
        tenant_unique("code"),
        tenant_foreign_key("customer_id", "customers.id", ondelete="CASCADE"),
        CheckConstraint("code = upper(code) AND code <> ''", name="code_is_upper"),
        CheckConstraint("most_uses > 0 AND most_per_customer > 0", name="limits_positive"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_from < valid_to", name="validity"),
        Index("ix_coupons_promotion", "tenant_id", "promotion"),
        Index("ix_coupons_customer", "tenant_id", "customer_id"),
    )

    code: Mapped[str]  # upper case; buyers may type it as they like
    promotion: Mapped[str]  # key of the document
    customer_id: Mapped[UUID | None]  # only for him; None: for everybody
    most_uses: Mapped[int | None]  # over all orders; None: no limit
    most_per_customer: Mapped[int | None]
    valid_from: Mapped[date | None] = mapped_column(Date)  # tenant-local, inclusive
    valid_to: Mapped[date | None] = mapped_column(Date)  # tenant-local, exclusive
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class PromotionCounter(TenantModel):
    """How much of a promotion or a coupon is used, for everybody or for one customer.

    The limits are those that the last redemption was judged by; the constraint holds whatever the code does.
    """

    __tablename__ = "promotion_counters"
    __table_args__ = (
        tenant_unique("promotion", "coupon", "customer", name="uq_promotion_counters_what"),
        CheckConstraint("uses >= 0 AND amount >= 0", name="not_negative"),
        CheckConstraint("uses <= most_uses", name="uses_within_limit"),
        CheckConstraint("amount <= most_amount", name="amount_within_limit"),
    )

    promotion: Mapped[str]
    coupon: Mapped[str] = mapped_column(server_default="")  # "" counts the promotion, however it was brought
    customer: Mapped[str] = mapped_column(server_default="")  # id of a customer; "" counts everybody
    uses: Mapped[int] = mapped_column(server_default="0")
    most_uses: Mapped[int | None]
    amount: Mapped[Amount] = mapped_column(server_default="0")
    most_amount: Mapped[Amount | None]


class PromotionRedemption(TenantModel):
    """One order used one promotion. Given back when the order is cancelled."""

    __tablename__ = "promotion_redemptions"
    __table_args__ = (
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_unique("order_id", "promotion", name="uq_promotion_redemptions_once"),
        CheckConstraint("amount >= 0 AND uses >= 0", name="not_negative"),
        Index("ix_promotion_redemptions_promotion", "tenant_id", "promotion", "id"),
        Index("ix_promotion_redemptions_customer", "tenant_id", "customer_id"),
    )

    order_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    promotion: Mapped[str]
    coupon: Mapped[str] = mapped_column(server_default="")
    amount: Mapped[Amount]  # taken off, freight included; in the order's currency
    uses: Mapped[int] = mapped_column(server_default="1")  # 0 for an order that was split off; the first one counts
    redeemed_at: Mapped[Instant]
    given_back_at: Mapped[datetime | None]
