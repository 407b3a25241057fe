"""The list of customers, by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.ids import to_text
from oms.credit.lock_account import read_accounts
from oms.customer_view.named_orders import named_orders
from oms.customers.queries import list_customers
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.principals import may
from web.http.work import current_work
from web.pages.customers.blueprint import customers
from web.pages.customers.credit_card import CreditCard, credit_card
from web.pages.own_fields.filters import OwnFilters, read_own_filters

_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCustomer:
    """credit: None without account, or where the reader may not see credit"""

    customer: Any
    url: str
    credit: CreditCard | None


@dataclass(slots=True, kw_only=True)
class CustomersPage:
    """named: (order, url) of orders that the search is the number of"""

    rows: Sequence[ListedCustomer]
    named: Sequence[tuple[Any, str]]
    search: str
    own: OwnFilters
    chips: Sequence[tuple[str, str]]
    next_url: str | None
    previous_url: str | None


@customers.get("")
@requires(Permission.VIEW_CUSTOMERS)
def index() -> ResponseReturnValue:
    search = request.args.get("q", "").strip()[:200]
    trail = request.args.getlist("after")[-60:]
    with current_work() as work:
        own = read_own_filters(work, "customer", request.args)
        found = list_customers(
            work, search=search, limit=_ROWS + 1, after=trail[-1] if trail else None, fields=own.filter
        )
        orders = named_orders(work, search) if may(Permission.VIEW_ORDERS) else []
        today = work.today
        ids = {row.credit_account_id for row in found} - {None} if may(Permission.VIEW_CREDIT) else set()
        accounts = read_accounts(work, ids)
    rows = [
        ListedCustomer(
            customer=customer,
            url=url_for("customers.show", customer_id=to_text("cus", customer.id)),
            credit=credit_card(accounts.get(customer.credit_account_id), today),
        )
        for customer in found[:_ROWS]
    ]
    more = len(found) > _ROWS
    state: dict[str, Any] = {"q": search or None, **own.state}
    page = CustomersPage(
        rows=rows,
        named=[(order, url_for("orders.show", order_id=to_text("ord", order.id))) for order in orders],
        search=search,
        own=own,
        chips=own.chips(lambda kept: url_for("customers.index", q=search or None, **kept)),
        next_url=url_for("customers.index", **state, after=[*trail, found[_ROWS - 1].number]) if more else None,
        previous_url=url_for("customers.index", **state, after=trail[:-1]) if trail else None,
    )
    return render_template("customers/index.html", page=page)
