"""The company as its supplier knows it: facts, addresses, credit, statement, people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.credit.position import CreditPosition
from oms.credit.read_account import read_account
from oms.customers.queries import read_customer
from oms.receivables.debtor import find_debtor
from oms.receivables.queries import read_item
from oms.receivables.read_statement import read_statement, statement_of
from tenants.access.permissions import Permission
from tenants.access.queries import UserRow, portal_users_of
from web.http.access import requires
from web.http.work import current_work
from web.pages.customers.credit_card import CreditCard, credit_card
from web.pages.navigation import NavEntry
from web.pages.portal.buyer import address_text, buyer, cart_of, render
from web.pages.receivables.reports import chosen_days, statement_page
from web.pages.row_ids import id_in

bp = Blueprint("portal_account", __name__, url_prefix="/portal/account")
NAVIGATION = (NavEntry(N_("Account"), "wallet", "portal_account.show", Permission.USE_PORTAL, 50, "", "portal", "c"),)
_KINDS = {"invoice": N_("Invoice"), "payment": N_("Payment"), "credit_note": N_("Credit note")}


@dataclass(slots=True, kw_only=True)
class AccountPage:
    """balance: what the company owes now; overdue: of it, what was due before today; entries newest first"""

    customer: Any
    addresses: list[tuple[str, bool, bool]]
    credit: CreditPosition | None
    limit: Decimal | None
    available: Decimal | None
    entries: list[tuple[Any, str]]
    card: CreditCard | None
    tabs: list[tuple[str, str, int | None, bool]]
    kinds: dict[str, str]
    users: list[UserRow]
    currency: str
    today: date


@bp.get("/statement")
@requires(Permission.USE_PORTAL)
def statement() -> ResponseReturnValue:
    """What the company owes, move by move, over some days."""
    me = buyer()
    with current_work() as work:
        customer, cart = read_customer(work, me.customer_id), cart_of(work)
        first, last = chosen_days(work.today)
        currency = find_debtor(work, me.customer_id).currency
        found = statement_of(work, me.customer_id, first=first, last=last, currency=currency)
        company = work.tenant.name
    back = (_("Account"), url_for("portal_account.show"))
    page = statement_page(found, customer, company, url_for("portal_account.statement"), back)
    return render("portal/statement.html", page, len(cart.lines))


@bp.get("/documents/<receivable_id>")
@requires(Permission.USE_PORTAL)
def document(receivable_id: str) -> ResponseReturnValue:
    """An invoice, credit note or receipt of the own company, to print."""
    with current_work() as work:
        detail, cart = read_item(work, id_in("rec", receivable_id)), cart_of(work)
        company = work.tenant.name
    return render("portal/document.html", None, len(cart.lines), detail=detail, company=company)


@bp.get("")
@requires(Permission.USE_PORTAL)
def show() -> ResponseReturnValue:
    me = buyer()
    everything = request.args.get("show") == "all"
    with current_work() as work:
        customer = read_customer(work, me.customer_id)
        credit = read_account(work, customer.credit_account_id)
        entries = read_statement(work, me.customer_id, open_only=not everything)
        users, cart = portal_users_of(work, me.customer_id), cart_of(work)
        today, currency = work.today, work.tenant.currency
    addresses = [
        (address_text(each), each["is_default_shipping"], each["is_default_billing"]) for each in customer.addresses
    ]
    page = AccountPage(
        customer=customer, addresses=addresses, credit=credit, limit=credit.limit_on(today) if credit else None,
        available=credit.available_on(today) if credit else None, entries=[
            (entry, url_for("portal_account.document", receivable_id=to_text("rec", entry.id))) for entry in entries
        ],
        card=credit_card(credit, today), users=users,
        tabs=[
            (_("Open items"), url_for("portal_account.show"), None, not everything),
            (_("All entries"), url_for("portal_account.show", show="all"), None, everything),
        ],
        kinds={key: _(label) for key, label in _KINDS.items()}, currency=credit.currency if credit else currency,
        today=today,
    )  # fmt: skip
    return render("portal/account.html", page, len(cart.lines))
