"""Credits an invoice: units of its lines, an amount, or all of it, which makes the invoice void."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import to_text
from kernel.money import Money, apportion
from oms.credit.rebook_order import rebook_order
from oms.orders.record import record_event
from oms.receivables.apply_payment import settle
from oms.receivables.debtor import find_debtor
from oms.receivables.errors import (
    AlreadyCredited,
    CreditTooMuch,
    InvoiceApplied,
    LineUnknown,
    MoneyInvalid,
    QuantityNotLeft,
    ReasonNeeded,
    ReceivableNotFound,
)
from oms.receivables.items import Item, NewItem, lock_items, write_item
from oms.receivables.money_of_orders import derive_money
from oms.receivables.numbers import next_number
from oms.receivables.plan import credit_share, digits, exact_in
from oms.receivables.post_receivable import post_item
from tenants.access.audit import audit

_LINES = """
SELECT * FROM receivable_lines WHERE tenant_id = %(tenant)s AND receivable_id = %(invoice)s ORDER BY line_no
"""
_CREDITED = """
SELECT coalesce(sum(-net), 0) AS net, coalesce(sum(-tax), 0) AS tax FROM receivables
WHERE tenant_id = %(tenant)s AND invoice_id = %(invoice)s AND kind = 'credit_note'
"""
_MARK = """
UPDATE receivable_lines l SET credited_quantity = l.credited_quantity + x.quantity,
  credited_net = l.credited_net + x.net, credited_tax = l.credited_tax + x.tax,
  credited_gross = l.credited_gross + x.net + x.tax
FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (of_line_id uuid, quantity numeric, net numeric, tax numeric)
WHERE l.tenant_id = %(tenant)s AND l.id = x.of_line_id
"""
_REOPEN = """
UPDATE order_lines l SET invoiced = l.invoiced - x.quantity, invoiced_net = l.invoiced_net - x.net,
  invoiced_tax = l.invoiced_tax - x.tax
FROM receivable_lines x
WHERE x.tenant_id = %(tenant)s AND x.receivable_id = %(invoice)s AND l.tenant_id = %(tenant)s
  AND l.id = x.order_line_id
"""
_VOID = "UPDATE receivables SET voided = true WHERE tenant_id = %(tenant)s AND id = %(invoice)s"
_ORDER = """
SELECT number, status, credit_exposed, credit_account_id FROM orders
WHERE tenant_id = %(tenant)s AND id = %(order)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditInvoice:
    """One of quantities and amount, or neither: then all that is left.

    quantities  line of the invoice -> base units
    amount      gross, shared over net and tax as the invoice has them; for goodwill, names no lines
    void        the whole invoice is taken back, and what it invoiced may be invoiced again
    """

    invoice_id: UUID
    reason: str
    quantities: Mapping[UUID, Decimal] | None = None
    amount: Decimal | None = None
    void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceCredited:
    """applied  of the credit note, to the invoice itself; the rest waits as unapplied"""

    credit_note_id: UUID
    number: str
    amount: Decimal
    applied: Decimal


def credit_invoice(work: Work, command: CreditInvoice) -> InvoiceCredited:
    """The credit note settles what is still open of its invoice; what is more waits on the account.

    raises ReceivableNotFound, ReasonNeeded, LineUnknown, QuantityNotLeft, MoneyInvalid, CreditTooMuch, AlreadyCredited,
           InvoiceApplied
    """
    if not command.reason.strip():
        raise ReasonNeeded()
    (invoice,) = lock_items(work, command.invoice_id)
    if invoice.kind != "invoice":
        raise ReceivableNotFound()
    credited = work.row(_CREDITED, {"tenant": work.tenant_id, "invoice": invoice.id})
    assert credited is not None
    if command.void:
        _may_void(invoice, credited.net + credited.tax)
    stored = work.mappings(_LINES, {"tenant": work.tenant_id, "invoice": invoice.id})
    net, tax, lines = _shares(command, invoice, stored, credited)
    left = invoice.amount - credited.net - credited.tax
    if net + tax <= 0 or net + tax > left or net > invoice.net - credited.net:
        raise CreditTooMuch(left=f"{left:f}")
    return _write(work, command, invoice, net, tax, lines)


def _write(
    work: Work, command: CreditInvoice, invoice: Item, net: Decimal, tax: Decimal, lines: list[dict[str, Any]]
) -> InvoiceCredited:
    # The note stands on the account of its invoice, even if the customer has another by now.
    debtor = replace(find_debtor(work, invoice.customer_id, invoice.currency), account_id=invoice.account_id)
    number = next_number(work, "credit_note")
    note_id = write_item(
        work, debtor,
        NewItem(
            kind="credit_note", number=number, net=net, tax=tax, order_id=invoice.order_id, invoice_id=invoice.id,
            note=command.reason.strip(), lines=lines,
        ),
    )  # fmt: skip
    work.execute(_MARK, {"tenant": work.tenant_id, "lines": dumps([one for one in lines if one["of_line_id"]])})
    post_item(work, debtor, "credit_note", note_id, net=net, tax=tax, order_id=invoice.order_id)
    applied = min(net + tax, invoice.open_amount)
    if applied:
        invoice_now, note = lock_items(work, invoice.id, note_id)
        settle(work, invoice_now, note, applied)
    if command.void:
        _take_back(work, invoice, note_id)
    derive_money(work, [invoice.order_id])
    if invoice.order_id is not None:
        facts = {"number": number, "invoice": invoice.number, "amount": str(net + tax), "currency": invoice.currency}
        record_event(work, invoice.order_id, "invoice_voided" if command.void else "credited", facts)
    action = "receivable.void_invoice" if command.void else "receivable.credit_invoice"
    changes = {
        "invoice": (None, invoice.number), "number": (None, number), "amount": (None, str(net + tax)),
        "reason": (None, command.reason.strip()),
    }  # fmt: skip
    audit(work, action, "receivable", to_text("rec", note_id), changes)
    return InvoiceCredited(credit_note_id=note_id, number=number, amount=net + tax, applied=applied)


def _may_void(invoice: Item, credited: Decimal) -> None:
    if invoice.voided or credited:
        raise AlreadyCredited(number=invoice.number)
    if invoice.open_amount != invoice.amount:
        raise InvoiceApplied(number=invoice.number)


def _take_back(work: Work, invoice: Item, note_id: UUID) -> None:
    """What the invoice had taken out of its order comes back: units, and exposure."""
    parameters = {"tenant": work.tenant_id, "invoice": invoice.id, "order": invoice.order_id}
    work.execute(_VOID, parameters)
    if invoice.order_id is None:
        return
    work.execute(_REOPEN, parameters)
    order = work.row(_ORDER, parameters)
    if order is not None and order.status == "placed":
        rebook_order(
            work, invoice.order_id, order.credit_account_id, exposed=order.credit_exposed,
            exposure=order.credit_exposed + invoice.billed, cause="invoice_voided", receivable_id=note_id,
        )  # fmt: skip


def _shares(
    command: CreditInvoice, invoice: Item, stored: list[dict[str, Any]], credited: Any
) -> tuple[Decimal, Decimal, list[dict[str, Any]]]:
    """(net, tax, lines) of the credit note."""
    if command.amount is not None:
        if not exact_in(command.amount, invoice.currency):
            raise MoneyInvalid(digits=digits(invoice.currency))
        net, tax = _split(command.amount, invoice, credited)
        return net, tax, []
    if command.quantities is None and (not stored or any(_by_amount(stored, credited))):
        return invoice.net - credited.net, invoice.tax - credited.tax, []
    quantities = command.quantities
    if quantities is None:
        quantities = {line["id"]: line["quantity"] - line["credited_quantity"] for line in stored}
    known = {line["id"]: line for line in stored}
    if set(quantities) - set(known):
        raise LineUnknown()
    lines = [_line(known[line_id], units, invoice.currency) for line_id, units in quantities.items() if units]
    return sum((one["net"] for one in lines), Decimal(0)), sum((one["tax"] for one in lines), Decimal(0)), lines


def _by_amount(stored: list[dict[str, Any]], credited: Any) -> tuple[bool, ...]:
    """Whether a part was credited that names no lines."""
    on_lines = sum((line["credited_gross"] for line in stored), Decimal(0))
    return (on_lines != credited.net + credited.tax,)


def _split(amount: Decimal, invoice: Item, credited: Any) -> tuple[Decimal, Decimal]:
    """Net and tax of a gross amount, in the proportion of what is left of the invoice."""
    net, tax = invoice.net - credited.net, invoice.tax - credited.tax
    if net + tax <= 0 or net < 0 or tax < 0 or amount > net + tax:
        raise CreditTooMuch(left=f"{max(net + tax, Decimal(0)):f}")
    of_net, of_tax = apportion(Money(amount, invoice.currency), [net, tax])
    return of_net.amount, of_tax.amount


def _line(line: Mapping[str, Any], units: Decimal, currency: str) -> dict[str, Any]:
    left = line["quantity"] - line["credited_quantity"]
    if units < 0 or units > left:
        raise QuantityNotLeft(line=line["line_no"], left=f"{left.normalize():f}")

    def share(name: str) -> Decimal:
        done = line[f"credited_{name}"]
        return credit_share(line["quantity"], line["credited_quantity"], units, line[name], done, currency)

    return {
        "kind": line["kind"], "order_line_id": line["order_line_id"], "of_line_id": line["id"], "sku": line["sku"],
        "name": line["name"], "quantity": units, "unit_price": line["unit_price"], "tax_rate": line["tax_rate"],
        "net": share("net"), "tax": share("tax"),
    }  # fmt: skip
