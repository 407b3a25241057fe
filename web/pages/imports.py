"""Imports: a file comes in, is checked row by row, and is then placed by a worker while anybody may watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePath
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text, to_text
from oms.fields.judge_values import import_keys
from oms.mass.mapping import FIELDS, REQUIRED
from oms.mass.queries import count_problems, error_file, list_problems, list_runs, read_run
from oms.mass.stage_file import StageFile, stage_file
from oms.mass.steer_import import cancel_import, start_import
from oms.placement.policy_for import order_types
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work
from web.pages.csv_files import csv_line, csv_response
from web.pages.navigation import WORK, NavEntry
from web.pages.orders.asked import channels
from web.pages.row_ids import id_in
from web.pages.words import IMPORT, Word, word

bp = Blueprint("imports", __name__, url_prefix="/imports")
NAVIGATION = (NavEntry(N_("Imports"), "file-import", "imports.index", Permission.IMPORT_ORDERS, 30, WORK),)
_RUNS, _FAULTS = 20, 100
_AT_WORK = frozenset({"staging", "staged", "checking", "running"})
_FIELDS_OF_FORM = {"file_unreadable": "file", "file_empty": "file", "columns_missing": "file"}
FILE_MISSING = N_("Choose a file.")
TYPE_MISSING = N_("Choose an order type that takes orders from this channel.")
_SAMPLE = (
    ("outside_number", "W-1001", "W-1001"), ("customer_number", "C-1001", "C-1001"), ("sku", "SKU-1", "SKU-2"),
    ("quantity", "12", "3"), ("unit", "", ""), ("unit_price", "", ""), ("requested_on", "2026-12-01", "2026-12-01"),
    ("ship_to.recipient", "Ann Lee", "Ann Lee"), ("ship_to.street", "1 Main Street", "1 Main Street"),
    ("ship_to.city", "Hamburg", "Hamburg"), ("ship_to.postal_code", "20095", "20095"),
    ("ship_to.country", "DE", "DE"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    run: Any
    url: str
    word: Word


@dataclass(slots=True, kw_only=True)
class ImportsPage:
    """columns: (label, whether it is required) of what a file may have"""

    runs: Sequence[ListedRun]
    form: Form
    channels: Sequence[tuple[str, str]]
    types: Sequence[tuple[str, str]]
    columns: Sequence[tuple[str, bool]]
    next_url: str | None
    previous_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    row: int
    number: str
    field: str
    value: str
    reason: str
    notice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultGroup:
    """rows: how many rows have it; reason: without the rows' own values"""

    reason: str
    rows: int
    notice: bool


@dataclass(slots=True, kw_only=True)
class RunPage:
    """done: orders that are decided so far, of `run.orders_total`; watching: asks again every second"""

    id: str
    run: Any
    word: Word
    done: int
    percent: int
    watching: bool
    check_only: bool
    counts: Sequence[tuple[str, int]]
    groups: Sequence[FaultGroup]
    faults: Sequence[Fault]
    has_errors: bool
    may_start: bool
    may_cancel: bool
    next_url: str | None
    previous_url: str | None


@bp.get("")
@requires(Permission.IMPORT_ORDERS)
def index() -> ResponseReturnValue:
    return _render_index(Form.of(channel="file", check_only="1"))


@bp.post("")
@requires(Permission.IMPORT_ORDERS)
def upload() -> ResponseReturnValue:
    """The whole file goes into staging in one transaction; a worker takes it from there."""
    sent, file = Form.sent(), request.files.get("file")
    if file is None or not file.filename:
        return _render_index(sent.refuse_field("file", _(FILE_MISSING)))
    try:
        with current_work() as work:
            if sent.value("type") not in order_types(work, sent.value("channel")):
                sent.refuse_field("type", _(TYPE_MISSING))
                run_id = None
            else:
                run_id = _stage(work, sent, cast(BinaryIO, file.stream), PurePath(file.filename).name[:200])
    except DomainError as error:
        return _render_index(sent.refuse(error, _FIELDS_OF_FORM))
    if run_id is None:
        return _render_index(sent)
    return redirect(url_for("imports.show", run_id=to_text("imp", run_id)), 303)


@bp.get("/sample.csv")
@requires(Permission.IMPORT_ORDERS)
def sample() -> ResponseReturnValue:
    """A file of one order with two lines, with the columns in the reader's language."""
    heads = [_(FIELDS[name][0]) for name, _first, _second in _SAMPLE]
    rows = [heads, *([line[position] for line in _SAMPLE] for position in (1, 2))]
    return csv_response([csv_line(row) for row in rows], "orders-sample.csv")


@bp.get("/<run_id>")
@requires(Permission.IMPORT_ORDERS)
def show(run_id: str) -> ResponseReturnValue:
    """htmx asks for the progress alone."""
    with current_work() as work:
        page = _run_page(work, run_id)
    if request.headers.get("HX-Request"):
        response = render_template("imports/_progress.html", page=page)
        # The last look, when the run has ended, renews the whole page: faults and buttons are there now.
        return response, 200, {} if page.watching else {"HX-Refresh": "true"}
    return render_template("imports/show.html", page=page)


@bp.get("/<run_id>/errors.csv")
@requires(Permission.IMPORT_ORDERS)
def errors(run_id: str) -> ResponseReturnValue:
    key, locale = id_in("imp", run_id), current_locale()
    with current_work() as work:
        read_run(work, key)

    def lines() -> Any:
        with current_work() as work:
            yield from error_file(work, key, locale)

    return csv_response(stream_with_context(lines()), "errors.csv")


@bp.post("/<run_id>/start")
@requires(Permission.IMPORT_ORDERS)
def start(run_id: str) -> ResponseReturnValue:
    key = id_in("imp", run_id)
    with current_work() as work:
        start_import(work, key)
        audit(work, "import.start", "import", to_text("imp", key))
    flash(_("The import starts now. You may leave this page."), "ok")
    return redirect(url_for("imports.show", run_id=run_id), 303)


@bp.post("/<run_id>/cancel")
@requires(Permission.IMPORT_ORDERS)
def cancel(run_id: str) -> ResponseReturnValue:
    key = id_in("imp", run_id)
    with current_work() as work:
        cancel_import(work, key)
        audit(work, "import.cancel", "import", to_text("imp", key))
    flash(_("The import stops after the orders it is at. What is placed stays placed."), "ok")
    return redirect(url_for("imports.show", run_id=run_id), 303)


def _stage(work: Work, sent: Form, file: BinaryIO, name: str) -> UUID:
    command = StageFile(
        file_name=name,
        channel=sent.value("channel"),
        order_type=sent.value("type"),
        check_only=sent.checked("check_only"),
        create_customers=sent.checked("create_customers"),
        create_skus=sent.checked("create_skus"),
    )
    staged = stage_file(work, command, file, import_keys(work, "order"), import_keys(work, "order_line"))
    changes = {"file": (None, name), "rows": (None, staged.rows), "check_only": (None, command.check_only)}
    audit(work, "import.upload", "import", to_text("imp", staged.run_id), changes)
    return staged.run_id


def _render_index(form: Form) -> ResponseReturnValue:
    after = from_text("imp", request.args.get("after", ""))
    with current_work() as work:
        runs = list_runs(work, limit=_RUNS + 1, after=after)
        types = order_types(work)
    locale = current_locale()
    page = ImportsPage(
        runs=[
            ListedRun(run=run, url=url_for("imports.show", run_id=to_text("imp", run.id)), word=word(IMPORT, run.state))
            for run in runs[:_RUNS]
        ],
        form=form,
        channels=channels(),
        types=[(key, name_in(names, locale)) for key, names in types.items()],
        columns=[(_(label), name in REQUIRED) for name, (label, _headers) in FIELDS.items()],
        next_url=url_for("imports.index", after=to_text("imp", runs[_RUNS - 1].id)) if len(runs) > _RUNS else None,
        previous_url=url_for("imports.index") if after else None,
    )  # fmt: skip
    return render_template("imports/index.html", page=page), form.status


def _run_page(work: Work, run_id: str) -> RunPage:
    key = id_in("imp", run_id)
    run = read_run(work, key)
    trail = [each for each in request.args.getlist("after") if _after(each)][-60:]
    found = list_problems(work, key, limit=_FAULTS + 1, after=_after(trail[-1]) if trail else None)
    more = len(found) > _FAULTS
    groups = count_problems(work, key)
    done = run.orders_done + run.orders_known + run.orders_bad
    check_only = bool(run.options.get("check_only"))
    mark = f"{found[_FAULTS - 1].row_no}.{to_text('prb', found[_FAULTS - 1].id)}" if more else ""
    return RunPage(
        id=to_text("imp", run.id),
        run=run,
        word=word(IMPORT, run.state),
        done=done,
        percent=int(Decimal(done) * 100 / run.orders_total) if run.orders_total else 0,
        watching=run.state in _AT_WORK,
        check_only=check_only,
        counts=[
            (_("Rows"), run.rows_total),
            (_("Orders"), run.orders_total),
            (_("Can be placed") if check_only else _("Placed"), run.orders_done),
            (_("Placed before"), run.orders_known),
            (_("With faults"), run.orders_bad),
            (_("Lines left out"), run.lines_skipped),
            (_("Lines added up"), run.lines_merged),
        ],
        groups=[_group(each) for each in groups],
        faults=[_fault(each) for each in found[:_FAULTS]],
        has_errors=any(each.severity == "error" for each in groups),
        may_start=run.state == "checked" and run.orders_done > 0,
        may_cancel=run.state in {"staged", "checking", "running"} and not run.cancel_requested,
        next_url=url_for("imports.show", run_id=run_id, after=[*trail, mark]) if more else None,
        previous_url=url_for("imports.show", run_id=run_id, after=trail[:-1]) if trail else None,
    )


def _group(row: Any) -> FaultGroup:
    """The rows' own values are left open."""
    return FaultGroup(
        reason=said(row.message, {"value": "…", "reason": "…"}), rows=row.rows, notice=row.severity == "notice"
    )


def _fault(row: Any) -> Fault:
    label = FIELDS.get(row.field, (row.field.removeprefix("line.").removeprefix("custom."), ()))[0]
    return Fault(
        row=row.row_no,
        number=row.outside_number,
        field=_(label) if label else "",
        value=row.value,
        reason=said(row.message, row.facts),
        notice=row.severity == "notice",
    )


def _after(text: str) -> tuple[int, UUID] | None:
    row, _dot, problem = text.partition(".")
    found = from_text("prb", problem)
    return (int(row), found) if found is not None and row.isdecimal() and len(row) < 10 else None
