"""Who buys: companies and persons, where they are reached, and how they are grouped."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Computed, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Amount, Instant, Json, TenantModel, tenant_foreign_key, tenant_unique
from low_code.field_index.columns import IndexedFields, slot_indexes


class CustomerGroup(TenantModel):
    """Customers that share prices and rules."""

    __tablename__ = "customer_groups"
    __table_args__ = (tenant_unique("key"),)

    key: Mapped[str]  # stable; rules and price lists name it
    names: Mapped[Json]  # {"en": "Key accounts", "zh-CN": "重点客户"}
    credit_limit: Mapped[Amount | None]  # of each account of these customers that has none of its own


class Customer(IndexedFields, TenantModel):
    """A buyer. A company has portal users, contacts and addresses; a person may have only an outside id."""

    __tablename__ = "customers"
    __table_args__ = (
        tenant_foreign_key("group_id", "customer_groups.id"),
        tenant_foreign_key("parent_id", "customers.id"),
        tenant_foreign_key("credit_account_id", "credit_accounts.id"),
        tenant_unique("number"),
        CheckConstraint("kind IN ('company', 'person')", name="kind_known"),
        CheckConstraint("prepay_percent BETWEEN 0 AND 100", name="prepay_percent_sane"),
        CheckConstraint("min_remaining_days >= 0", name="remaining_days_not_negative"),
        Index(
            "ix_customers_search",
            "tenant_id",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        Index(
            "ix_customers_custom",
            "tenant_id",
            "custom",
            postgresql_using="gin",
            postgresql_ops={"custom": "jsonb_path_ops"},
        ),
        Index("ix_customers_credit_account", "tenant_id", "credit_account_id"),
        tenant_foreign_key("merged_into", "customers.id"),
        CheckConstraint("merged_into <> id", name="not_merged_into_itself"),
        CheckConstraint("merged_into IS NULL OR NOT active", name="merged_is_inactive"),
        Index("ix_customers_merged_into", "tenant_id", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_customers_parent", "tenant_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_customers_phone_key", "tenant_id", "phone_key"),
        Index("ix_customers_email_key", "tenant_id", "email_key"),
        Index("ix_customers_tax_key", "tenant_id", "tax_key"),
        Index("ix_customers_name_key", "tenant_id", "name_key"),
        Index(
            "ix_customers_phone_search",
            "tenant_id",
            "phone_key",
            postgresql_using="gin",
            postgresql_ops={"phone_key": "gin_trgm_ops"},
        ),
        *slot_indexes("customers"),
    )

    number: Mapped[str]  # the tenant's own
    kind: Mapped[str] = mapped_column(server_default="company")
    name: Mapped[str]
    email: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    tax_number: Mapped[str] = mapped_column(server_default="")
    group_id: Mapped[UUID | None]
    parent_id: Mapped[UUID | None]  # the company it belongs to
    credit_account_id: Mapped[UUID | None]  # None: sells against prepayment only
    sales_rep_id: Mapped[UUID | None]  # a user; `tenants` owns that table
    payment_terms_days: Mapped[int] = mapped_column(server_default="0")
    terms_end_of_month: Mapped[bool] = mapped_column(server_default=text("false"))  # the days count from there
    prepay_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))  # None: as the order type says
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    custom: Mapped[Json] = mapped_column(server_default=text("'{}'::jsonb"))
    search_text: Mapped[str] = mapped_column(server_default="")  # number, name, phone, e-mail; lower case
    min_remaining_days: Mapped[int] = mapped_column(server_default="0")  # asks for lots that live at least so long
    ship_complete: Mapped[bool] = mapped_column(server_default=text("false"))  # takes an order whole or waits for it
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    country: Mapped[str] = mapped_column(server_default="")  # ISO 3166-1; a phone number without "+" is read by it
    grade: Mapped[str | None]  # by the tenant's grading rules
    merged_into: Mapped[UUID | None]  # the customer that took over all of it; this one is inactive
    # What records are compared by: made by the database of whatever is written, null where it is empty or masked.
    phone_key: Mapped[str | None] = mapped_column(Computed("app_phone_key(phone, country)", persisted=True))
    email_key: Mapped[str | None] = mapped_column(Computed("app_email_key(email)", persisted=True))
    tax_key: Mapped[str | None] = mapped_column(Computed("app_tax_key(tax_number)", persisted=True))
    name_key: Mapped[str | None] = mapped_column(Computed("app_name_key(name)", persisted=True))


class CustomerContact(TenantModel):
    """A person at a customer."""

    __tablename__ = "customer_contacts"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id", ondelete="CASCADE"),
        Index("ix_customer_contacts_customer", "tenant_id", "customer_id"),
        CheckConstraint("role IN ('', 'purchasing', 'finance', 'logistics', 'management', 'other')", name="role_known"),
        Index(
            "ix_customer_contacts_search",
            "tenant_id",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
    )

    customer_id: Mapped[UUID]
    name: Mapped[str]
    position: Mapped[str] = mapped_column(server_default="")  # "Purchasing"
    email: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    role: Mapped[str] = mapped_column(server_default="")  # what he is asked about; "" where nobody said
    search_text: Mapped[str | None] = mapped_column(
        Computed("lower(name || ' ' || email || ' ' || coalesce(app_phone_key(phone, ''), ''))", persisted=True)
    )


class CustomerAddress(TenantModel):
    """Where a customer wants goods or bills sent. An order keeps its own copy."""

    __tablename__ = "customer_addresses"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id", ondelete="CASCADE"),
        Index("ix_customer_addresses_customer", "tenant_id", "customer_id"),
        tenant_foreign_key("site_id", "customer_sites.id", ondelete="CASCADE"),
        Index("ix_customer_addresses_site", "tenant_id", "site_id", postgresql_where=text("site_id IS NOT NULL")),
        Index("ix_customer_addresses_phone_key", "tenant_id", "phone_key"),
        CheckConstraint(
            "site_id IS NULL OR NOT (is_default_shipping OR is_default_billing)", name="site_is_no_default"
        ),
    )

    customer_id: Mapped[UUID]
    label: Mapped[str] = mapped_column(server_default="")  # "Warehouse Hamburg"
    recipient: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default="")
    street: Mapped[str]
    city: Mapped[str]
    region: Mapped[str] = mapped_column(server_default="")  # state or province
    postal_code: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str]  # ISO 3166-1 alpha-2
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    is_default_shipping: Mapped[bool] = mapped_column(server_default=text("false"))
    is_default_billing: Mapped[bool] = mapped_column(server_default=text("false"))
    site_id: Mapped[UUID | None]  # of a site: goods for it go here, and it is no default of the company
    phone_key: Mapped[str | None] = mapped_column(Computed("app_phone_key(phone, country)", persisted=True))
    postal_key: Mapped[str | None] = mapped_column(Computed("app_postal_key(postal_code, country)", persisted=True))


class CustomerSite(TenantModel):
    """A place of a company that orders for itself: a shop, a plant. Prices and credit are the company's.

    Called a site, because a location is where goods are sent from.
    """

    __tablename__ = "customer_sites"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_unique("customer_id", "number"),
    )

    customer_id: Mapped[UUID]
    number: Mapped[str]  # within its company
    name: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")  # for who delivers: "Ramp at the back"
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class CustomerIdentity(TenantModel):
    """What a channel calls a customer. One record stands for many channels."""

    __tablename__ = "customer_identities"
    __table_args__ = (
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_unique("channel", "outside_id"),
        Index("ix_customer_identities_customer", "tenant_id", "customer_id"),
        CheckConstraint("origin IN ('person', 'matched', 'created')", name="origin_known"),
        CheckConstraint("channel <> '' AND outside_id <> ''", name="named"),
    )

    customer_id: Mapped[UUID]
    channel: Mapped[str]
    outside_id: Mapped[str]
    origin: Mapped[str] = mapped_column(server_default="person")  # matched: by a rule; created: it made the customer
    rule: Mapped[str] = mapped_column(server_default="")  # document and rule that matched it
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    created_by: Mapped[str] = mapped_column(server_default="")
