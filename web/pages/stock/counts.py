"""Counts: the list, starting one, entering what is there (by hand, scanner or file), submitting, approving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.inventory.errors import LocationNotFound
from oms.inventory.queries import location_id_of
from oms.stock_counts.close_count import CountClosed, approve_count, cancel_count, send_count_back, submit_count
from oms.stock_counts.enter_counted import CountedRow, enter_counted
from oms.stock_counts.errors import CountNotFound
from oms.stock_counts.models import STATES
from oms.stock_counts.queries import count_lines, list_counts
from oms.stock_counts.start_count import StartCount, start_count
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.formats import quantity
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import number_in, typed_amount, typed_quantity
from web.pages.csv_files import csv_line, csv_response
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.stock.blueprint import named, place_names, refuse, row_faults, stock
from web.pages.stock.typed_rows import names_in, typed_rows
from web.pages.words import COUNT, Word, word

_ROWS = 50
_SHOWN = 500
_FIELDS = {"location_not_found": "location", "scope_invalid": "value"}
KINDS = (("all", N_("Everything")), ("bin", N_("One bin")), ("category", N_("One category")))


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEntry:
    """row: of `list_counts`; place: the location's name"""

    row: Any
    url: str
    word: Word
    place: str


@dataclass(slots=True, kw_only=True)
class CountsPage:
    entries: Sequence[CountEntry]
    tabs: Sequence[tuple[str, str, int | None, bool]]
    next_url: str | None
    may_count: bool
    locations: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    form: Form


@dataclass(slots=True, kw_only=True)
class CountPage:
    """lines: of `count_lines`; blind: what the books say is not shown to who counts"""

    entry: CountEntry
    id: str
    lines: Sequence[Any]
    blind: bool
    may_count: bool
    may_approve: bool
    form: Form
    faults: Sequence[str] = field(default_factory=list)


@stock.get("/counts")
@requires(Permission.VIEW_STOCK)
def counts() -> ResponseReturnValue:
    return _render_list(Form.of(tolerance_percent="2", tolerance_units="0"))


@stock.post("/counts")
@requires(Permission.VIEW_STOCK, Permission.COUNT_STOCK)
def open_count() -> ResponseReturnValue:
    sent = Form.sent()
    percent, units = (typed_amount(sent, name) for name in ("tolerance_percent", "tolerance_units"))
    kind = sent.value("kind") if sent.value("kind") in dict(KINDS) else "all"
    if sent.refused:
        return _render_list(sent)

    def run(work: Work) -> tuple[str, str]:
        location = location_id_of(work, sent.value("location"))
        if location is None:
            raise LocationNotFound()
        started = start_count(
            work,
            StartCount(
                location_id=location, kind=kind, value=sent.value("value")[:200],  # type: ignore[arg-type]
                tolerance_percent=percent, tolerance_units=units, note=sent.value("note")[:500],
            ),
        )  # fmt: skip
        address = url_for("stock.count_page", count_id=to_text("cnt", started.count_id))
        return _("Count {number} is open: {rows} things to count.", number=started.number, rows=started.lines), address

    try:
        return run_once(run)
    except DomainError as error:
        return _render_list(refuse(sent, error, _FIELDS))


@stock.get("/counts/<count_id>")
@requires(Permission.VIEW_STOCK)
def count_page(count_id: str) -> ResponseReturnValue:
    return _render(id_in("cnt", count_id))


@stock.get("/counts/<count_id>/rows.csv")
@requires(Permission.VIEW_STOCK)
def count_file(count_id: str) -> Response:
    """To count on paper or in a spreadsheet: the columns that come back are the first four."""
    with current_work() as work:
        found = list_counts(work, count_id=id_in("cnt", count_id), limit=1)
        if not found:
            raise CountNotFound()
        lines = count_lines(work, found[0].id)
    head = csv_line(["sku", "counted", "bin", "lot", "serials", "name"])
    rows = (
        csv_line(
            [
                line.sku, "" if line.counted is None else format(line.counted.normalize(), "f"), line.bin or "",
                line.lot or "", " ".join(line.serials), line.name,
            ]
        )
        for line in lines
    )  # fmt: skip
    return csv_response([head, *rows], f"{found[0].number}.csv")


@stock.post("/counts/<count_id>/enter")
@requires(Permission.VIEW_STOCK, Permission.COUNT_STOCK)
def enter(count_id: str) -> ResponseReturnValue:
    """One thing after the other: by hand or by scanner, whose Enter sends the form."""
    sent = Form.sent()
    units = typed_quantity(sent, "counted")
    row = CountedRow(
        sku=sent.value("sku").strip(), counted=units, bin=sent.value("bin").strip(), lot=sent.value("lot").strip(),
        serials=names_in(sent.value("serials")),
    )  # fmt: skip

    def run(work: Work, found: UUID) -> str:
        enter_counted(work, found, [row], add=sent.checked("add"))
        return _("{sku}: {count} counted.", sku=row.sku, count=quantity(units))

    return _step(count_id, run, sent)


@stock.post("/counts/<count_id>/rows")
@requires(Permission.VIEW_STOCK, Permission.COUNT_STOCK)
def enter_rows(count_id: str) -> ResponseReturnValue:
    """Many at once: pasted, or as a file. Rows without a number are left out: nobody counted them."""
    sent = Form.sent()
    typed = [row for row in typed_rows(sent, "rows", 5) if row[1]]
    rows = [
        CountedRow(sku=sku, counted=number_in(units), bin=of_bin, lot=lot, serials=names_in(serials))
        for sku, units, of_bin, lot, serials in typed
    ]

    def run(work: Work, found: UUID) -> str:
        return _("{rows} things are counted.", rows=enter_counted(work, found, rows))

    return _step(count_id, run, sent)


@stock.post("/counts/<count_id>/submit")
@requires(Permission.VIEW_STOCK, Permission.COUNT_STOCK)
def submit(count_id: str) -> ResponseReturnValue:
    return _step(count_id, lambda work, found: _closed(submit_count(work, found)))


@stock.post("/counts/<count_id>/approve")
@requires(Permission.VIEW_STOCK, Permission.APPROVE_COUNTS)
def approve(count_id: str) -> ResponseReturnValue:
    return _step(count_id, lambda work, found: _closed(approve_count(work, found)))


@stock.post("/counts/<count_id>/recount")
@requires(Permission.VIEW_STOCK, Permission.APPROVE_COUNTS)
def recount(count_id: str) -> ResponseReturnValue:
    def run(work: Work, found: UUID) -> str:
        send_count_back(work, found)
        return _("The rows beyond tolerance are to be counted again.")

    return _step(count_id, run)


@stock.post("/counts/<count_id>/cancel")
@requires(Permission.VIEW_STOCK, Permission.COUNT_STOCK)
def cancel_counting(count_id: str) -> ResponseReturnValue:
    def run(work: Work, found: UUID) -> str:
        cancel_count(work, found)
        return _("The count is cancelled; nothing was posted.")

    return _step(count_id, run)


def _closed(closed: CountClosed) -> str:
    if closed.state == "review":
        return _("{rows} differences are beyond tolerance: somebody else has to approve them.", rows=closed.beyond)
    return _("Posted: {rows} differences.", rows=closed.differences)


def _step(count_id: str, step: Callable[[Work, UUID], str], sent: Form | None = None) -> ResponseReturnValue:
    found, form = id_in("cnt", count_id), sent or Form.sent()
    if form.refused:
        return _render(found, form)
    try:
        return run_once(lambda work: (step(work, found), url_for("stock.count_page", count_id=count_id)))
    except DomainError as error:
        if error.code in {"count_not_found", "idempotency_key_missing"}:
            raise
        return _render(found, refuse(form, error), row_faults(error))


def _render(count_id: UUID, form: Form | None = None, faults: Sequence[str] = ()) -> ResponseReturnValue:
    with current_work() as work:
        found = list_counts(work, count_id=count_id, limit=1)
        if not found:
            raise CountNotFound()
        lines = count_lines(work, count_id, limit=_SHOWN)
    page = CountPage(
        entry=_entry(found[0]), id=to_text("cnt", count_id), lines=lines,
        blind=found[0].state == "counting" and not may(Permission.APPROVE_COUNTS),
        may_count=may(Permission.COUNT_STOCK), may_approve=may(Permission.APPROVE_COUNTS), form=form or Form(),
        faults=faults,
    )  # fmt: skip
    return render_template("stock/count.html", page=page), page.form.status


def _render_list(form: Form) -> ResponseReturnValue:
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    with current_work() as work:
        rows = list_counts(
            work, state=state or None, limit=_ROWS + 1, before=from_text("cnt", request.args.get("before", ""))
        )
        locations = place_names(work)
    last = rows[_ROWS - 1] if len(rows) > _ROWS else None
    tabs = [(_("All"), url_for("stock.counts"), None, not state)]
    tabs += [(str(COUNT[each]), url_for("stock.counts", state=each), None, state == each) for each in STATES]
    page = CountsPage(
        entries=[_entry(row) for row in rows[:_ROWS]], tabs=tabs, may_count=may(Permission.COUNT_STOCK),
        locations=locations, kinds=[(key, _(label)) for key, label in KINDS], form=form,
        next_url=url_for("stock.counts", state=state or None, before=to_text("cnt", last.id)) if last else None,
    )  # fmt: skip
    return render_template("stock/counts.html", page=page), form.status


def _entry(row: Any) -> CountEntry:
    address = url_for("stock.count_page", count_id=to_text("cnt", row.id))
    return CountEntry(row=row, url=address, word=word(COUNT, row.state), place=named(row.location_names, row.location))
