"""Finance books invoices, payments and credit notes, and settles one with the other."""

from __future__ import annotations

from typing import Literal, cast

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from oms.customers.queries import read_customer
from oms.receivables.apply_payment import ApplyPayment, apply_payment
from oms.receivables.errors import ReceivableNotFound
from oms.receivables.post_receivable import PostReceivable, post_receivable
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.amounts import typed_amount, typed_day
from web.pages.customers.blueprint import customers
from web.pages.customers.show import render_customer
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.words import RECEIVABLE

NUMBER_MISSING = N_("Write the number that stands on the document.")
KIND_MISSING = N_("Choose what is booked.")
ITEM_MISSING = N_("Choose one.")
_POST_FIELDS = {"receivable_exists": "number", "money_invalid": "amount"}
_APPLY_FIELDS = {"applies_too_much": "amount", "money_invalid": "amount", "receivable_not_found": "invoice"}
_Kind = Literal["invoice", "payment", "credit_note"]


@customers.post("/<customer_id>/receivables")
@requires(Permission.VIEW_CUSTOMERS, Permission.POST_RECEIVABLES)
def post(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()
    kind, number = sent.value("kind"), sent.value("number").strip()[:200]
    if kind not in RECEIVABLE:
        sent.refuse_field("kind", _(KIND_MISSING))
    if not number:
        sent.refuse_field("number", _(NUMBER_MISSING))
    amount, due_on = typed_amount(sent, "amount"), typed_day(sent, "due_on")
    if sent.refused:
        return render_customer(key, form=sent, form_of="post")

    def book(work: Work) -> tuple[str, str]:
        read_customer(work, key)
        command = PostReceivable(
            customer_id=key, kind=cast(_Kind, kind), number=number, amount=amount,
            due_on=due_on if kind == "invoice" else None, note=sent.value("note").strip()[:500],
        )  # fmt: skip
        post_receivable(work, command)
        return _("{kind} {number} is booked.", kind=RECEIVABLE[kind], number=number), _url(customer_id)

    try:
        return run_once(book)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"}:
            raise
        return render_customer(key, form=sent.refuse(error, _POST_FIELDS), form_of="post")


@customers.post("/<customer_id>/receivables/apply")
@requires(Permission.VIEW_CUSTOMERS, Permission.POST_RECEIVABLES)
def apply(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()
    for name in ("invoice", "payment"):
        if not sent.value(name):
            sent.refuse_field(name, _(ITEM_MISSING))
    amount = typed_amount(sent, "amount")
    if sent.refused:
        return render_customer(key, form=sent, form_of="apply")
    invoice, payment = id_in("rec", sent.value("invoice")), id_in("rec", sent.value("payment"))

    def settle(work: Work) -> tuple[str, str]:
        customer = read_customer(work, key)
        owned = work.scalar(
            "SELECT count(*) FROM receivables WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)"
            " AND customer_id = %(customer)s",
            {"tenant": work.tenant_id, "ids": [invoice, payment], "customer": customer.id},
        )
        if owned != len({invoice, payment}):
            raise ReceivableNotFound()
        apply_payment(work, ApplyPayment(payment_id=payment, invoice_id=invoice, amount=amount))
        return _("The payment is applied."), _url(customer_id)

    try:
        return run_once(settle)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"}:
            raise
        return render_customer(key, form=sent.refuse(error, _APPLY_FIELDS), form_of="apply")


def _url(customer_id: str) -> str:
    return url_for("customers.show", customer_id=customer_id, _anchor="receivables")
