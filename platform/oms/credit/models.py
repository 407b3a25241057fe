"""How much a buyer may owe, what is at risk now, and the ledgers that prove it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Date, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Amount, Currency, Day, Instant, TenantModel, tenant_foreign_key, tenant_unique


class CreditAccount(TenantModel):
    """One limit, shared by every customer that points here. Its row is the lock under which credit is checked.

    Accounts form a tree: what is booked on one is booked on each above it too, so that a company's account holds the
    exposure of all below it. Each bucket equals the sum of its `credit_entries`; a database check proves it in tests
    and in `doctor`.
    """

    __tablename__ = "credit_accounts"
    __table_args__ = (
        tenant_unique("number"),
        tenant_foreign_key("parent_id", "credit_accounts.id"),
        CheckConstraint("credit_limit >= 0", name="limit_not_negative"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        CheckConstraint("open_orders >= 0 AND unbilled_shipments >= 0", name="buckets_not_negative"),
        CheckConstraint("open_invoices >= 0 AND overdue >= 0 AND unapplied_payments >= 0", name="money_not_negative"),
    )

    number: Mapped[str]
    name: Mapped[str]
    currency: Mapped[Currency]
    parent_id: Mapped[UUID | None]  # the company's account above this one
    credit_limit: Mapped[Amount | None]  # None: that of the customers' group, or else the company's own default
    raised_limit: Mapped[Amount | None]  # read by the version before; `credit_raises` holds temporary limits now
    raised_until: Mapped[date | None] = mapped_column(Date)  # likewise
    overdue_stop: Mapped[bool] = mapped_column(server_default=text("false"))  # by dunning, until it is paid
    blocked: Mapped[bool] = mapped_column(server_default=text("false"))  # no order passes, whatever the limit
    open_orders: Mapped[Amount] = mapped_column(server_default="0")
    unbilled_shipments: Mapped[Amount] = mapped_column(server_default="0")
    open_invoices: Mapped[Amount] = mapped_column(server_default="0")  # not due yet
    overdue: Mapped[Amount] = mapped_column(server_default="0")
    unapplied_payments: Mapped[Amount] = mapped_column(server_default="0")
    exposure: Mapped[Amount] = mapped_column(
        Computed("open_orders + unbilled_shipments + open_invoices + overdue - unapplied_payments", persisted=True)
    )
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class CreditRaise(TenantModel):
    """A temporary limit instead of the account's own, both days inclusive. The highest in force holds."""

    __tablename__ = "credit_raises"
    __table_args__ = (
        tenant_foreign_key("account_id", "credit_accounts.id"),
        Index("ix_credit_raises_account", "tenant_id", "account_id", "until_on"),
        CheckConstraint("until_on >= from_on", name="days_in_order"),
        CheckConstraint("credit_limit >= 0", name="limit_not_negative"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
    )

    account_id: Mapped[UUID]
    credit_limit: Mapped[Amount]
    from_on: Mapped[Day]
    until_on: Mapped[Day]
    reason: Mapped[str]
    created_at: Mapped[Instant]
    created_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class CreditPolicy(TenantModel):
    """What counts, what stops, and what a stop does: of one account, or of the whole tenant (account_id null)."""

    __tablename__ = "credit_policies"
    __table_args__ = (
        tenant_foreign_key("account_id", "credit_accounts.id"),
        UniqueConstraint("tenant_id", "account_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("at_confirm IN ('order_type', 'ignore', 'warn', 'hold', 'block')", name="confirm_known"),
        CheckConstraint(
            "at_release IN ('ignore', 'warn', 'hold', 'block') AND at_ship IN ('ignore', 'warn', 'hold', 'block')"
            " AND at_invoice IN ('ignore', 'warn', 'hold', 'block')",
            name="points_known",
        ),
        CheckConstraint("crossing IN ('stop', 'allow')", name="crossing_known"),
        CheckConstraint("warn_percent BETWEEN 1 AND 100", name="warn_percent_sane"),
        CheckConstraint("overdue_days >= 0 AND overdue_amount >= 0", name="overdue_not_negative"),
    )

    account_id: Mapped[UUID | None]
    default_limit: Mapped[Amount | None]  # of accounts without one; only in the tenant's own policy
    count_open_orders: Mapped[bool] = mapped_column(server_default=text("true"))
    count_unbilled_shipments: Mapped[bool] = mapped_column(server_default=text("true"))
    count_open_invoices: Mapped[bool] = mapped_column(server_default=text("true"))
    count_overdue: Mapped[bool] = mapped_column(server_default=text("true"))
    count_unapplied_payments: Mapped[bool] = mapped_column(server_default=text("true"))
    limit_open_orders: Mapped[Amount | None]  # a bucket's own limit
    limit_unbilled_shipments: Mapped[Amount | None]
    limit_open_invoices: Mapped[Amount | None]
    limit_overdue: Mapped[Amount | None]
    overdue_days: Mapped[int | None]  # invoices overdue by more days than this stop orders; None: they do not
    overdue_amount: Mapped[Amount] = mapped_column(server_default="0")  # … where they come to more than this
    at_confirm: Mapped[str] = mapped_column(server_default="order_type")
    at_release: Mapped[str] = mapped_column(server_default="ignore")
    at_ship: Mapped[str] = mapped_column(server_default="ignore")
    at_invoice: Mapped[str] = mapped_column(server_default="ignore")
    crossing: Mapped[str] = mapped_column(
        server_default="stop"
    )  # or allow: the order that crosses passes, the next not
    warn_percent: Mapped[int] = mapped_column(server_default="80")


class CreditEntry(TenantModel):
    """One change of one bucket. Append-only; a correction is a counter-entry."""

    __tablename__ = "credit_entries"
    __table_args__ = (
        tenant_foreign_key("account_id", "credit_accounts.id"),
        Index("ix_credit_entries_account", "tenant_id", "account_id", "id"),
        Index("ix_credit_entries_order", "tenant_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        CheckConstraint(
            "bucket IN ('open_orders', 'unbilled_shipments', 'open_invoices', 'overdue', 'unapplied_payments')",
            name="bucket_known",
        ),
    )

    account_id: Mapped[UUID]
    bucket: Mapped[str]
    amount: Mapped[Amount]  # in the account's currency; negative takes risk away
    cause: Mapped[str]  # order_placed, order_cancelled, invoice_posted, payment_received, …
    order_id: Mapped[UUID | None]
    receivable_id: Mapped[UUID | None]
    at: Mapped[Instant]
    actor: Mapped[str]
