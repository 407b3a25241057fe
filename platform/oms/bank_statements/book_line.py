"""Books one line of a bank statement as a payment that settles the invoices it names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.db import Work
from oms.bank_statements.errors import InvoiceUnknown
from oms.customers.queries import customer_id_of
from oms.receivables.receive_payment import PaymentReceived, ReceivePayment, receive_payment

_INVOICES = """
SELECT id, number FROM receivables
WHERE tenant_id = %(tenant)s AND kind = 'invoice' AND open_amount > 0 AND currency = %(currency)s
  AND number = ANY(%(numbers)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLine:
    """customer  number of who paid
    invoices  numbers of what is settled with it, the oldest due first; (): what is open of his, the oldest first
    currency  "": the company's own
    """

    customer: str
    amount: Decimal
    reference: str
    banked_on: date
    invoices: tuple[str, ...] = ()
    currency: str = ""
    note: str = ""


def book_line(work: Work, command: BookLine) -> PaymentReceived:
    """What is more than the invoices stays open on account. The same reference again books nothing.

    raises  CustomerNotFound, InvoiceUnknown, and as `receive_payment`
    """
    customer_id = customer_id_of(work, command.customer)
    currency = command.currency or work.tenant.currency
    found = {
        row.number: row.id
        for row in work.rows(
            _INVOICES, {"tenant": work.tenant_id, "currency": currency, "numbers": list(command.invoices)}
        )
    }
    payment = ReceivePayment(
        customer_id=customer_id, amount=command.amount, method="bank", currency=currency,
        reference=command.reference, banked_on=command.banked_on, note=command.note, apply=True,
        invoices=tuple(found.values()) if command.invoices else None,
    )  # fmt: skip
    missing = [number for number in command.invoices if number not in found]
    if missing and not _is_booked(work, command.reference):
        raise InvoiceUnknown(number=missing[0], currency=currency)
    return receive_payment(work, payment)


def _is_booked(work: Work, reference: str) -> bool:
    """Its invoices are settled then, so they are not found any more."""
    return bool(
        work.scalar(
            "SELECT 1 FROM receivables WHERE tenant_id = %(tenant)s AND method = 'bank' AND reference = %(reference)s",
            {"tenant": work.tenant_id, "reference": reference},
        )
    )
