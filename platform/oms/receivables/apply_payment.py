"""Applies payments and credit notes to invoices: by hand, the oldest due first, or takes that back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id, to_text
from oms.receivables.debtor import Debtor, book_bucket
from oms.receivables.errors import AppliesTooMuch, MoneyInvalid, NotApplied, OtherCurrency, ReceivableNotFound
from oms.receivables.items import Item, lock_items
from oms.receivables.lift_stops import lift_stop
from oms.receivables.money_of_orders import derive_money
from oms.receivables.plan import OpenInvoice, digits, exact_in, oldest_first
from oms.receivables.post_transaction import Entry, post_transaction
from tenants.access.audit import audit

_APPLY = """
WITH noted AS (
  INSERT INTO receivable_applications (tenant_id, id, invoice_id, payment_id, amount, at, actor)
  VALUES (%(tenant)s, %(id)s, %(invoice)s, %(payment)s, %(amount)s, %(now)s, %(actor)s)
)
UPDATE receivables SET open_amount = open_amount + CASE WHEN id = %(invoice)s THEN -%(amount)s ELSE %(amount)s END
WHERE tenant_id = %(tenant)s AND id IN (%(invoice)s, %(payment)s)
"""
_APPLIED = """
SELECT coalesce(sum(amount), 0) FROM receivable_applications
WHERE tenant_id = %(tenant)s AND invoice_id = %(invoice)s AND payment_id = %(payment)s
"""
# Of the same account; without one, of the same customer. An order's own payment pays that order's invoices first.
_OPEN = """
SELECT i.id, i.open_amount AS open, i.due_on, i.order_id IS NOT DISTINCT FROM p.order_id AS same_order
FROM receivables p
JOIN receivables i ON i.tenant_id = %(tenant)s AND i.kind = 'invoice' AND i.open_amount > 0 AND i.currency = p.currency
  AND (i.account_id = p.account_id
    OR (i.account_id IS NULL AND p.account_id IS NULL AND i.customer_id = p.customer_id))
WHERE p.tenant_id = %(tenant)s AND p.id = %(payment)s AND (%(orders)s::boolean IS NULL OR i.order_id = p.order_id)
"""
_OPEN_OF_DEBTOR = """
SELECT id, order_id FROM receivables
WHERE tenant_id = %(tenant)s AND kind = 'invoice' AND open_amount > 0 AND currency = %(currency)s
  AND (account_id = %(account)s OR (account_id IS NULL AND %(account)s::uuid IS NULL AND customer_id = %(customer)s))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyPayment:
    """amount  of the payment or credit note that settles the invoice, > 0"""

    payment_id: UUID
    invoice_id: UUID
    amount: Decimal


def apply_payment(work: Work, command: ApplyPayment) -> None:
    """Raises ReceivableNotFound, MoneyInvalid, OtherCurrency, AppliesTooMuch."""
    invoice, payment = _lock_pair(work, command)
    if not exact_in(command.amount, invoice.currency):
        raise MoneyInvalid(digits=digits(invoice.currency))
    open_amount = min(invoice.open_amount, -payment.open_amount)
    if command.amount > open_amount:
        raise AppliesTooMuch(open=f"{open_amount:f}")
    settle(work, invoice, payment, command.amount)
    derive_money(work, [invoice.order_id, payment.order_id])
    _note(work, "receivable.apply", invoice, payment, command.amount)


def unapply_payment(work: Work, command: ApplyPayment) -> None:
    """Takes `amount` of an application back. Raises ReceivableNotFound, MoneyInvalid, NotApplied."""
    invoice, payment = _lock_pair(work, command)
    if not exact_in(command.amount, invoice.currency):
        raise MoneyInvalid(digits=digits(invoice.currency))
    parameters = {"tenant": work.tenant_id, "invoice": invoice.id, "payment": payment.id}
    applied = Decimal(work.scalar(_APPLIED, parameters))
    if command.amount > applied:
        raise NotApplied(applied=f"{applied:f}")
    settle(work, invoice, payment, -command.amount)
    derive_money(work, [invoice.order_id, payment.order_id])
    _note(work, "receivable.unapply", invoice, payment, command.amount)


def apply_oldest_first(
    work: Work, payment_id: UUID, *, own_order_only: bool = False, among: Collection[UUID] | None = None
) -> list[tuple[UUID, Decimal]]:
    """Applies what is open of a payment to open invoices: its own order's, then by due day. Returns (invoice, amount).

    own_order_only  leaves invoices of other orders alone
    among           the only invoices to look at: whoever holds the account's lock already has locked their orders
                    before, since orders are never locked after an account

    raises ReceivableNotFound
    """
    parameters = {"tenant": work.tenant_id, "payment": payment_id, "orders": True if own_order_only else None}
    # Everything that could be paid is locked at once, in the one order of locks; then it is read again.
    candidates = [row.id for row in work.rows(_OPEN, parameters) if among is None or row.id in among]
    items = {item.id: item for item in lock_items(work, payment_id, *candidates)}
    payment = items[payment_id]
    if payment.kind == "invoice":
        raise ReceivableNotFound()
    open_rows = [row for row in work.rows(_OPEN, parameters) if row.id in items]
    left, plan = -payment.open_amount, []
    for mine in (True, False):
        found = [
            OpenInvoice(row.id, row.open, row.due_on)
            for row in open_rows
            if (row.same_order and payment.order_id is not None) is mine
        ]
        part = oldest_first(left, found)
        left -= sum((amount for _, amount in part), Decimal(0))
        plan += part
    for invoice_id, amount in plan:
        settle(work, items[invoice_id], payment, amount)
        _note(work, "receivable.apply", items[invoice_id], payment, amount)
    derive_money(work, [payment.order_id, *(items[invoice_id].order_id for invoice_id, _ in plan)])
    return plan


def open_invoices_of(work: Work, debtor: Debtor) -> dict[UUID, UUID | None]:
    """invoice -> order, of what a payment of the debtor could settle; read before anything is locked"""
    parameters = {
        "tenant": work.tenant_id, "currency": debtor.currency, "account": debtor.account_id,
        "customer": debtor.customer_id,
    }  # fmt: skip
    return {row.id: row.order_id for row in work.rows(_OPEN_OF_DEBTOR, parameters)}


def settle(work: Work, invoice: Item, payment: Item, amount: Decimal) -> None:
    """Writes one application, < 0 to take it back. Both items are locked; the caller derives the orders' money."""
    work.execute(
        _APPLY,
        {
            "tenant": work.tenant_id, "id": new_id(), "invoice": invoice.id, "payment": payment.id,
            "amount": amount, "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
    entries = [Entry("deposits", amount, payment.party), Entry("receivable", -amount, invoice.party)]
    post_transaction(work, "application", invoice.currency, entries, receivable_id=invoice.id)
    cause = "payment_applied" if amount > 0 else "payment_unapplied"
    book_bucket(work, invoice.account_id, invoice.bucket, -amount, cause=cause, receivable_id=invoice.id)
    book_bucket(work, payment.account_id, payment.bucket, -amount, cause=cause, receivable_id=payment.id)
    if amount > 0 and invoice.account_id is not None:
        lift_stop(work, invoice.account_id)


def _lock_pair(work: Work, command: ApplyPayment) -> tuple[Item, Item]:
    invoice, payment = lock_items(work, command.invoice_id, command.payment_id)
    same = invoice.account_id == payment.account_id and (
        invoice.account_id is not None or invoice.customer_id == payment.customer_id
    )
    if invoice.kind != "invoice" or payment.kind == "invoice" or not same:
        raise ReceivableNotFound()
    if invoice.currency != payment.currency:
        raise OtherCurrency(number=payment.number, currency=payment.currency)
    return invoice, payment


def _note(work: Work, action: str, invoice: Item, payment: Item, amount: Decimal) -> None:
    changes = {"payment": (None, payment.number), "invoice": (None, invoice.number), "amount": (None, f"{amount:f}")}
    audit(work, action, "receivable", to_text("rec", invoice.id), changes)
