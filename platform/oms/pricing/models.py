"""Price lists with tiers and validity, and the tax rates of classes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import (
    Currency,
    Day,
    Instant,
    Json,
    Quantity,
    Rate,
    TenantModel,
    UnitPrice,
    tenant_foreign_key,
    tenant_unique,
)

# How narrow a list is. The narrower one wins; see pricing/README.md for the whole resolution.
SCOPES = ("contract", "customer", "customer_group", "channel", "region", "base")


class PriceList(TenantModel):
    """Prices for some buyers, in one currency."""

    __tablename__ = "price_lists"
    __table_args__ = (
        tenant_unique("key"),
        CheckConstraint(
            "scope IN ('contract', 'customer', 'customer_group', 'channel', 'region', 'base')", name="scope_known"
        ),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_from < valid_to", name="validity"),
        Index("ix_price_lists_scope", "tenant_id", "scope", postgresql_where=text("active")),
    )

    key: Mapped[str]
    names: Mapped[Json]
    currency: Mapped[Currency]
    scope: Mapped[str]
    priority: Mapped[int] = mapped_column(server_default="0")  # higher wins within a scope
    valid_from: Mapped[date | None] = mapped_column(Date)  # tenant-local, inclusive
    valid_to: Mapped[date | None] = mapped_column(Date)  # tenant-local, exclusive
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class PriceListTarget(TenantModel):
    """For whom a list is meant: a customer, a group, a channel, or where goods go to. A base list has no target."""

    __tablename__ = "price_list_targets"
    __table_args__ = (
        tenant_foreign_key("price_list_id", "price_lists.id", ondelete="CASCADE"),
        tenant_foreign_key("customer_id", "customers.id", ondelete="CASCADE"),
        tenant_foreign_key("group_id", "customer_groups.id", ondelete="CASCADE"),
        CheckConstraint("num_nonnulls(customer_id, group_id, channel, country) = 1", name="one_target"),
        CheckConstraint("region IS NULL OR country IS NOT NULL", name="region_has_country"),
        Index("ix_price_list_targets_customer", "tenant_id", "customer_id"),
        Index("ix_price_list_targets_group", "tenant_id", "group_id"),
        Index("ix_price_list_targets_channel", "tenant_id", "channel"),
        Index("ix_price_list_targets_country", "tenant_id", "country"),
        Index("ix_price_list_targets_list", "tenant_id", "price_list_id"),
    )

    price_list_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    group_id: Mapped[UUID | None]
    channel: Mapped[str | None]
    country: Mapped[str | None]  # ISO 3166 alpha-2 of the address shipped to
    region: Mapped[str | None]  # within the country; None is all of it


class PriceListEntry(TenantModel):
    """One tier: from `min_quantity` base units on, one `unit` costs `unit_price`."""

    __tablename__ = "price_list_entries"
    __table_args__ = (
        tenant_foreign_key("price_list_id", "price_lists.id", ondelete="CASCADE"),
        tenant_foreign_key("sku_id", "skus.id", ondelete="CASCADE"),
        tenant_unique("sku_id", "price_list_id", "min_quantity", name="uq_price_list_entries_tier"),
        CheckConstraint("unit_price >= 0 AND min_quantity >= 0", name="not_negative"),
        CheckConstraint("floor_price >= 0", name="floor_not_negative"),
        Index("ix_price_list_entries_list", "tenant_id", "price_list_id"),
    )

    price_list_id: Mapped[UUID]
    sku_id: Mapped[UUID]
    min_quantity: Mapped[Quantity] = mapped_column(server_default="0")  # always in base units
    unit_price: Mapped[UnitPrice]  # of one `unit`, in the list's currency
    unit: Mapped[str | None]  # a packaging unit of the SKU; None: the base unit
    floor_price: Mapped[UnitPrice | None]  # of one `unit`: what it may not be sold below


class TaxRate(TenantModel):
    """The rate of a tax class from a day on. The most specific row holds: region, country, then country ""."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        tenant_unique("tax_class", "country", "region", "valid_from"),
        CheckConstraint("rate >= 0 AND rate < 10", name="rate_sane"),
        CheckConstraint("region = '' OR country <> ''", name="region_has_country"),
    )

    tax_class: Mapped[str]
    country: Mapped[str] = mapped_column(server_default="")
    region: Mapped[str] = mapped_column(server_default="")  # "" is the whole country
    rate: Mapped[Rate]  # 0.13 is 13 %
    valid_from: Mapped[Day] = mapped_column(server_default=text("'2000-01-01'"))


class ExchangeRate(TenantModel):
    """From a day on, one unit of `from_currency` is `rate` units of `to_currency`."""

    __tablename__ = "exchange_rates"
    __table_args__ = (
        tenant_unique("from_currency", "to_currency", "valid_from"),
        CheckConstraint("rate > 0", name="rate_positive"),
        CheckConstraint("from_currency <> to_currency", name="two_currencies"),
    )

    from_currency: Mapped[Currency]
    to_currency: Mapped[Currency]
    valid_from: Mapped[Day]
    rate: Mapped[UnitPrice]
