"""The company as its supplier knows it: facts, addresses, credit, statement, people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from oms.credit.plan import CreditPosition
from oms.credit.read_account import read_account
from oms.customers.queries import read_customer
from oms.receivables.read_statement import read_statement
from tenants.access.permissions import Permission
from tenants.access.queries import UserRow, portal_users_of
from web.http.access import requires
from web.http.work import current_work
from web.pages.navigation import NavEntry
from web.pages.portal.buyer import address_text, buyer, cart_of, render

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
    entries: list[Any]
    tabs: list[tuple[str, str, int | None, bool]]
    kinds: dict[str, str]
    users: list[UserRow]
    currency: str
    today: date


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
        available=credit.available_on(today) if credit else None, entries=entries, users=users,
        tabs=[
            (_("Open items"), url_for("portal_account.show"), None, not everything),
            (_("All entries"), url_for("portal_account.show", show="all"), None, everything),
        ],
        kinds={key: _(label) for key, label in _KINDS.items()}, currency=credit.currency if credit else currency,
        today=today,
    )  # fmt: skip
    return render("portal/account.html", page, len(cart.lines))
