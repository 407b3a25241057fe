"""How much a buyer may owe, what is at risk now, and the ledgers that prove it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Amount, Currency, Day, Instant, TenantModel, tenant_foreign_key, tenant_unique

# Exposure is their sum, unapplied payments counting against it.
BUCKETS = ("open_orders", "unbilled_shipments", "open_invoices", "overdue", "unapplied_payments")


class CreditAccount(TenantModel):
    """One limit, shared by every customer that points here. Its row is the lock under which credit is checked.

    Each bucket equals the sum of its `credit_entries`; a database check proves it in tests and in `doctor`.
    """

    __tablename__ = "credit_accounts"
    __table_args__ = (
        tenant_unique("number"),
        CheckConstraint("credit_limit >= 0", name="limit_not_negative"),
        CheckConstraint("open_orders >= 0 AND unbilled_shipments >= 0", name="buckets_not_negative"),
        CheckConstraint("open_invoices >= 0 AND overdue >= 0 AND unapplied_payments >= 0", name="money_not_negative"),
    )

    number: Mapped[str]
    name: Mapped[str]
    currency: Mapped[Currency]
    credit_limit: Mapped[Amount]
    raised_limit: Mapped[Amount | None]  # a temporary limit instead, until raised_until
    raised_until: Mapped[date | None] = mapped_column(Date)
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


class Receivable(TenantModel):
    """One open item of an account: an invoice (amount > 0), a payment or a credit note (amount < 0)."""

    __tablename__ = "receivables"
    __table_args__ = (
        tenant_foreign_key("account_id", "credit_accounts.id"),
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_unique("kind", "number"),
        CheckConstraint("kind IN ('invoice', 'payment', 'credit_note')", name="kind_known"),
        CheckConstraint("(kind = 'invoice') = (amount > 0)", name="sign"),
        CheckConstraint("abs(open_amount) <= abs(amount) AND open_amount * amount >= 0", name="open_within_amount"),
        Index("ix_receivables_account", "tenant_id", "account_id", "posted_on"),
        Index("ix_receivables_due", "tenant_id", "due_on", postgresql_where=text("open_amount > 0")),
    )

    account_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    kind: Mapped[str]
    number: Mapped[str]
    amount: Mapped[Amount]
    open_amount: Mapped[Amount]
    posted_on: Mapped[Day]
    due_on: Mapped[date | None] = mapped_column(Date)
    aged: Mapped[bool] = mapped_column(server_default=text("false"))  # moved to the overdue bucket
    order_id: Mapped[UUID | None]
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))


class ReceivableApplication(TenantModel):
    """A payment or credit note applied to an invoice. Append-only; a negative amount takes one back."""

    __tablename__ = "receivable_applications"
    __table_args__ = (
        tenant_foreign_key("invoice_id", "receivables.id"),
        tenant_foreign_key("payment_id", "receivables.id"),
        Index("ix_receivable_applications_invoice", "tenant_id", "invoice_id"),
        Index("ix_receivable_applications_payment", "tenant_id", "payment_id"),
    )

    invoice_id: Mapped[UUID]
    payment_id: Mapped[UUID]
    amount: Mapped[Amount]
    at: Mapped[datetime]
