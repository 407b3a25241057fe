"""How a customer pays: the account, the deposit, and by when the rest."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from oms.customers.set_terms import MOST_DAYS, PERCENT_WRONG, SetTerms, set_terms
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.amounts import typed_amount
from web.pages.customers.blueprint import customers
from web.pages.customers.fields import typed_days
from web.pages.customers.show import render_customer
from web.pages.row_ids import id_in
from web.pages.run_once import run_once


@customers.post("/<customer_id>/terms")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CREDIT)
def store_terms(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()
    days = typed_days(sent, "payment_terms_days", most=MOST_DAYS)
    percent = (
        typed_amount(sent, "prepay_percent", sentence=PERCENT_WRONG) if sent.value("prepay_percent").strip() else None
    )
    if sent.refused:
        return render_customer(key, form=sent, form_of="terms")

    def keep(work: Work) -> tuple[str, str]:
        command = SetTerms(
            customer_id=key, credit_account=sent.value("credit_account").strip()[:100] or None,
            payment_terms_days=days, terms_end_of_month=sent.checked("terms_end_of_month"), prepay_percent=percent,
        )  # fmt: skip
        set_terms(work, command)
        return _("The terms are saved."), url_for("customers.show", customer_id=customer_id)

    try:
        return run_once(keep)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"}:
            raise
        return render_customer(
            key, form=sent.refuse(error, {"credit_account_unknown": "credit_account"}), form_of="terms"
        )
