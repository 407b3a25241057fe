"""Makes an invoice of an order: all that is left of it, or units of its lines. A shipment asks for its own units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_, translate
from kernel.ids import to_text
from kernel.outbox import put_event
from oms.credit.rebook_order import rebook_order
from oms.orders.check_credit import check_credit_at
from oms.orders.errors import LineNotFound
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedLine, LockedOrder, lock_order
from oms.orders.record import record_event
from oms.placement.follow_up import policy_of_order
from oms.receivables.debtor import Debtor, find_debtor, lock_books
from oms.receivables.errors import NothingToInvoice, QuantityNotLeft
from oms.receivables.items import NewItem, write_item
from oms.receivables.money_of_orders import derive_money
from oms.receivables.numbers import next_number
from oms.receivables.plan import Invoiceable, Terms, invoice_share
from oms.receivables.post_receivable import post_item
from tenants.access.audit import audit

_MARK = """
UPDATE order_lines l SET invoiced = l.invoiced + x.quantity, invoiced_net = l.invoiced_net + x.net,
  invoiced_tax = l.invoiced_tax + x.tax
FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (order_line_id uuid, quantity numeric, net numeric, tax numeric)
WHERE l.tenant_id = %(tenant)s AND l.id = x.order_line_id
"""
_CHARGED = """
SELECT coalesce(sum(l.net), 0) AS net, coalesce(sum(l.tax), 0) AS tax
FROM receivables i JOIN receivable_lines l ON l.tenant_id = %(tenant)s AND l.receivable_id = i.id AND l.kind = 'charge'
WHERE i.tenant_id = %(tenant)s AND i.order_id = %(order)s AND i.kind = 'invoice' AND NOT i.voided
"""
CHARGES = N_("Freight and other charges")
_CLOSED_TO_MONEY = {"draft", "cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceOrder:
    """quantities  order line -> base units; None: all that is left
    due_on      None: by the order type's terms, else the customer's
    """

    order_id: UUID
    quantities: Mapping[UUID, Decimal] | None = None
    due_on: date | None = None
    note: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInvoiced:
    """invoice_id  None where the credit check held the order instead; held: why"""

    order_id: UUID
    invoice_id: UUID | None
    number: str = ""
    amount: Decimal = Decimal(0)
    due_on: date | None = None
    held: str = ""


def invoice_order(work: Work, command: InvoiceOrder) -> OrderInvoiced:
    """Parts of a line add up to the line, and what is not on lines is invoiced once, with the first invoice.

    Credit is checked where the policy says so, but never for units that have been shipped: those are owed.

    raises OrderNotFound, OrderChanged, LineNotFound, QuantityNotLeft, NothingToInvoice, CreditStops, ReceivableExists
    """
    order = lock_order(work, command.order_id, expected_version=command.expected_version)
    debtor = find_debtor(work, order.customer_id, order.currency)
    lock_books(
        work, accounts=[debtor.account_id, order.credit_account_id],
        customers=() if debtor.account_id is not None else [debtor.customer_id],
    )  # fmt: skip
    quantities = _quantities(order, command.quantities)
    lines = _lines(work, order, quantities)
    net, tax = (sum((line[name] for line in lines), Decimal(0)) for name in ("net", "tax"))
    if order.status in _CLOSED_TO_MONEY or net + tax <= 0:
        raise NothingToInvoice(number=order.number)
    policy = policy_of_order(work, order.id)
    if not _delivered(order, quantities):
        decision = check_credit_at(work, order, "invoice", policy.credit)
        if decision.verdict == "hold":
            return OrderInvoiced(order_id=order.id, invoice_id=None, held=decision.reason)
    due_on = command.due_on or _terms(debtor, policy.payment_terms_days).due_on(work.today)
    return _write(work, command, order, debtor, lines, due_on)


def _write(
    work: Work, command: InvoiceOrder, order: LockedOrder, debtor: Debtor, lines: list[dict[str, Any]], due_on: date
) -> OrderInvoiced:
    net, tax = (sum((line[name] for line in lines), Decimal(0)) for name in ("net", "tax"))
    # One that is paid in advance counts by its money alone: `derive_money` sees to it.
    billed = min(order.credit_exposed, net + tax) if not order.prepaid else Decimal(0)
    number = next_number(work, "invoice")
    invoice_id = write_item(
        work, debtor,
        NewItem(
            kind="invoice", number=number, net=net, tax=tax, billed=billed, due_on=due_on, order_id=order.id,
            note=command.note, lines=lines,
        ),
    )  # fmt: skip
    work.execute(_MARK, {"tenant": work.tenant_id, "lines": dumps([one for one in lines if one["order_line_id"]])})
    post_item(work, debtor, "invoice", invoice_id, net=net, tax=tax, order_id=order.id)
    if billed:
        rebook_order(
            work, order.id, order.credit_account_id, exposed=order.credit_exposed,
            exposure=order.credit_exposed - billed, cause="order_billed", receivable_id=invoice_id,
        )  # fmt: skip
    derive_money(work, [order.id])
    facts = {"number": number, "amount": str(net + tax), "currency": order.currency, "due_on": due_on.isoformat()}
    record_event(work, order.id, "invoiced", facts)
    put_event(work, OrderChangedEvent("order.invoiced", order.id, order.number, {"invoice": number}))
    audit(work, "receivable.invoice_order", "receivable", to_text("rec", invoice_id), {
        "order": (None, order.number), "number": (None, number), "amount": (None, str(net + tax)),
    })  # fmt: skip
    return OrderInvoiced(order_id=order.id, invoice_id=invoice_id, number=number, amount=net + tax, due_on=due_on)


def _quantities(order: LockedOrder, wanted: Mapping[UUID, Decimal] | None) -> dict[UUID, Decimal]:
    left = {line.id: line.ordered - line.cancelled - line.invoiced for line in order.lines}
    if wanted is None:
        return {line_id: units for line_id, units in left.items() if units}
    by_id = {line.id: line for line in order.lines}
    for line_id, units in wanted.items():
        if line_id not in by_id:
            raise LineNotFound()
        if units < 0 or units > left[line_id]:
            raise QuantityNotLeft(line=by_id[line_id].line_no, left=f"{left[line_id].normalize():f}")
    return {line_id: units for line_id, units in wanted.items() if units}


def _lines(work: Work, order: LockedOrder, quantities: Mapping[UUID, Decimal]) -> list[dict[str, Any]]:
    """The invoice's lines, as `write_item` takes them."""
    found = [_line(order, line, quantities[line.id]) for line in order.lines if line.id in quantities]
    charged = work.row(_CHARGED, {"tenant": work.tenant_id, "order": order.id})
    assert charged is not None
    net = order.net_total - sum((line.net for line in order.lines), Decimal(0)) - charged.net
    tax = order.tax_total - sum((line.tax for line in order.lines), Decimal(0)) - charged.tax
    if found and (net or tax):
        found.append(
            {
                "kind": "charge", "order_line_id": None, "of_line_id": None, "sku": "",
                "name": translate(CHARGES, work.tenant.locale, {}), "quantity": Decimal(1), "unit_price": net,
                "tax_rate": (tax / net).quantize(Decimal("0.000001")) if net > 0 and tax >= 0 else Decimal(0),
                "net": net, "tax": tax,
            }
        )  # fmt: skip
    return found


def _line(order: LockedOrder, line: LockedLine, quantity: Decimal) -> dict[str, Any]:
    money = Invoiceable(
        id=line.id, live=line.ordered - line.cancelled, invoiced=line.invoiced, net=line.net, tax=line.tax,
        invoiced_net=line.invoiced_net, invoiced_tax=line.invoiced_tax,
    )  # fmt: skip
    share = invoice_share(money, quantity, order.currency)
    return {
        "kind": "goods", "order_line_id": line.id, "of_line_id": None, "sku": line.sku, "name": line.name,
        "quantity": quantity, "unit_price": line.unit_price, "tax_rate": line.tax_rate, "net": share.net,
        "tax": share.tax,
    }  # fmt: skip


def _delivered(order: LockedOrder, quantities: Mapping[UUID, Decimal]) -> bool:
    return all(line.invoiced + quantities.get(line.id, Decimal(0)) <= line.shipped for line in order.lines)


def _terms(debtor: Debtor, of_order_type: int | None) -> Terms:
    return debtor.terms if of_order_type is None else Terms(of_order_type)
