"""Finance changes what a customer may owe: the limit, a temporary one, and whether orders pass at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.credit.errors import AccountNotFound
from oms.credit.lock_account import lock_account
from oms.credit.save_account import SaveAccount, save_account
from oms.customers.queries import read_customer
from tenants.access.audit import audit, difference
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.amounts import number_in, typed_amount, typed_day
from web.pages.customers.blueprint import customers
from web.pages.customers.show import render_customer
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

NEGATIVE = N_("A limit must not be negative.")
DAY_MISSING = N_("Say until which day the temporary limit holds.")
LIMIT_MISSING = N_("Say which limit holds until that day.")


@customers.post("/<customer_id>/credit")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CREDIT)
def change_limit(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()
    limit = _limit(sent, "credit_limit")
    raised = _limit(sent, "raised_limit") if sent.value("raised_limit").strip() else None
    until = typed_day(sent, "raised_until")
    if not sent.refused and raised is not None and until is None:
        sent.refuse_field("raised_until", _(DAY_MISSING))
    if not sent.refused and until is not None and raised is None:
        sent.refuse_field("raised_limit", _(LIMIT_MISSING))
    if sent.refused:
        return render_customer(key, form=sent, form_of="limit")

    def change(work: Work) -> tuple[str, str]:
        customer = read_customer(work, key)
        if customer.credit_account_id is None:
            raise AccountNotFound()
        lock_account(work, customer.credit_account_id)
        before = read_customer(work, key)
        command = SaveAccount(
            number=before.credit_account, name=_name(work, before.credit_account_id), currency=before.credit_currency,
            credit_limit=limit, raised_limit=raised, raised_until=until, blocked=sent.checked("blocked"),
        )  # fmt: skip
        save_account(work, command)
        changes = difference(_plain(before), _plain(command))
        if changes:
            audit(work, "credit.change_limit", "credit_account", to_text("acc", before.credit_account_id), changes)
        return _("The credit limit is saved."), url_for("customers.show", customer_id=customer_id)

    try:
        return run_once(change)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"}:
            raise
        return render_customer(key, form=sent.refuse(error), form_of="limit")


def _limit(sent: Form, name: str) -> Decimal:
    limit = typed_amount(sent, name)
    if number_in(sent.value(name)) is not None and limit < 0:
        sent.refuse_field(name, _(NEGATIVE))
    return limit


def _name(work: Work, account_id: Any) -> str:
    return str(
        work.scalar(
            "SELECT name FROM credit_accounts WHERE tenant_id = %(tenant)s AND id = %(id)s",
            {"tenant": work.tenant_id, "id": account_id},
        )
    )


def _plain(account: Any) -> dict[str, Any]:
    raised, until = account.raised_limit, account.raised_until
    return {
        "credit_limit": f"{account.credit_limit.normalize():f}",
        "raised_limit": None if raised is None else f"{raised.normalize():f}",
        "raised_until": None if until is None else until.isoformat(),
        "blocked": account.blocked,
    }
