"""Finance acts on an order: makes its invoice, confirms that it was paid."""

from __future__ import annotations

from typing import cast

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import to_text
from oms.orders.read_order import read_order
from oms.receivables.invoice_order import InvoiceOrder, invoice_order
from oms.receivables.receive_payment import METHODS, Method, ReceivePayment, receive_payment
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.pages.amounts import typed_amount, typed_day
from web.pages.orders.actions import NO_QUANTITY, NOT_A_QUANTITY
from web.pages.orders.show import render_order
from web.pages.receivables.blueprint import receivables
from web.pages.receivables.payments import FIELDS, METHOD_MISSING
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.typed import chosen_quantities, typed_version

_FIELDS = {**FIELDS, "nothing_to_invoice": "quantities", "quantity_not_left": "quantities"}


@receivables.post("/orders/<order_id>/invoice")
@requires(Permission.VIEW_ORDERS, Permission.POST_RECEIVABLES)
def invoice(order_id: str) -> ResponseReturnValue:
    """All that is left of the order, or units of its lines."""
    key, sent = id_in("ord", order_id), Form.sent()
    quantities = chosen_quantities(sent, "lin", fault=NOT_A_QUANTITY, none=NO_QUANTITY)
    due_on = typed_day(sent, "due_on")
    if sent.refused:
        return render_order(key, form=sent, form_of="invoice")

    def run(work: Work) -> tuple[str, str]:
        read_order(work, key)
        made = invoice_order(work, InvoiceOrder(
            order_id=key, quantities=quantities, due_on=due_on, note=sent.value("note").strip()[:500],
            expected_version=typed_version(sent),
        ))  # fmt: skip
        if made.invoice_id is None:
            return _("Not invoiced: {reason}.", reason=said(made.held)), _order_url(order_id)
        target = url_for("receivables.show", receivable_id=to_text("rec", made.invoice_id))
        return _("Invoice {number} is made.", number=made.number), target

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"order_not_found", "idempotency_key_missing"}:
            raise
        return render_order(key, form=sent.refuse(error, _FIELDS), form_of="invoice")


@receivables.post("/orders/<order_id>/payment")
@requires(Permission.VIEW_ORDERS, Permission.POST_RECEIVABLES)
def confirm_payment(order_id: str) -> ResponseReturnValue:
    """Money for this order has come in; the order goes on once it is enough."""
    key, sent = id_in("ord", order_id), Form.sent()
    method = sent.value("method")
    if method not in METHODS:
        sent.refuse_field("method", _(METHOD_MISSING))
    amount, banked_on = typed_amount(sent, "amount"), typed_day(sent, "banked_on")
    if sent.refused:
        return render_order(key, form=sent, form_of="payment")

    def run(work: Work) -> tuple[str, str]:
        read_order(work, key)
        received = receive_payment(work, ReceivePayment(
            order_id=key, amount=amount, method=cast(Method, method), banked_on=banked_on,
            reference=sent.value("reference").strip()[:200], apply=True,
        ))  # fmt: skip
        if received.released:
            return _("The payment is booked, and the order goes on."), _order_url(order_id)
        return _("Payment {number} is booked.", number=received.number), _order_url(order_id)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"order_not_found", "idempotency_key_missing"}:
            raise
        return render_order(key, form=sent.refuse(error, _FIELDS), form_of="payment")


def _order_url(order_id: str) -> str:
    return url_for("orders.show", order_id=order_id)
