"""Finance changes what a customer may owe: the limit, and whether orders pass at all."""

from __future__ import annotations

from decimal import Decimal

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from oms.credit.errors import AccountNotFound
from oms.credit.read_account import read_account
from oms.credit.save_account import SaveAccount, save_account
from oms.customers.queries import read_customer
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.amounts import number_in, typed_amount
from web.pages.customers.blueprint import customers
from web.pages.customers.show import render_customer
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

NEGATIVE = N_("A limit must not be negative.")


@customers.post("/<customer_id>/credit")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CREDIT)
def change_limit(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()
    limit = optional_limit(sent, "credit_limit")
    if sent.refused:
        return render_customer(key, form=sent, form_of="limit")

    def change(work: Work) -> tuple[str, str]:
        customer = read_customer(work, key)
        account = read_account(work, customer.credit_account_id)
        if account is None:
            raise AccountNotFound()
        save_account(
            work,
            SaveAccount(
                number=account.number, name=account.name, currency=account.currency, credit_limit=limit,
                parent=account.above[0].number if account.above else None, blocked=sent.checked("blocked"),
            ),
        )  # fmt: skip
        return _("The credit limit is saved."), url_for("customers.show", customer_id=customer_id)

    try:
        return run_once(change)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"}:
            raise
        return render_customer(key, form=sent.refuse(error), form_of="limit")


def optional_limit(sent: Form, name: str) -> Decimal | None:
    """A limit, or None where the field is empty; a fault goes to the form."""
    if not sent.value(name).strip():
        return None
    limit = typed_amount(sent, name)
    if number_in(sent.value(name)) is not None and limit < 0:
        sent.refuse_field(name, _(NEGATIVE))
    return limit
