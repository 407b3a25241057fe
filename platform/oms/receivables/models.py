"""Open items of buyers: invoices with their lines, payments, credit notes, how one settles the other, and dunning."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import (
    Amount,
    Currency,
    Day,
    Instant,
    Quantity,
    Rate,
    TenantModel,
    TenantRow,
    UnitPrice,
    tenant_foreign_key,
    tenant_unique,
)


class Receivable(TenantModel):
    """One open item of a customer: an invoice (amount > 0), a payment or a credit note (amount < 0).

    The customer's credit account carries its exposure; a customer without one pays in advance and has items all the
    same.
    """

    __tablename__ = "receivables"
    __table_args__ = (
        tenant_foreign_key("account_id", "credit_accounts.id"),
        tenant_foreign_key("customer_id", "customers.id"),
        tenant_foreign_key("order_id", "orders.id"),
        tenant_foreign_key("invoice_id", "receivables.id"),
        tenant_foreign_key("passed_from", "receivables.id"),
        tenant_unique("kind", "number"),
        CheckConstraint("kind IN ('invoice', 'payment', 'credit_note')", name="kind_known"),
        CheckConstraint("(kind = 'invoice') = (amount > 0)", name="sign"),
        CheckConstraint("abs(open_amount) <= abs(amount) AND open_amount * amount >= 0", name="open_within_amount"),
        CheckConstraint("amount = net + tax", name="amount_adds_up"),
        CheckConstraint("refunded >= 0 AND billed >= 0", name="refunded_not_negative"),
        CheckConstraint("passed_on >= 0 AND passed_on + refunded <= abs(amount)", name="passed_on_within_amount"),
        Index("ix_receivables_account", "tenant_id", "account_id", "posted_on"),
        Index("ix_receivables_customer", "tenant_id", "customer_id", "posted_on"),
        Index("ix_receivables_order", "tenant_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_receivables_due", "tenant_id", "due_on", postgresql_where=text("open_amount > 0")),
        Index(
            "uq_receivables_reference", "tenant_id", "method", "reference", unique=True,
            postgresql_where=text("reference <> ''"),
        ),
    )  # fmt: skip

    account_id: Mapped[UUID | None]
    customer_id: Mapped[UUID]
    kind: Mapped[str]
    number: Mapped[str]
    currency: Mapped[Currency]
    net: Mapped[Amount]
    tax: Mapped[Amount]
    amount: Mapped[Amount]
    open_amount: Mapped[Amount]
    refunded: Mapped[Amount] = mapped_column(server_default="0")  # of a payment or credit note, paid back
    billed: Mapped[Amount] = mapped_column(server_default="0")  # what an invoice took out of its order's exposure
    passed_on: Mapped[Amount] = mapped_column(server_default="0")  # of a payment, now of other orders' payments
    passed_from: Mapped[UUID | None]  # the payment that it is a part of
    posted_on: Mapped[Day]
    due_on: Mapped[date | None] = mapped_column(Date)
    aged: Mapped[bool] = mapped_column(server_default=text("false"))  # moved to the overdue bucket
    order_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID | None]  # which a credit note is about
    voided: Mapped[bool] = mapped_column(server_default=text("false"))  # an invoice taken back by a credit note
    method: Mapped[str] = mapped_column(server_default="")  # of a payment: bank, card, cash, …
    reference: Mapped[str] = mapped_column(server_default="")  # with the method it names one payment for ever
    banked_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))
    created_by: Mapped[str] = mapped_column(server_default="")


class ReceivableLine(TenantModel):
    """A line of an invoice or credit note, as it stands on the document. Never changed but for what is credited."""

    __tablename__ = "receivable_lines"
    __table_args__ = (
        tenant_foreign_key("receivable_id", "receivables.id"),
        tenant_foreign_key("order_line_id", "order_lines.id"),
        tenant_foreign_key("of_line_id", "receivable_lines.id"),
        tenant_unique("receivable_id", "line_no"),
        Index("ix_receivable_lines_order_line", "tenant_id", "order_line_id"),
        CheckConstraint("kind IN ('goods', 'charge')", name="kind_known"),
        CheckConstraint("gross = net + tax", name="gross_adds_up"),
        CheckConstraint("credited_quantity >= 0 AND credited_quantity <= quantity", name="credited_within_quantity"),
        CheckConstraint("credited_net + credited_tax = credited_gross", name="credited_adds_up"),
    )

    receivable_id: Mapped[UUID]
    line_no: Mapped[int]
    kind: Mapped[str]  # goods, or a charge such as freight
    order_line_id: Mapped[UUID | None]
    of_line_id: Mapped[UUID | None]  # the invoice's line that a credit note is about
    sku: Mapped[str]
    name: Mapped[str]
    quantity: Mapped[Quantity]  # base units
    unit_price: Mapped[UnitPrice]
    tax_rate: Mapped[Rate]
    net: Mapped[Amount]
    tax: Mapped[Amount]
    gross: Mapped[Amount]
    credited_quantity: Mapped[Quantity] = mapped_column(server_default="0")
    credited_net: Mapped[Amount] = mapped_column(server_default="0")
    credited_tax: Mapped[Amount] = mapped_column(server_default="0")
    credited_gross: Mapped[Amount] = mapped_column(server_default="0")


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
    actor: Mapped[str] = mapped_column(server_default="")


class LedgerAccount(TenantRow):
    """One account of the chart that every tenant has. Who owes what stands on the entries, by customer."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (CheckConstraint("kind IN ('asset', 'liability', 'income', 'expense')", name="kind_known"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]


class LedgerTransaction(TenantModel):
    """One fact of money. Append-only; its entries balance, which a trigger sees to when the transaction commits."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        tenant_foreign_key("receivable_id", "receivables.id"),
        Index("ix_ledger_transactions_receivable", "tenant_id", "receivable_id"),
    )

    kind: Mapped[str]  # invoice, credit_note, payment, application, refund, write_off
    posted_on: Mapped[Day]
    at: Mapped[Instant]
    actor: Mapped[str]
    receivable_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]


class LedgerEntry(TenantModel):
    """One side of a transaction: either debit or credit. Append-only."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        tenant_foreign_key("transaction_id", "ledger_transactions.id"),
        tenant_foreign_key("account", "ledger_accounts.code"),
        tenant_foreign_key("customer_id", "customers.id"),
        CheckConstraint("debit >= 0 AND credit >= 0 AND (debit > 0) <> (credit > 0)", name="one_side"),
        Index("ix_ledger_entries_transaction", "tenant_id", "transaction_id"),
        Index("ix_ledger_entries_customer", "tenant_id", "customer_id", "account"),
        Index("ix_ledger_entries_credit_account", "tenant_id", "credit_account_id", "account"),
    )

    transaction_id: Mapped[UUID]
    account: Mapped[str]
    currency: Mapped[Currency]
    debit: Mapped[Amount] = mapped_column(server_default="0")
    credit: Mapped[Amount] = mapped_column(server_default="0")
    customer_id: Mapped[UUID | None]
    credit_account_id: Mapped[UUID | None]  # of the customer at that moment


class DunningStep(TenantRow):
    """What happens to an invoice that is overdue by so many days."""

    __tablename__ = "dunning_steps"
    __table_args__ = (
        CheckConstraint("step BETWEEN 1 AND 9", name="step_known"),
        CheckConstraint("after_days >= 0", name="after_days_not_negative"),
    )

    step: Mapped[int] = mapped_column(primary_key=True)
    after_days: Mapped[int]
    remind: Mapped[bool] = mapped_column(server_default=text("true"))  # by mail
    stop: Mapped[bool] = mapped_column(server_default=text("false"))  # no order passes until it is paid
    words: Mapped[str] = mapped_column(server_default="")  # of the tenant's own, into the mail


class DunningEntry(TenantModel):
    """A step that an invoice has reached. Append-only; the unique key keeps a repeated run from a second reminder."""

    __tablename__ = "dunning_entries"
    __table_args__ = (
        tenant_foreign_key("invoice_id", "receivables.id"),
        tenant_unique("invoice_id", "step"),
    )

    invoice_id: Mapped[UUID]
    step: Mapped[int]
    open_amount: Mapped[Amount]  # at that moment
    days_overdue: Mapped[int]
    reminded: Mapped[str] = mapped_column(server_default="")  # the mail address; "" where none was sent
    stopped: Mapped[bool] = mapped_column(server_default=text("false"))
    at: Mapped[Instant]
