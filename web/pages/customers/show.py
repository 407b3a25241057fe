"""One customer: facts, addresses, contacts, credit, recent orders, receivables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import _, current_locale
from kernel.ids import to_text
from oms.credit.read_account import read_account
from oms.customer_view.figures import CustomerFigures, bought_most, customer_figures
from oms.customer_view.records import taken_over_by
from oms.customers.queries import list_receivables, read_customer
from oms.orders.list_orders import OrderFilter, OrderSummary, list_orders
from oms.rebates.reckon import list_agreements
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues, name_in
from web.http.access import requires
from web.http.formats import money, percent
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.customers.blueprint import customers
from web.pages.customers.credit_card import CreditCard, credit_card
from web.pages.customers.fields import terms_form
from web.pages.customers.shared import customer_tabs
from web.pages.orders.columns import state_of
from web.pages.own_fields.edit import OwnCard, own_card
from web.pages.prices.rebates import ShownAgreement, shown_agreement
from web.pages.row_ids import id_in
from web.pages.words import RECEIVABLE, Word, word

_RECENT_ORDERS = 10
_RECEIVABLES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentOrder:
    order: OrderSummary
    url: str
    state: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReceivable:
    id: str
    item: Any
    word: Word
    overdue: bool


@dataclass(slots=True, kw_only=True)
class CustomerPage:
    """form_of   the form that was refused: "post", "apply", "limit" or "terms"; "" where none was
    edit_url  "" where the reader may change nothing
    figures   None where the reader may not see orders
    bars      of the last twelve months: (x, y, height, month, amount) each, of 100 by 40 units
    taken_over  (number, url) of the customer that it was merged into
    invoices  (id, label) of what is still to be paid; payments likewise, of what is not applied yet
    """

    id: str
    customer: Any
    facts: Sequence[tuple[str, str]]
    credit: CreditCard | None
    orders: Sequence[RecentOrder]
    orders_url: str
    receivables: Sequence[ShownReceivable]
    invoices: Sequence[tuple[str, str]]
    payments: Sequence[tuple[str, str]]
    may_edit_credit: bool
    may_post: bool
    sees_credit: bool
    currency: str
    limits: Form
    terms: Form
    edit_url: str
    form_of: str
    form: Form
    own: OwnCard | None
    terms_text: str
    rebates: Sequence[ShownAgreement] = ()
    tabs: Sequence[tuple[str, str, None, bool]] = ()
    figures: CustomerFigures | None = None
    bars: Sequence[tuple[str, str, str, str, str]] = ()
    bought: Sequence[Any] = ()
    own_currency: str = ""
    taken_over: tuple[str, str] | None = None

    def form_for(self, name: str) -> Form:
        if self.form_of == name:
            return self.form
        return {"limit": self.limits, "terms": self.terms}.get(name) or Form()


@customers.get("/<customer_id>")
@requires(Permission.VIEW_CUSTOMERS)
def show(customer_id: str) -> ResponseReturnValue:
    return render_customer(id_in("cus", customer_id))


def render_customer(customer_id: UUID, *, form: Form | None = None, form_of: str = "") -> ResponseReturnValue:
    """The customer as it stands now, with a refused form where there is one. Raises CustomerNotFound."""
    with current_work() as work:
        page = _page(work, customer_id, form or Form(), form_of)
    return render_template("customers/show.html", page=page), page.form.status


def _page(work: Work, customer_id: UUID, form: Form, form_of: str) -> CustomerPage:
    customer = read_customer(work, customer_id)
    sees_credit, sees_orders = may(Permission.VIEW_CREDIT), may(Permission.VIEW_ORDERS)
    found: tuple[OrderSummary, ...] = ()
    if sees_orders:
        found = list_orders(work, OrderFilter(customer_id=customer.id), limit=_RECENT_ORDERS).orders
    items = list_receivables(work, customer.id, limit=_RECEIVABLES) if sees_credit else []
    account = read_account(work, customer.credit_account_id) if sees_credit else None
    credit = credit_card(account, work.today)
    figures = customer_figures(work, customer.id) if sees_orders else None
    return CustomerPage(
        id=to_text("cus", customer.id),
        customer=customer,
        facts=_facts(work, customer),
        credit=credit,
        orders=[
            RecentOrder(
                order=order, url=url_for("orders.show", order_id=to_text("ord", order.id)), state=state_of(order)
            )
            for order in found
        ],
        orders_url=url_for("orders.index", customer=customer.number),
        receivables=[
            ShownReceivable(
                id=to_text("rec", item.id),
                item=item,
                word=word(RECEIVABLE, item.kind),
                overdue=item.open_amount > 0 and item.due_on is not None and item.due_on < work.today,
            )
            for item in items
        ],
        invoices=_open_items(items, invoices=True),
        payments=_open_items(items, invoices=False),
        may_edit_credit=may(Permission.EDIT_CREDIT) and credit is not None,
        may_post=may(Permission.POST_RECEIVABLES),
        sees_credit=sees_credit,
        rebates=_rebates(work, customer.id),
        currency=credit.currency if credit else work.tenant.currency,
        limits=_limit_form(customer) if credit is not None else Form(),
        terms=terms_form(customer),
        terms_text=terms_text(customer),
        edit_url=url_for("customers.edit", customer_id=to_text("cus", customer.id))
        if may(Permission.EDIT_CUSTOMERS) and customer.merged_into is None
        else "",
        form_of=form_of,
        form=form,
        tabs=customer_tabs(to_text("cus", customer.id), "show"),
        figures=figures,
        bars=_bars(figures, work.tenant.currency) if figures else (),
        bought=bought_most(work, customer.id) if sees_orders else (),
        own_currency=work.tenant.currency,
        taken_over=_taken_over(work, customer),
        own=own_card(
            work,
            "customer",
            customer.custom,
            url_for("own_fields.customer", customer_id=to_text("cus", customer.id)),
            Permission.EDIT_CUSTOMERS,
        ),
    )


def _bars(figures: CustomerFigures, currency: str) -> list[tuple[str, str, str, str, str]]:
    most = max((month.net for month in figures.months), default=Decimal(0)) or Decimal(1)
    bars = []
    for at, month in enumerate(figures.months):
        height = max(month.net, Decimal(0)) / most * 36
        label = f"{month.first:%Y-%m}"
        bars.append(
            (f"{at * 100 / 12 + 1:.2f}", f"{40 - height:.2f}", f"{height:.2f}", label, money(month.net, currency))
        )
    return bars


def _taken_over(work: Work, customer: Any) -> tuple[str, str] | None:
    if customer.merged_into is None:
        return None
    found = taken_over_by(work, customer.id)
    return (found.number, url_for("customers.show", customer_id=to_text("cus", found.id))) if found else None


def _facts(work: Work, customer: Any) -> list[tuple[str, str]]:
    kinds = {"company": _("Company"), "person": _("Person")}
    facts = [
        (_("Number"), customer.number),
        (_("Kind"), kinds.get(customer.kind, customer.kind)),
        (_("Group"), name_in(customer.group_names, current_locale()) if customer.group_names else ""),
        (_("E-mail"), customer.email),
        (_("Phone"), customer.phone),
        (_("Tax number"), customer.tax_number),
        (_("Sales rep"), rep_of(work, customer.sales_rep_id)),
        (_("Shelf life"), _("at least {days} days", days=days) if (days := customer.min_remaining_days) else ""),
    ]
    return [(label, value) for label, value in facts if value]


def rep_of(work: Work, user_id: UUID | None) -> str:
    """The name of the colleague who looks after a customer; "" where nobody does."""
    return next((name for person, name in colleagues(work) if person == user_id), "") if user_id else ""


def terms_text(customer: Any) -> str:
    """How the customer pays, in the reader's language: a deposit first, and when invoices are due."""
    due = _due_text(customer)
    if customer.prepay_percent is None:
        return due
    if customer.prepay_percent == 100:
        return _("all before the order is processed")
    return _("{share} before the order is processed, the rest: {due}",
             share=percent(customer.prepay_percent / 100), due=due)  # fmt: skip


def _due_text(customer: Any) -> str:
    if customer.terms_end_of_month:
        return _("End of month and {days} days", days=customer.payment_terms_days)
    return _("{days} days", days=customer.payment_terms_days)


def _open_items(items: Sequence[Any], *, invoices: bool) -> list[tuple[str, str]]:
    return [
        (to_text("rec", item.id), f"{item.number} · {abs(item.open_amount).normalize():f}")
        for item in items
        if item.open_amount and (item.kind == "invoice") == invoices
    ]


def _limit_form(customer: Any) -> Form:
    """The account's limits as they are now."""
    return Form.of(
        credit_limit="" if customer.credit_limit is None else f"{customer.credit_limit.normalize():f}",
        blocked="1" if customer.blocked else None,
    )


def _rebates(work: Work, customer_id: UUID) -> list[ShownAgreement]:
    """The agreements that hold for the customer, with where he stands today."""
    if not may(Permission.VIEW_PRICES):
        return []
    agreements = list_agreements(work, customer_id=customer_id)
    return [shown_agreement(work, row, work.today, customer_id) for row in agreements if row.active]
