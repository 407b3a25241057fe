"""The rows of a document's decision table as a spreadsheet, out and in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError, NotFound
from kernel.i18n import N_, _, current_locale
from low_code.diagnostics import Diagnostic
from low_code.documents.compiled import configuration
from low_code.documents.queries import find_draft
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.registry import Configuration, Kind, installed
from low_code.registry.structure import structure_problems
from low_code.rules.sheets import CellFault, SheetColumns, read_sheet, sheet_columns, write_sheet
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.documents import known_kind
from web.builder.judge import documents_with
from web.builder.shown import ShownProblem, document_name, shown_diagnostics
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work, in_current_work

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_FILE = N_("Choose the spreadsheet.")
UNSOUND = N_("The columns of this table have faults. Mend them in the document first.")


class NoTable(NotFound):
    code = "no_table"
    message = N_("“{key}” is no document with a table.")


@dataclass(slots=True, kw_only=True)
class SheetPage:
    """rows: of the table as it is now; headings: of its sheet; etag: of the draft that is seen, "" for none"""

    kind: str
    key: str
    name: str
    rows: int
    headings: list[str]
    etag: str
    form: Form
    may_edit: bool
    unsound: list[ShownProblem]
    faults: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stored:
    """The document as somebody who edits it sees it."""

    body: Mapping[str, Any]
    etag: str
    columns: SheetColumns | None
    problems: tuple[Diagnostic, ...]


@bp.get("/<kind>/<key>/rows")
@requires(Permission.VIEW_CONFIG)
def sheet(kind: str, key: str) -> ResponseReturnValue:
    return _render(known_kind(kind), key, Form())


@bp.get("/<kind>/<key>/rows.xlsx")
@requires(Permission.VIEW_CONFIG)
def download_sheet(kind: str, key: str) -> ResponseReturnValue:
    with current_work() as work:
        stored = _stored(work, known_kind(kind), key)
    if stored.columns is None:
        return redirect(url_for("builder.sheet", kind=kind, key=key))
    data = write_sheet(stored.body["table"], stored.columns, current_locale())
    headers = {"Content-Disposition": f'attachment; filename="{kind}-{key}.xlsx"'}
    return Response(data, mimetype=XLSX, headers=headers)


@bp.post("/<kind>/<key>/rows")
@requires(Permission.EDIT_CONFIG)
def take_sheet(kind: str, key: str) -> ResponseReturnValue:
    """All rows or none: where one cell is wrong the draft stays as it was."""
    found, sent, file = known_kind(kind), Form.sent(), request.files.get("file")
    if file is None or not file.filename:
        return _render(found, key, sent.refuse_field("file", _(NO_FILE)))
    data = file.read()
    with current_work() as work:
        stored = _stored(work, found, key)
    if stored.columns is None:
        sent.status = 422
        return _render(found, key, sent)
    read = read_sheet(data, stored.columns, current_locale())
    if read.rows is None:
        sent.status = 422
        return _render(found, key, sent, read.faults)
    body = {**stored.body, "table": {**stored.body["table"], "rows": read.rows}}
    command = SaveDraft(kind=kind, key=key, body=body, etag=sent.value("etag") or None)
    try:
        in_current_work(lambda work: save_draft(work, command))
    except DomainError as error:
        return _render(found, key, sent.refuse(error))
    flash(_("{count} rows were taken into the draft.", count=len(read.rows)), "ok")
    return redirect(url_for("builder.show", kind=kind, key=key))


def has_table(kind: Kind) -> bool:
    return bool(kind.schema.get("properties", {}).get("table", {}).get("x-table"))


def _stored(work: Work, kind: Kind, key: str) -> _Stored:
    draft, head = find_draft(work, kind.name, key), configuration(work)
    body = draft.body if draft is not None and draft.body is not None else head.body(kind.name, key)
    if not has_table(kind) or not isinstance(body, Mapping) or not isinstance(body.get("table"), Mapping):
        raise NoTable(key=key)
    etag = draft.etag if draft is not None else ""
    bare = {**body, "table": {**body["table"], "rows": []}}  # faults in rows are what a sheet may mend
    if not kind.validator.is_valid(bare):
        return _Stored(body, etag, None, tuple(structure_problems(kind.validator, bare)))
    would_be = Configuration(installed(), documents_with(work, head, {}), previous=head)
    about = kind.subject(key, body, would_be)
    if about is None or about not in would_be.registry.subjects:
        return _Stored(body, etag, None, tuple(kind.check(key, bare, would_be)))
    columns, problems = sheet_columns(body["table"], would_be.subject(about))
    return _Stored(body, etag, columns, tuple(problem.under("/table") for problem in problems))


def _render(kind: Kind, key: str, form: Form, faults: tuple[CellFault, ...] = ()) -> ResponseReturnValue:
    with current_work() as work:
        stored = _stored(work, kind, key)
    if stored.columns is None:
        form.message = _(UNSOUND)
    rows = stored.body["table"].get("rows")
    page = SheetPage(
        kind=kind.name,
        key=key,
        name=document_name(kind.name, key, stored.body),
        rows=len(rows) if isinstance(rows, list) else 0,
        headings=stored.columns.headings() if stored.columns else [],
        etag=form.value("etag") if form.refused else stored.etag,
        form=form,
        may_edit=may(Permission.EDIT_CONFIG),
        unsound=shown_diagnostics(stored.problems, {}),
        faults=[(fault.cell, fault.sentence(current_locale())) for fault in faults],
    )
    return render_template("builder/rows.html", page=page), form.status
