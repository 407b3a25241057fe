"""What may be done with an invoice or a payment: settle, take back, credit, pay back, give up."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.receivables.apply_payment import ApplyPayment, apply_oldest_first, apply_payment, unapply_payment
from oms.receivables.credit_invoice import CreditInvoice, credit_invoice
from oms.receivables.queries import read_item
from oms.receivables.refund_payment import RefundPayment, WriteOff, refund_payment, write_off
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.amounts import typed_amount
from web.pages.receivables.blueprint import receivables
from web.pages.receivables.show import render_item
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.typed import NOT_UNITS, chosen_quantities

CHOOSE, NO_UNITS = N_("Choose one."), N_("Say of at least one line how many units are credited.")
AMOUNT_NOT_CHOSEN = N_("You wrote an amount, but chose something else above. Choose the amount, or clear it.")
_FIELDS = {
    "money_invalid": "amount",
    "applies_too_much": "amount",
    "refunds_too_much": "amount",
    "credit_too_much": "amount",
    "not_applied": "amount",
    "money_reason_needed": "reason",
    "quantity_not_left": "quantities",
}


@receivables.post("/<receivable_id>/apply")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def apply(receivable_id: str) -> ResponseReturnValue:
    """Of a payment to an invoice or of an invoice by a payment; without a choice the oldest due first."""
    key, sent = id_in("rec", receivable_id), Form.sent()
    other = sent.value("other")
    oldest = sent.value("how") == "oldest"
    amount = Decimal(0) if oldest else typed_amount(sent, "amount")
    if not other and not oldest:
        sent.refuse_field("other", _(CHOOSE))

    def run(work: Work) -> str:
        item = read_item(work, key).item
        if oldest:
            apply_oldest_first(work, key)
        elif item.kind == "invoice":
            apply_payment(work, ApplyPayment(payment_id=id_in("rec", other), invoice_id=key, amount=amount))
        else:
            apply_payment(work, ApplyPayment(payment_id=key, invoice_id=id_in("rec", other), amount=amount))
        return _("The payment is applied.")

    return _do(key, sent, "apply", run)


@receivables.post("/<receivable_id>/unapply")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def unapply(receivable_id: str) -> ResponseReturnValue:
    key, sent = id_in("rec", receivable_id), Form.sent()
    amount = typed_amount(sent, "amount")

    def run(work: Work) -> str:
        item, other = read_item(work, key).item, id_in("rec", sent.value("other"))
        invoice, payment = (key, other) if item.kind == "invoice" else (other, key)
        unapply_payment(work, ApplyPayment(payment_id=payment, invoice_id=invoice, amount=amount))
        return _("The application is taken back.")

    return _do(key, sent, "unapply", run)


@receivables.post("/<receivable_id>/credit")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def credit(receivable_id: str) -> ResponseReturnValue:
    key, sent = id_in("rec", receivable_id), Form.sent()
    what = sent.value("what")
    amount = typed_amount(sent, "amount") if what == "amount" else None
    if amount is None and sent.value("amount").strip():
        sent.refuse_field("amount", _(AMOUNT_NOT_CHOSEN))
    quantities = chosen_quantities(sent, "rln", fault=NOT_UNITS, none=NO_UNITS)

    def run(work: Work) -> str:
        command = CreditInvoice(
            invoice_id=key, reason=sent.value("reason").strip()[:500], amount=amount, quantities=quantities,
            void=what == "void",
        )  # fmt: skip
        return _("Credit note {number} is made.", number=credit_invoice(work, command).number)

    return _do(key, sent, "credit", run)


@receivables.post("/<receivable_id>/refund")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def refund(receivable_id: str) -> ResponseReturnValue:
    key, sent = id_in("rec", receivable_id), Form.sent()
    amount = typed_amount(sent, "amount")

    def run(work: Work) -> str:
        refund_payment(work, RefundPayment(item_id=key, amount=amount, reason=sent.value("reason").strip()[:500]))
        return _("The money is booked as paid back.")

    return _do(key, sent, "refund", run)


@receivables.post("/<receivable_id>/write-off")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def give_up(receivable_id: str) -> ResponseReturnValue:
    key, sent = id_in("rec", receivable_id), Form.sent()
    amount = typed_amount(sent, "amount")

    def run(work: Work) -> str:
        write_off(work, WriteOff(invoice_id=key, amount=amount, reason=sent.value("reason").strip()[:500]))
        return _("The amount is written off.")

    return _do(key, sent, "write_off", run)


def _do(key: UUID, sent: Form, form_of: str, run: Callable[[Work], str]) -> ResponseReturnValue:
    """Runs it once and leads back; where it is refused, shows the item as it stands now with the form."""
    if sent.refused:
        return render_item(key, form=sent, form_of=form_of)
    target = url_for("receivables.show", receivable_id=to_text("rec", key))

    def use_case(work: Work) -> tuple[str, str]:
        read_item(work, key)
        return run(work), target

    try:
        return run_once(use_case)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return render_item(key, form=sent.refuse(error, _FIELDS), form_of=form_of)
