"""The list of customers, by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.ids import to_text
from oms.customers.queries import list_customers
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.principals import may
from web.http.work import current_work
from web.pages.customers.blueprint import customers
from web.pages.customers.credit_card import CreditCard, credit_card

_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCustomer:
    """credit: None without account, or where the reader may not see credit"""

    customer: Any
    url: str
    credit: CreditCard | None


@dataclass(slots=True, kw_only=True)
class CustomersPage:
    rows: Sequence[ListedCustomer]
    search: str
    next_url: str | None
    previous_url: str | None


@customers.get("")
@requires(Permission.VIEW_CUSTOMERS)
def index() -> ResponseReturnValue:
    search = request.args.get("q", "").strip()[:200]
    trail = request.args.getlist("after")[-60:]
    with current_work() as work:
        found = list_customers(work, search=search, limit=_ROWS + 1, after=trail[-1] if trail else None)
        today = work.today
    sees_credit = may(Permission.VIEW_CREDIT)
    rows = [
        ListedCustomer(
            customer=customer,
            url=url_for("customers.show", customer_id=to_text("cus", customer.id)),
            credit=credit_card(customer, today) if sees_credit else None,
        )
        for customer in found[:_ROWS]
    ]
    more = len(found) > _ROWS
    page = CustomersPage(
        rows=rows,
        search=search,
        next_url=_url(search, [*trail, found[_ROWS - 1].number]) if more else None,
        previous_url=_url(search, trail[:-1]) if trail else None,
    )
    return render_template("customers/index.html", page=page)


def _url(search: str, trail: list[str]) -> str:
    return url_for("customers.index", q=search or None, after=trail)
