"""Temporary limits of a credit account: given with a reason, ended early."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import N_, _
from oms.credit.raise_limit import RaiseLimit, end_raise, raise_limit
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.amounts import typed_amount, typed_day
from web.pages.credit.accounts import find_account, render_account, run_for_account
from web.pages.credit.blueprint import credit
from web.pages.row_ids import id_in

DAY_MISSING = N_("Say until which day the temporary limit holds.")
_FIELDS = {"limit_negative": "credit_limit", "raise_days": "until_on", "credit_reason_needed": "reason"}


@credit.post("/accounts/<account_number>/raises")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def raise_for_days(account_number: str) -> ResponseReturnValue:
    sent = Form.sent()
    with current_work() as work:
        account, today = find_account(work, account_number), work.today
    limit = typed_amount(sent, "credit_limit")
    first, last = typed_day(sent, "from_on") or today, typed_day(sent, "until_on")
    if last is None and not sent.error("until_on"):
        sent.refuse_field("until_on", _(DAY_MISSING))
    if sent.refused or last is None:
        return render_account(account_number, form=sent, form_of="raise")
    command = RaiseLimit(
        account_id=account.id, credit_limit=limit, from_on=first, until_on=last,
        reason=sent.value("reason").strip()[:500],
    )  # fmt: skip

    def run(work: Work) -> tuple[str, str]:
        raise_limit(work, command)
        return _("The temporary limit is set."), url_for("credit.show", account_number=account_number)

    return run_for_account(account_number, sent, "raise", run, _FIELDS)


@credit.post("/accounts/<account_number>/raises/<raise_id>/end")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def end(account_number: str, raise_id: str) -> ResponseReturnValue:
    with current_work() as work:
        account = find_account(work, account_number)

    def run(work: Work) -> tuple[str, str]:
        end_raise(work, account.id, id_in("crr", raise_id))
        return _("The temporary limit has ended."), url_for("credit.show", account_number=account_number)

    return run_for_account(account_number, Form.sent(), "end", run)
