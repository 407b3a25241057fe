"""Books invoices, payments and credit notes on a credit account, and applies one to the other.

An invoice raises `open_invoices` (and takes its order out of `open_orders`); a payment waits in
`unapplied_payments` until it is applied; what is applied leaves both. Each step leaves ledger entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import psycopg

from kernel.db import Work
from kernel.ids import new_id
from oms.credit.book_exposure import book_exposure
from oms.credit.errors import AccountNotFound, AmountInvalid, AppliesTooMuch, ReceivableExists, ReceivableNotFound
from oms.credit.lock_account import lock_account

_INSERT = """
INSERT INTO receivables (tenant_id, id, account_id, customer_id, kind, number, amount, open_amount, posted_on, due_on,
  order_id, note, created_at)
VALUES (%(tenant)s, %(id)s, %(account)s, %(customer)s, %(kind)s, %(number)s, %(amount)s, %(amount)s, %(today)s,
  %(due)s, %(order)s, %(note)s, %(now)s)
"""
_CUSTOMER = """
SELECT c.credit_account_id, c.payment_terms_days FROM customers c
WHERE c.tenant_id = %(tenant)s AND c.id = %(customer)s
"""
_OPEN_ITEM = """
SELECT id, account_id, kind, open_amount, aged FROM receivables
WHERE tenant_id = %(tenant)s AND id = %(id)s FOR NO KEY UPDATE
"""
_APPLY = """
WITH noted AS (
  INSERT INTO receivable_applications (tenant_id, id, invoice_id, payment_id, amount, at)
  VALUES (%(tenant)s, %(id)s, %(invoice)s, %(payment)s, %(amount)s, %(now)s)
)
UPDATE receivables SET open_amount = open_amount + CASE WHEN id = %(invoice)s THEN -%(amount)s ELSE %(amount)s END
WHERE tenant_id = %(tenant)s AND id IN (%(invoice)s, %(payment)s)
"""
# What an invoice takes out of the order's share of open_orders, at most what is left of it. Only an order of the same
# account: that of another one would leave its account's ledger and take from a ledger that never had it.
_BILL_ORDER = """
UPDATE orders SET credit_exposed = credit_exposed - least(credit_exposed, %(amount)s)
WHERE tenant_id = %(tenant)s AND id = %(order)s AND credit_account_id = %(account)s
RETURNING (SELECT least(o.credit_exposed, %(amount)s) FROM orders o
  WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s) AS billed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReceivable:
    """amount  > 0, in the account's currency
    due_on  of an invoice; None: today and the customer's payment terms
    """

    customer_id: UUID
    kind: Literal["invoice", "payment", "credit_note"]
    number: str
    amount: Decimal
    due_on: date | None = None
    order_id: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivablePosted:
    receivable_id: UUID
    account_id: UUID


def post_receivable(work: Work, command: PostReceivable) -> ReceivablePosted:
    """Raises AccountNotFound, AmountInvalid, ReceivableExists."""
    if command.amount <= 0:
        raise AmountInvalid()
    customer = _customer(work, command.customer_id)
    account_id: UUID = customer.credit_account_id
    billed = _bill_order(work, command, account_id)
    lock_account(work, account_id)
    is_invoice = command.kind == "invoice"
    due_on = command.due_on or (work.today + timedelta(days=customer.payment_terms_days) if is_invoice else None)
    receivable_id = new_id()
    try:
        work.execute(
            _INSERT,
            {
                "tenant": work.tenant_id, "id": receivable_id, "account": account_id,
                "customer": command.customer_id, "kind": command.kind, "number": command.number,
                "amount": command.amount if is_invoice else -command.amount, "today": work.today, "due": due_on,
                "order": command.order_id, "note": command.note, "now": work.now,
            },
        )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise ReceivableExists(kind=command.kind, number=command.number) from None
    bucket = "open_invoices" if is_invoice else "unapplied_payments"
    book_exposure(work, account_id, bucket, command.amount, cause=f"{command.kind}_posted", receivable_id=receivable_id)
    if billed:
        book_exposure(
            work, account_id, "open_orders", -billed, cause="order_billed", order_id=command.order_id,
            receivable_id=receivable_id,
        )  # fmt: skip
    return ReceivablePosted(receivable_id=receivable_id, account_id=account_id)


def _customer(work: Work, customer_id: UUID) -> Any:
    if not work.actor.may_see("customer", customer_id):
        raise AccountNotFound()
    row = work.row(_CUSTOMER, {"tenant": work.tenant_id, "customer": customer_id})
    if row is None or row.credit_account_id is None:
        raise AccountNotFound()
    return row


def _bill_order(work: Work, command: PostReceivable, account_id: UUID) -> Decimal:
    """Takes the invoiced part out of the order's exposure. The order's lock comes before the account's."""
    if command.order_id is None or command.kind != "invoice":
        return Decimal(0)
    parameters = {
        "tenant": work.tenant_id, "order": command.order_id, "amount": command.amount, "account": account_id,
    }  # fmt: skip
    work.execute("SELECT 1 FROM orders WHERE tenant_id = %(tenant)s AND id = %(order)s FOR NO KEY UPDATE", parameters)
    return Decimal(work.scalar(_BILL_ORDER, parameters) or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyPayment:
    """amount  of the payment or credit note that settles the invoice, > 0"""

    payment_id: UUID
    invoice_id: UUID
    amount: Decimal


def apply_payment(work: Work, command: ApplyPayment) -> None:
    """Raises ReceivableNotFound, AmountInvalid, AppliesTooMuch."""
    if command.amount <= 0:
        raise AmountInvalid()
    account_id = work.scalar(
        "SELECT account_id FROM receivables WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": command.invoice_id},
    )
    if account_id is None:
        raise ReceivableNotFound()
    lock_account(work, account_id)
    items = {}
    for key in sorted((command.invoice_id, command.payment_id)):
        item = work.row(_OPEN_ITEM, {"tenant": work.tenant_id, "id": key})
        if item is None or item.account_id != account_id:
            raise ReceivableNotFound()
        items[key] = item
    invoice, payment = items[command.invoice_id], items[command.payment_id]
    if invoice.kind != "invoice" or payment.kind == "invoice":
        raise ReceivableNotFound()
    open_amount = min(invoice.open_amount, -payment.open_amount)
    if command.amount > open_amount:
        raise AppliesTooMuch(open=str(open_amount))
    work.execute(
        _APPLY,
        {
            "tenant": work.tenant_id, "id": new_id(), "invoice": invoice.id, "payment": payment.id,
            "amount": command.amount, "now": work.now,
        },
    )  # fmt: skip
    bucket = "overdue" if invoice.aged else "open_invoices"
    book_exposure(work, account_id, bucket, -command.amount, cause="payment_applied", receivable_id=invoice.id)
    book_exposure(
        work, account_id, "unapplied_payments", -command.amount, cause="payment_applied", receivable_id=payment.id
    )
