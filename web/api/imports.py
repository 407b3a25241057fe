"""Imports of order files: send, watch, start, stop, fetch the rows to mend."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.errors import Problem
from kernel.i18n import current_locale, translate
from kernel.ids import to_text
from oms.fields.judge_values import import_keys
from oms.mass.queries import error_file, list_problems, list_runs, read_run
from oms.mass.stage_file import StageFile, stage_file
from oms.mass.steer_import import cancel_import, start_import
from oms.placement.policy_for import policy_for
from tenants.access.permissions import Permission
from web.api.spec import (
    FIELD_INVALID,
    PREFIX,
    ApiBlueprint,
    Id,
    Page,
    RequestInvalid,
    decode_cursor,
    encode_cursor,
    path_id,
)
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_imports", __name__, url_prefix=f"{PREFIX}/imports", description="Imports of order files")


class ImportForm(Schema):
    """Query of an upload; the file is sent as multipart field `file` (CSV, also gzipped, or XLSX)."""

    channel = fields.String(load_default="file")
    order_type = fields.String(load_default="standard")
    check_only = fields.Boolean(load_default=True)
    create_customers = fields.Boolean(load_default=False)
    create_skus = fields.Boolean(load_default=False)


class ImportSchema(Schema):
    """`state`: staged, checking, checked, running, done, failed or cancelled."""

    id = Id("imp")
    file_name = fields.String()
    channel = fields.String()
    order_type = fields.String()
    state = fields.String()
    rows_total = fields.Integer()
    orders_total = fields.Integer()
    orders_done = fields.Integer()
    orders_known = fields.Integer()
    orders_bad = fields.Integer()
    lines_done = fields.Integer()
    lines_skipped = fields.Integer()
    lines_merged = fields.Integer()
    failure = fields.String()
    created_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)


class ImportsSchema(Schema):
    data = fields.List(fields.Nested(ImportSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class FaultsQuery(Page):
    severity = fields.String(load_default=None, validate=validate.OneOf(["error", "notice"]))


class RowFaultSchema(Schema):
    """`row` counts as a spreadsheet does: the header is row 1."""

    row = fields.Integer(attribute="row_no")
    outside_number = fields.String()
    field = fields.String()
    value = fields.String()
    code = fields.String()
    severity = fields.String()
    detail = fields.String()


class FaultsSchema(Schema):
    data = fields.List(fields.Nested(RowFaultSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


def _answer(run_id: UUID, status: HTTPStatus) -> Any:
    with current_work() as work:
        run = read_run(work, run_id)
    location = url_for("api_imports.ImportById", import_id=to_text("imp", run_id))
    return run, status, {"Location": location}


@bp.route("/")
class Imports(MethodView):
    @requires(Permission.IMPORT_ORDERS)
    @bp.arguments(Page, location="query")
    @bp.response(HTTPStatus.OK, ImportsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List imports, newest first."""
        cursor, limit = decode_cursor(query["cursor"], UUID), query["limit"]
        with current_work() as work:
            rows = list_runs(work, limit=limit + 1, after=cursor[0] if cursor else None)
        more = len(rows) > limit
        following = encode_cursor([str(rows[limit - 1].id)]) if more else None
        return {"data": rows[:limit], "has_more": more, "next_cursor": following}

    @requires(Permission.IMPORT_ORDERS)
    @idempotent
    @bp.arguments(ImportForm, location="query")
    @bp.response(HTTPStatus.ACCEPTED, ImportSchema)
    def post(self, query: dict[str, Any]) -> Any:
        """Send a file. It is checked, or run, in the background: watch the import at Location."""
        file = request.files.get("file")
        if file is None or not file.filename:
            raise RequestInvalid(problems=[Problem("/file", "required", FIELD_INVALID, {"reason": "file"})])
        with current_work() as work:
            policy_for(work, query["order_type"])
            command = StageFile(file_name=file.filename, **query)
            staged = stage_file(work, command, file.stream, import_keys(work, "order"), import_keys(work, "order_line"))  # type: ignore[arg-type]
        return _answer(staged.run_id, HTTPStatus.ACCEPTED)


@bp.route("/<import_id>")
class ImportById(MethodView):
    @requires(Permission.IMPORT_ORDERS)
    @bp.response(HTTPStatus.OK, ImportSchema)
    def get(self, import_id: str) -> Any:
        """Read an import with its progress."""
        with current_work() as work:
            return read_run(work, path_id("imp", import_id))


@bp.route("/<import_id>/faults")
class Faults(MethodView):
    @requires(Permission.IMPORT_ORDERS)
    @bp.arguments(FaultsQuery, location="query")
    @bp.response(HTTPStatus.OK, FaultsSchema)
    def get(self, query: dict[str, Any], import_id: str) -> dict[str, Any]:
        """List what is wrong, by row, field and reason."""
        cursor, limit, key = decode_cursor(query["cursor"], int, UUID), query["limit"], path_id("imp", import_id)
        with current_work() as work:
            read_run(work, key)
            rows = list_problems(
                work, key, severity=query["severity"], limit=limit + 1,
                after=(cursor[0], cursor[1]) if cursor else None,
            )  # fmt: skip
        more = len(rows) > limit
        following = encode_cursor([str(rows[limit - 1].row_no), str(rows[limit - 1].id)]) if more else None
        said = [
            {**row._asdict(), "detail": translate(row.message, current_locale(), row.facts)} for row in rows[:limit]
        ]
        return {"data": said, "has_more": more, "next_cursor": following}


@bp.route("/<import_id>/bad-rows.csv")
class BadRows(MethodView):
    @requires(Permission.IMPORT_ORDERS)
    @bp.response(HTTPStatus.OK)
    def get(self, import_id: str) -> Any:
        """The rows of bad orders as CSV, with the reasons beside: mend it and send it again."""
        key = path_id("imp", import_id)
        with current_work() as work:
            text = "".join(error_file(work, key, current_locale()))
        headers = {"Content-Disposition": 'attachment; filename="bad-rows.csv"'}
        return Response(text, content_type="text/csv; charset=utf-8", headers=headers)


@bp.route("/<import_id>/starts")
class Starts(MethodView):
    @requires(Permission.IMPORT_ORDERS)
    @idempotent
    @bp.response(HTTPStatus.ACCEPTED, ImportSchema)
    def post(self, import_id: str) -> Any:
        """Place the orders of a checked import."""
        key = path_id("imp", import_id)
        with current_work() as work:
            start_import(work, key)
        return _answer(key, HTTPStatus.ACCEPTED)


@bp.route("/<import_id>/cancellations")
class ImportCancellations(MethodView):
    @requires(Permission.IMPORT_ORDERS)
    @idempotent
    @bp.response(HTTPStatus.ACCEPTED, ImportSchema)
    def post(self, import_id: str) -> Any:
        """Stop an import after the chunk at hand. What is placed stays placed."""
        key = path_id("imp", import_id)
        with current_work() as work:
            cancel_import(work, key)
        return _answer(key, HTTPStatus.ACCEPTED)
