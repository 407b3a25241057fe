"""How much of the stock each channel may sell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Instant, Quantity, TenantModel, tenant_foreign_key

KINDS = ("buffer", "quota", "exclusive")


class ChannelStockRule(TenantModel):
    """buffer     units (or a share of what is on hand) that the channel must leave
    quota      the most that the channel may be promised between two days
    exclusive  units set aside for the channel, which no other channel is promised
    """

    __tablename__ = "channel_stock_rules"
    __table_args__ = (
        tenant_foreign_key("sku_id", "skus.id"),
        tenant_foreign_key("location_id", "locations.id"),
        CheckConstraint("kind IN ('buffer', 'quota', 'exclusive')", name="kind_known"),
        CheckConstraint("(quantity IS NULL) <> (percent IS NULL)", name="units_or_share"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        CheckConstraint("percent >= 0 AND percent <= 100", name="percent_is_a_share"),
        CheckConstraint("kind = 'buffer' OR quantity IS NOT NULL", name="only_buffers_are_shares"),
        CheckConstraint("sku_id IS NULL OR category = ''", name="sku_or_category"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to", name="validity"),
        CheckConstraint("channel <> ''", name="channel_given"),
        Index("ix_channel_stock_rules_active", "tenant_id", "channel", postgresql_where=text("active")),
    )

    channel: Mapped[str]
    kind: Mapped[str]
    sku_id: Mapped[UUID | None]  # None: all, or those of `category`
    category: Mapped[str] = mapped_column(server_default="")
    location_id: Mapped[UUID | None]  # None: all together
    quantity: Mapped[Quantity | None]  # of each SKU that the rule means
    percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))  # of what is on hand
    valid_from: Mapped[date | None] = mapped_column(Date())
    valid_to: Mapped[date | None] = mapped_column(Date())  # the last day
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Instant]
    created_by: Mapped[str]
