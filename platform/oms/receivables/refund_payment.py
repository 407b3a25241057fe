"""Pays back what of a payment or credit note settles no invoice, and gives up what nobody will pay."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from oms.orders.record import record_event
from oms.receivables.debtor import book_bucket
from oms.receivables.errors import AppliesTooMuch, MoneyInvalid, NothingToRefund, ReasonNeeded, ReceivableNotFound
from oms.receivables.items import lock_items
from oms.receivables.lift_stops import lift_stop
from oms.receivables.money_of_orders import derive_money
from oms.receivables.plan import digits, exact_in
from oms.receivables.post_transaction import Entry, post_transaction
from tenants.access.audit import audit

_REFUND = """
UPDATE receivables SET open_amount = open_amount + %(amount)s, refunded = refunded + %(amount)s
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
_WRITE_OFF = (
    "UPDATE receivables SET open_amount = open_amount - %(amount)s WHERE tenant_id = %(tenant)s AND id = %(id)s"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """amount  of what is not applied; item_id: a payment or a credit note"""

    item_id: UUID
    amount: Decimal
    reason: str


def refund_payment(work: Work, command: RefundPayment) -> None:
    """Raises ReceivableNotFound, MoneyInvalid, NothingToRefund, ReasonNeeded."""
    if not command.reason.strip():
        raise ReasonNeeded()
    (item,) = lock_items(work, command.item_id)
    if item.kind == "invoice":
        raise ReceivableNotFound()
    if not exact_in(command.amount, item.currency):
        raise MoneyInvalid(digits=digits(item.currency))
    if command.amount > -item.open_amount:
        raise NothingToRefund(open=f"{-item.open_amount:f}")
    work.execute(_REFUND, {"tenant": work.tenant_id, "id": item.id, "amount": command.amount})
    entries = [Entry("deposits", command.amount, item.party), Entry("bank", -command.amount)]
    post_transaction(work, "refund", item.currency, entries, receivable_id=item.id, order_id=item.order_id)
    book_bucket(work, item.account_id, item.bucket, -command.amount, cause="refunded", receivable_id=item.id)
    derive_money(work, [item.order_id])
    if item.order_id is not None:
        facts = {"number": item.number, "amount": f"{command.amount:f}", "currency": item.currency}
        record_event(work, item.order_id, "refunded", facts)
    changes = {"amount": (None, f"{command.amount:f}"), "reason": (None, command.reason.strip())}
    audit(work, "receivable.refund", "receivable", to_text("rec", item.id), changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff:
    """amount  of what is open of an invoice"""

    invoice_id: UUID
    amount: Decimal
    reason: str


def write_off(work: Work, command: WriteOff) -> None:
    """The invoice is settled by so much, at our own cost. Raises ReceivableNotFound, MoneyInvalid, AppliesTooMuch,
    ReasonNeeded."""
    if not command.reason.strip():
        raise ReasonNeeded()
    (invoice,) = lock_items(work, command.invoice_id)
    if invoice.kind != "invoice":
        raise ReceivableNotFound()
    if not exact_in(command.amount, invoice.currency):
        raise MoneyInvalid(digits=digits(invoice.currency))
    if command.amount > invoice.open_amount:
        raise AppliesTooMuch(open=f"{invoice.open_amount:f}")
    work.execute(_WRITE_OFF, {"tenant": work.tenant_id, "id": invoice.id, "amount": command.amount})
    entries = [Entry("write_off", command.amount), Entry("receivable", -command.amount, invoice.party)]
    post_transaction(work, "write_off", invoice.currency, entries, receivable_id=invoice.id, order_id=invoice.order_id)
    book_bucket(
        work, invoice.account_id, invoice.bucket, -command.amount, cause="written_off", receivable_id=invoice.id
    )
    if invoice.account_id is not None:
        lift_stop(work, invoice.account_id)
    changes = {"amount": (None, f"{command.amount:f}"), "reason": (None, command.reason.strip())}
    audit(work, "receivable.write_off", "receivable", to_text("rec", invoice.id), changes)
