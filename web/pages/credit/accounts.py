"""Credit accounts: the list with what is at risk, and one account with its limits, its policy and its tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.credit.errors import AccountNotFound
from oms.credit.lock_account import read_accounts
from oms.credit.position import CreditPosition
from oms.credit.queries import list_accounts, list_raises, read_policy
from oms.credit.save_account import SaveAccount, save_account
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.credit.blueprint import credit
from web.pages.credit.policy_form import PolicyWords, policy_form
from web.pages.customers.credit import optional_limit
from web.pages.customers.credit_card import CreditCard, credit_card
from web.pages.run_once import run_once

_ROWS = 50
NUMBER_MISSING, NAME_MISSING = N_("Write the account's number."), N_("Write a name.")
_FIELDS = {
    "limit_negative": "credit_limit",
    "credit_account_not_found": "parent",
    "parent_unfit": "parent",
    "currency_fixed": "currency",
}


@dataclass(slots=True, kw_only=True)
class AccountsPage:
    """rows: (account, card, url) each"""

    rows: Sequence[tuple[Any, CreditCard, str]]
    next_url: str | None
    previous_url: str | None
    may_edit: bool
    form: Form


@dataclass(slots=True, kw_only=True)
class AccountPage:
    """form_of: the form that was refused: save, raise or policy; customers: (name, url) each"""

    number: str
    name: str
    card: CreditCard
    account: CreditPosition
    raises: Sequence[tuple[str, Any]]
    customers: Sequence[tuple[str, str]]
    has_policy: bool
    may_edit: bool
    form_of: str
    form: Form
    proposes: bool
    shown: dict[str, Form]
    words: PolicyWords

    def form_for(self, name: str) -> Form:
        return self.form if self.form_of == name else self.shown.get(name, Form())


_CUSTOMERS = """
SELECT id, name FROM customers WHERE tenant_id = %(tenant)s AND credit_account_id = %(account)s
  AND (%(reach)s::uuid[] IS NULL OR id = ANY(%(reach)s)) ORDER BY number LIMIT 50
"""


@credit.get("")
@requires(Permission.VIEW_CREDIT)
def index() -> ResponseReturnValue:
    return _render_index(Form())


def _render_index(form: Form) -> ResponseReturnValue:
    trail = request.args.getlist("after")[-60:]
    with current_work() as work:
        found = list_accounts(work, limit=_ROWS + 1, after=trail[-1] if trail else None)
        positions = read_accounts(work, [row.id for row in found[:_ROWS]])
        today, currency = work.today, work.tenant.currency
    cards = {key: credit_card(position, today) for key, position in positions.items()}
    rows = [
        (row, card, url_for("credit.show", account_number=row.number))
        for row in found[:_ROWS]
        if (card := cards[row.id]) is not None
    ]
    more = len(found) > _ROWS
    if not form.values:
        form = Form.of(currency=currency)
    page = AccountsPage(
        rows=rows, may_edit=may(Permission.EDIT_CREDIT), form=form,
        next_url=url_for("credit.index", after=[*trail, found[_ROWS - 1].number]) if more else None,
        previous_url=url_for("credit.index", after=trail[:-1]) if trail else None,
    )  # fmt: skip
    return render_template("credit/index.html", page=page), form.status


@credit.post("")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def create() -> ResponseReturnValue:
    sent = Form.sent()
    number = sent.value("number").strip()[:100]
    if not number:
        sent.refuse_field("number", _(NUMBER_MISSING))
    command = _command(sent, number, sent.value("currency").strip().upper()[:3])
    if sent.refused:
        return _render_index(sent)
    try:
        return run_once(lambda work: _save(work, command))
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return _render_index(sent.refuse(error, _FIELDS))


@credit.get("/accounts/<account_number>")
@requires(Permission.VIEW_CREDIT)
def show(account_number: str) -> ResponseReturnValue:
    """`?order=` begins with the temporary limit that would let that order pass."""
    return render_account(account_number, for_order=request.args.get("order", "")[:100].replace("\0", ""))


@credit.post("/accounts/<account_number>")
@requires(Permission.VIEW_CREDIT, Permission.EDIT_CREDIT)
def save(account_number: str) -> ResponseReturnValue:
    sent = Form.sent()
    with current_work() as work:
        currency = find_account(work, account_number).currency
    command = _command(sent, account_number, currency)
    if sent.refused:
        return render_account(account_number, form=sent, form_of="save")
    return run_for_account(account_number, sent, "save", lambda work: _save(work, command), _FIELDS)


def _command(sent: Form, number: str, currency: str) -> SaveAccount:
    name = sent.value("name").strip()[:300]
    if not name:
        sent.refuse_field("name", _(NAME_MISSING))
    return SaveAccount(
        number=number, name=name, currency=currency, credit_limit=optional_limit(sent, "credit_limit"),
        parent=sent.value("parent").strip() or None, blocked=sent.checked("blocked"),
    )  # fmt: skip


def _save(work: Work, command: SaveAccount) -> tuple[str, str]:
    save_account(work, command)
    return _("The credit account is saved."), url_for("credit.show", account_number=command.number)


def find_account(work: Work, number: str) -> CreditPosition:
    """The account within reach. Raises AccountNotFound."""
    rows = list_accounts(work, number=number, limit=1)
    if not rows:
        raise AccountNotFound()
    return read_accounts(work, [rows[0].id])[rows[0].id]


def run_for_account(
    number: str, sent: Form, form_of: str, use_case: Any, fields: dict[str, str] | None = None
) -> ResponseReturnValue:
    """Runs it once; where it is refused, shows the account as it stands with the form."""
    try:
        return run_once(use_case)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return render_account(number, form=sent.refuse(error, fields), form_of=form_of)


def render_account(
    number: str, *, form: Form | None = None, form_of: str = "", for_order: str = ""
) -> ResponseReturnValue:
    """for_order: number of the order that a temporary limit is to let pass, "" for none. Raises AccountNotFound."""
    with current_work() as work:
        account = find_account(work, number)
        card = credit_card(account, work.today)
        assert card is not None
        parameters = {
            "tenant": work.tenant_id, "account": account.id, "reach": work.actor.reach_list("customer"),
        }  # fmt: skip
        own = read_policy(work, account.id)
        page = AccountPage(
            number=account.number, name=account.name, card=card, account=account,
            raises=[(to_text("crr", row.id), row) for row in list_raises(work, account.id)],
            customers=[
                (row.name, url_for("customers.show", customer_id=to_text("cus", row.id)))
                for row in work.rows(_CUSTOMERS, parameters)
            ],
            has_policy=own is not None, may_edit=may(Permission.EDIT_CREDIT), form=form or Form(),
            form_of=form_of, proposes=bool(for_order), words=PolicyWords(),
            shown={
                "save": _form_of(work, account), "policy": policy_form(own or account.policy),
                "raise": _raise_form(account, work.today, for_order),
            },
        )  # fmt: skip
    return render_template("credit/show.html", page=page), page.form.status


def _raise_form(account: CreditPosition, today: date, for_order: str) -> Form:
    """The form of a temporary limit; for an order, with what is used now, which that order is part of, for a week."""
    if not for_order:
        return Form.of(from_on=today.isoformat())
    return Form.of(
        from_on=today.isoformat(), until_on=(today + timedelta(days=7)).isoformat(),
        credit_limit=f"{account.exposure.normalize():f}", reason=_("Order {number}", number=for_order),
    )  # fmt: skip


def _form_of(work: Work, account: CreditPosition) -> Form:
    own = work.scalar(
        "SELECT credit_limit FROM credit_accounts WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": account.id},
    )
    return Form.of(
        name=account.name, credit_limit="" if own is None else f"{own.normalize():f}",
        parent=account.above[0].number if account.above else "", blocked="1" if account.blocked else None,
    )  # fmt: skip
