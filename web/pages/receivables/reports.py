"""Aging of all that is open, and the statement of one customer; both to print and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.customers.queries import read_customer
from oms.receivables.debtor import find_debtor
from oms.receivables.queries import AGE_COLUMNS, read_aging
from oms.receivables.read_statement import Statement, statement_of
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.work import current_work
from web.pages.csv_files import csv_line, csv_response
from web.pages.receivables.blueprint import receivables
from web.pages.receivables.show import POSTING_WORDS
from web.pages.row_ids import id_in

AGE_WORDS = {
    "not_due": N_("Not due"),
    "days_30": N_("1–30 days"),
    "days_60": N_("31–60 days"),
    "days_90": N_("61–90 days"),
    "older": N_("Over 90 days"),
}
_DAYS = 90


@dataclass(slots=True, kw_only=True)
class AgingPage:
    """rows: (row, url of the statement) each; totals: (currency, amounts by column) each"""

    on: date
    columns: Sequence[tuple[str, str]]
    rows: Sequence[tuple[Any, str]]
    totals: Sequence[tuple[str, dict[str, Decimal]]]


@dataclass(slots=True, kw_only=True)
class StatementPage:
    """action: where the days are chosen; company: who writes it"""

    statement: Statement
    customer: Any
    company: str
    words: dict[str, str]
    ages: Sequence[tuple[str, Decimal]]
    action: str
    back: tuple[str, str]


@receivables.get("/aging")
@requires(Permission.VIEW_CREDIT)
def aging() -> ResponseReturnValue:
    with current_work() as work:
        on = day_of(request.args.get("on", "")) or work.today
        rows = read_aging(work, on=on)
    if request.args.get("format") == "csv":
        return csv_response(_csv(rows), f"aging-{on.isoformat()}.csv")
    totals: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        of = totals.setdefault(row.currency, dict.fromkeys((*AGE_COLUMNS, "unapplied", "balance"), Decimal(0)))
        for name in of:
            of[name] += getattr(row, name)
    page = AgingPage(
        on=on, columns=[(name, _(AGE_WORDS[name])) for name in AGE_COLUMNS], totals=list(totals.items()),
        rows=[
            (row, url_for("receivables.statement", customer_id=to_text("cus", row.customer_id))) for row in rows
        ],
    )  # fmt: skip
    return render_template("receivables/aging.html", page=page)


def _csv(rows: Sequence[Any]) -> Iterator[str]:
    labels = [_("Customer"), _("Name"), _("Currency"), *(_(AGE_WORDS[name]) for name in AGE_COLUMNS)]
    yield csv_line([*labels, _("Unapplied payments"), _("Balance")])
    for row in rows:
        amounts = [getattr(row, name) for name in (*AGE_COLUMNS, "unapplied", "balance")]
        yield csv_line([row.number, row.name, row.currency, *(f"{amount:.2f}" for amount in amounts)])


@receivables.get("/statements/<customer_id>")
@requires(Permission.VIEW_CREDIT)
def statement(customer_id: str) -> ResponseReturnValue:
    key = id_in("cus", customer_id)
    with current_work() as work:
        customer = read_customer(work, key)
        debtor = find_debtor(work, key)
        first, last = chosen_days(work.today)
        found = statement_of(work, key, first=first, last=last, currency=debtor.currency)
        company = work.tenant.name
    back = (customer.name, url_for("customers.show", customer_id=customer_id))
    action = url_for("receivables.statement", customer_id=customer_id)
    page = statement_page(found, customer, company, action, back)
    return render_template("receivables/statement.html", page=page)


def statement_page(found: Statement, customer: Any, company: str, action: str, back: tuple[str, str]) -> StatementPage:
    return StatementPage(
        statement=found, customer=customer, company=company, action=action, back=back,
        words={key: _(label) for key, label in POSTING_WORDS.items()},
        ages=[(_(AGE_WORDS[name]), amount) for name, amount in found.ages.items()],
    )  # fmt: skip


def chosen_days(today: date) -> tuple[date, date]:
    """The days of the request, or the last 90."""
    last = day_of(request.args.get("last", "")) or today
    first = day_of(request.args.get("first", "")) or last - timedelta(days=min(_DAYS, last.toordinal() - 1))
    return min(first, last), last


def day_of(text: str) -> date | None:
    """None where it is no day."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
