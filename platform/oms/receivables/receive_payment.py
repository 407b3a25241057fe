"""Books money that came in: on account, or for an order. Twice is safe: the bank's reference names it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from kernel.outbox import put_event
from oms.orders.errors import OrderNotOpen
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder, lock_order, lock_placed_order
from oms.orders.record import record_event
from oms.orders.release_hold import lift_holds
from oms.placement.follow_up import follow_release
from oms.receivables.apply_payment import apply_oldest_first, open_invoices_of
from oms.receivables.debtor import Debtor, find_debtor, lock_debtor
from oms.receivables.errors import MoneyInvalid, ReferenceUsed
from oms.receivables.items import NewItem, write_item
from oms.receivables.money_of_orders import derive_money
from oms.receivables.numbers import next_number
from oms.receivables.plan import digits, exact_in
from oms.receivables.post_receivable import post_item
from tenants.access.audit import audit

Method = Literal["bank", "card", "cash", "cheque", "alipay", "wechat", "marketplace", "other"]
METHODS: tuple[Method, ...] = ("bank", "card", "cash", "cheque", "alipay", "wechat", "marketplace", "other")
_BOOKED = """
SELECT id, number, customer_id, order_id, -amount AS amount FROM receivables
WHERE tenant_id = %(tenant)s AND method = %(method)s AND reference = %(reference)s AND kind = 'payment'
"""
_PAYMENT_HOLD = """
SELECT 1 FROM order_holds
WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND type = 'payment' AND released_at IS NULL LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivePayment:
    """customer_id  None where the order says it
    order_id     what the money is for; None: on account
    reference    the bank's or provider's own; with the method it names one payment for ever
    apply        settle open invoices with it, the oldest due first (of its own order alone, where it has one)
    invoices     the only ones to settle; None: any
    """

    amount: Decimal
    method: Method
    customer_id: UUID | None = None
    order_id: UUID | None = None
    currency: str | None = None
    reference: str = ""
    banked_on: date | None = None
    note: str = ""
    apply: bool = False
    invoices: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived:
    """repeated  it was booked before, so nothing was done now
    released  the order waited for this money and goes on
    """

    payment_id: UUID
    number: str
    repeated: bool = False
    released: bool = False


def receive_payment(work: Work, command: ReceivePayment) -> PaymentReceived:
    """Raises DebtorNotFound, OrderNotFound, OrderNotOpen (a draft), MoneyInvalid, ReferenceUsed."""
    order = lock_order(work, command.order_id) if command.order_id is not None else None
    if order is not None and order.status == "draft":
        raise OrderNotOpen(number=order.number or "", status=order.status)
    customer_id = order.customer_id if order else command.customer_id
    assert customer_id is not None, "a payment is for a customer or for an order"
    debtor = find_debtor(work, customer_id, order.currency if order else command.currency)
    if not exact_in(command.amount, debtor.currency):
        raise MoneyInvalid(digits=digits(debtor.currency))
    settles = open_invoices_of(work, debtor) if command.apply and order is None else {}
    if command.invoices is not None:
        settles = {invoice: its_order for invoice, its_order in settles.items() if invoice in command.invoices}
    lock_debtor(work, debtor, orders=settles.values())
    if (before := _booked(work, command, debtor)) is not None:
        return before
    number = next_number(work, "payment")
    payment_id = write_item(
        work, debtor,
        NewItem(
            kind="payment", number=number, net=command.amount, order_id=order.id if order else None,
            method=command.method, reference=command.reference.strip(), banked_on=command.banked_on or work.today,
            note=command.note,
        ),
    )  # fmt: skip
    post_item(work, debtor, "payment", payment_id, net=command.amount, order_id=order.id if order else None)
    derive_money(work, [order.id if order else None])
    changes = {
        "number": (None, number), "customer": (None, debtor.number), "amount": (None, f"{command.amount:f}"),
        "method": (None, command.method), "reference": (None, command.reference.strip()),
    }  # fmt: skip
    audit(work, "receivable.receive_payment", "receivable", to_text("rec", payment_id), changes)
    if command.apply:
        of_order = order is not None
        apply_oldest_first(work, payment_id, own_order_only=of_order, among=None if of_order else settles)
    released = _tell_order(work, order, command, debtor, number) if order else False
    return PaymentReceived(payment_id=payment_id, number=number, released=released)


def _booked(work: Work, command: ReceivePayment, debtor: Debtor) -> PaymentReceived | None:
    """The payment of this method and reference, where it is this one."""
    reference = command.reference.strip()
    if not reference:
        return None
    row = work.row(_BOOKED, {"tenant": work.tenant_id, "method": command.method, "reference": reference})
    if row is None:
        return None
    same = (row.customer_id, row.order_id, row.amount) == (debtor.customer_id, command.order_id, command.amount)
    if not same:
        raise ReferenceUsed(reference=reference, number=row.number, amount=f"{row.amount:f}")
    return PaymentReceived(payment_id=row.id, number=row.number, repeated=True)


def _tell_order(work: Work, order: LockedOrder, command: ReceivePayment, debtor: Debtor, number: str) -> bool:
    """The timeline, and the end of the payment hold where enough is there. Whether the hold ended."""
    facts = {"number": number, "amount": f"{command.amount:f}", "currency": debtor.currency, "method": command.method}
    record_event(work, order.id, "paid", facts)
    put_event(work, OrderChangedEvent("order.paid", order.id, order.number, {"payment": number}))
    return lift_payment_hold(work, order.id, reason=number)


def lift_payment_hold(work: Work, order_id: UUID, *, reason: str) -> bool:
    """Ends the payment hold of an order for which enough is paid, and lets it go on. Whether there was one to end."""
    if not work.scalar(_PAYMENT_HOLD, {"tenant": work.tenant_id, "order": order_id}):
        return False
    order = lock_placed_order(work, order_id)
    if order.paid_total < min(order.prepay_required, order.total):
        return False
    follow_release(work, lift_holds(work, order, type="payment", reason=reason))
    return True
