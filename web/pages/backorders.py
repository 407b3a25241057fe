"""What waits for stock: the register with expected days, follow-ups, and questions to buyers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.backorders.ask_buyer import AskBuyer, ask_buyer
from oms.backorders.errors import BackorderNotFound
from oms.backorders.follow_up import FollowUp, finish_follow_up, follow_up
from oms.backorders.queries import Backorder, BackorderFilter, count_backorders, list_backorders
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import typed_day
from web.pages.csv_files import csv_line, csv_response
from web.pages.navigation import NavEntry
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

bp = Blueprint("backorders", __name__, url_prefix="/backorders")
NAVIGATION = (
    NavEntry(N_("Backorders"), "hourglass", "backorders.index", Permission.VIEW_ORDERS, 24),
)  # fmt: skip
_PAGE = 50
_MOST_IN_FILE = 20_000
_DAYS = (7, 14, 30)
ANSWERS = {
    "wait": N_("Waits"), "substitute": N_("Takes a substitute"), "cancel": N_("Cancelled the rest"),
    "withdrawn": N_("Withdrawn"),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class RegisterPage:
    """rows: (line, address of its order, address of its own page, last answer in words) each; tabs: (label, url, count,
    current); days: (value, label) of how long it waits at least"""

    rows: Sequence[tuple[Backorder, str, str, str]]
    tabs: Sequence[tuple[str, str, int | None, bool]]
    show: str
    sku: str
    customer: str
    age: str
    days: Sequence[tuple[str, str]]
    today: Any
    next_url: str | None
    csv_url: str
    filtered: bool


@dataclass(slots=True, kw_only=True)
class LinePage:
    line: Backorder
    order_url: str
    order_id: str
    line_id: str
    follow_up_id: str
    answer: str
    form: Form
    may_follow: bool
    may_ask: bool


@bp.get("")
@requires(Permission.VIEW_ORDERS)
def index() -> ResponseReturnValue:
    show, filters = _filters()
    after = from_text("lin", request.args.get("after", ""))
    with current_work() as work:
        found, last = list_backorders(work, _wanted(work, show, filters), limit=_PAGE, after=after)
        counts, today = count_backorders(work), work.today
    page = RegisterPage(
        rows=[
            (
                row, url_for("orders.show", order_id=to_text("ord", row.order_id)),
                url_for("backorders.line", line_id=to_text("lin", row.line_id)), _answer(row),
            )
            for row in found
        ],
        tabs=[
            (label, url_for("backorders.index", show=key, **filters), count, key == show)
            for key, label, count in (
                ("all", _("All"), counts.lines), ("overdue", _("Promised day is over"), counts.overdue),
                ("due", _("To follow up today"), counts.due),
            )
        ],
        show=show, sku=filters.get("sku", ""), customer=filters.get("customer", ""), age=filters.get("age", ""),
        days=[(str(days), _("{days} days or more", days=days)) for days in _DAYS], today=today,
        next_url=url_for("backorders.index", show=show, after=to_text("lin", last), **filters) if last else None,
        csv_url=url_for("backorders.export", show=show, **filters), filtered=bool(filters) or show != "all",
    )  # fmt: skip
    return render_template("backorders/index.html", page=page)


@bp.get("/export.csv")
@requires(Permission.VIEW_ORDERS)
def export() -> ResponseReturnValue:
    show, filters = _filters()
    with current_work() as work:
        rows = list(_all(work, _wanted(work, show, filters)))
    heads = [
        _("Order"), _("Customer"), _("SKU"), _("Product"), _("Waiting"), _("Unit"), _("Since"), _("Promised"),
        _("Expected on"), _("Priority"), _("Next step"), _("Follow up by"), _("Answer"),
    ]  # fmt: skip
    lines = [csv_line(heads), *(csv_line(_cells(row)) for row in rows)]
    return csv_response(lines, "backorders.csv")


@bp.get("/<line_id>")
@requires(Permission.VIEW_ORDERS)
def line(line_id: str) -> ResponseReturnValue:
    return _render_line(id_in("lin", line_id), Form())


@bp.post("/<line_id>/follow-up")
@requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
def note(line_id: str) -> ResponseReturnValue:
    sent, key = Form.sent(), id_in("lin", line_id)
    due_on = typed_day(sent, "due_on")
    if sent.refused:
        return _render_line(key, sent)

    def run(work: Work) -> tuple[str, str]:
        found = _one(work, key)
        follow_up(
            work, FollowUp(order_id=found.order_id, line_id=key, note=sent.value("note"), due_on=due_on)
        )  # fmt: skip
        return _("The follow-up is noted."), url_for("backorders.line", line_id=line_id)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"backorder_not_found", "order_not_found", "idempotency_key_missing"}:
            raise
        return _render_line(key, sent.refuse(error, {"follow_up_invalid": "note"}))


@bp.post("/follow-ups/<follow_up_id>/done")
@requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
def done(follow_up_id: str) -> ResponseReturnValue:
    def run(work: Work) -> tuple[str, str]:
        finish_follow_up(work, id_in("bfu", follow_up_id))
        return _("The follow-up is done."), url_for("backorders.index", show="due")

    return run_once(run)


@bp.post("/<line_id>/ask")
@requires(Permission.VIEW_ORDERS, Permission.CHANGE_ORDERS)
def ask(line_id: str) -> ResponseReturnValue:
    key = id_in("lin", line_id)

    def run(work: Work) -> tuple[str, str]:
        found = _one(work, key)
        ask_buyer(work, AskBuyer(order_id=found.order_id, lines=(key,)))
        told = _("The customer is asked by mail and in the portal.") if found.email else _("Asked in the portal.")
        return told, url_for("backorders.line", line_id=line_id)

    return run_once(run)


def _one(work: Work, line_id: UUID) -> Backorder:
    found, _last = list_backorders(work, BackorderFilter(line=line_id), limit=1)
    if not found:
        raise BackorderNotFound()
    return found[0]


def _render_line(line_id: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        found = _one(work, line_id)
        today = work.today
    if not form.values:
        form = Form.of(note=found.note or "", due_on=(found.due_on or today + timedelta(days=1)).isoformat())
    page = LinePage(
        line=found, order_url=url_for("orders.show", order_id=to_text("ord", found.order_id)),
        order_id=to_text("ord", found.order_id), line_id=to_text("lin", found.line_id),
        follow_up_id=to_text("bfu", found.follow_up_id) if found.follow_up_id else "", answer=_answer(found),
        form=form, may_follow=may(Permission.ALLOCATE_ORDERS), may_ask=may(Permission.CHANGE_ORDERS),
    )  # fmt: skip
    return render_template("backorders/line.html", page=page), form.status


def _filters() -> tuple[str, dict[str, Any]]:
    """(tab, the other filters that are set) as the address has them."""
    show = request.args.get("show", "all")
    found = {name: request.args.get(name, "").strip()[:200].replace("\0", "") for name in ("sku", "customer", "age")}
    if found["age"] not in {str(days) for days in _DAYS}:
        found["age"] = ""
    return show if show in {"all", "overdue", "due"} else "all", {key: value for key, value in found.items() if value}


def _wanted(work: Work, show: str, filters: dict[str, Any]) -> BackorderFilter:
    age = filters.get("age")
    return BackorderFilter(
        sku=filters.get("sku"), customer=filters.get("customer"), overdue=show == "overdue", due=show == "due",
        placed_until=work.today - timedelta(days=int(age)) if age else None,
    )  # fmt: skip


def _all(work: Work, wanted: BackorderFilter) -> Iterator[Backorder]:
    after: UUID | None = None
    for _page in range(_MOST_IN_FILE // 1000):
        rows, after = list_backorders(work, wanted, limit=1000, after=after)
        yield from rows
        if after is None:
            return


def _cells(row: Backorder) -> list[str]:
    def day(value: Any) -> str:
        return value.isoformat() if value else ""

    return [
        row.number, row.customer_name, row.sku, row.name, f"{row.backordered.normalize():f}", row.base_unit,
        day(row.placed_on), day(row.promise_on), day(row.expected_on), str(row.priority), row.note or "",
        day(row.due_on), _answer(row),
    ]  # fmt: skip


def _answer(row: Backorder) -> str:
    return _(ANSWERS[row.last_answer]) if row.last_answer else ""
