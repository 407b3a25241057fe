"""The form for money that came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.customers.queries import customer_id_of
from oms.receivables.receive_payment import METHODS, Method, ReceivePayment, receive_payment
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.amounts import typed_amount, typed_day
from web.pages.receivables.blueprint import receivables
from web.pages.run_once import run_once
from web.pages.words import METHOD_WORDS

CUSTOMER_MISSING, METHOD_MISSING = N_("Write the customer's number."), N_("Choose how it was paid.")
FIELDS = {
    "customer_not_found": "customer",
    "money_invalid": "amount",
    "reference_used": "reference",
    "receivable_exists": "reference",
}


@dataclass(slots=True, kw_only=True)
class PaymentPage:
    form: Form
    methods: Sequence[tuple[str, str]]


def method_options() -> list[tuple[str, str]]:
    return [(key, _(METHOD_WORDS[key])) for key in METHODS]


@receivables.get("/payments/new")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def new_payment() -> ResponseReturnValue:
    return _render(Form.of(customer=request.args.get("customer", "")[:200], method="bank", apply="1"))


@receivables.post("/payments")
@requires(Permission.VIEW_CREDIT, Permission.POST_RECEIVABLES)
def book_payment() -> ResponseReturnValue:
    sent = Form.sent()
    number, method = sent.value("customer").strip(), sent.value("method")
    if not number:
        sent.refuse_field("customer", _(CUSTOMER_MISSING))
    if method not in METHODS:
        sent.refuse_field("method", _(METHOD_MISSING))
    amount, banked_on = typed_amount(sent, "amount"), typed_day(sent, "banked_on")
    if sent.refused:
        return _render(sent)

    def run(work: Work) -> tuple[str, str]:
        received = receive_payment(work, ReceivePayment(
            customer_id=customer_id_of(work, number), amount=amount, method=cast(Method, method),
            reference=sent.value("reference").strip()[:200], banked_on=banked_on,
            note=sent.value("note").strip()[:500], apply=sent.checked("apply"),
        ))  # fmt: skip
        target = url_for("receivables.show", receivable_id=to_text("rec", received.payment_id))
        if received.repeated:
            return _("This payment was booked before as {number}.", number=received.number), target
        return _("Payment {number} is booked.", number=received.number), target

    try:
        return run_once(run)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return _render(sent.refuse(error, FIELDS))


def _render(form: Form) -> ResponseReturnValue:
    page = PaymentPage(form=form, methods=method_options())
    return render_template("receivables/payment.html", page=page), form.status
