"""Counts of stock: start, enter, submit, approve."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.db import Work
from kernel.ids import from_text
from oms.inventory.errors import LocationNotFound
from oms.inventory.queries import location_id_of
from oms.stock_counts.close_count import approve_count, cancel_count, send_count_back, submit_count
from oms.stock_counts.enter_counted import CountedRow, enter_counted
from oms.stock_counts.errors import CountNotFound
from oms.stock_counts.models import STATES
from oms.stock_counts.queries import count_lines, list_counts
from oms.stock_counts.start_count import StartCount, start_count
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Page, Quantity, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_counts", __name__, url_prefix=f"{PREFIX}/stock/counts", description="Counts of stock")


class NewCountSchema(Schema):
    """`kind` all counts the location; bin and category need `value`. A difference beyond both tolerances has to be
    approved by somebody who did not count it."""

    location = fields.String(required=True)
    kind = fields.String(load_default="all", validate=validate.OneOf(["all", "bin", "category"]))
    value = fields.String(load_default="", validate=validate.Length(max=200))
    tolerance_percent = Quantity(load_default=0, minimum=0)
    tolerance_units = Quantity(load_default=0, minimum=0)
    note = fields.String(load_default="", validate=validate.Length(max=500))


class CountedRowSchema(Schema):
    sku = fields.String(required=True)
    counted = Quantity(required=True, minimum=0)
    bin = fields.String(load_default="")
    lot = fields.String(load_default="")
    serials = fields.List(fields.String(validate=validate.Length(min=1, max=100)), load_default=list)


class CountedSchema(Schema):
    """`add` puts the units on top of what was counted before."""

    add = fields.Boolean(load_default=False)
    rows = fields.List(fields.Nested(CountedRowSchema), required=True, validate=validate.Length(min=1, max=5000))


class CountLineSchema(Schema):
    """`expected` is what the books said in the moment in which it was counted."""

    sku = fields.String()
    bin = fields.String(allow_none=True)
    lot = fields.String(allow_none=True)
    counted = Quantity(allow_none=True)
    expected = Quantity(allow_none=True)
    difference = Quantity(allow_none=True)
    beyond = fields.Boolean()
    counted_at = fields.AwareDateTime(allow_none=True)
    counted_by = fields.String()


class CountHeadSchema(Schema):
    """`state` is counting, review, posted or cancelled; `beyond` counts rows that somebody has to approve."""

    id = Id("cnt")
    number = fields.String()
    location = fields.String()
    scope = fields.String()
    state = fields.String()
    tolerance_percent = Quantity()
    tolerance_units = Quantity()
    counted = fields.Integer()
    differences = fields.Integer()
    beyond = fields.Integer()
    created_at = fields.AwareDateTime()
    created_by = fields.String()
    submitted_by = fields.String()
    closed_by = fields.String()


class CountSchema(CountHeadSchema):
    """A count with its rows."""

    lines = fields.List(fields.Nested(CountLineSchema))


class CountQuery(Page):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class CountsSchema(Schema):
    data = fields.List(fields.Nested(CountHeadSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


def _one(work: Work, count_id: UUID) -> dict[str, Any]:
    found = list_counts(work, count_id=count_id, limit=1)
    if not found:
        raise CountNotFound()
    return {**found[0]._asdict(), "lines": count_lines(work, count_id)}


def _after(count_id: str, step: Callable[[Work, UUID], Any]) -> Any:
    with current_work() as work:
        found = path_id("cnt", count_id)
        step(work, found)
        return _one(work, found), HTTPStatus.CREATED


@bp.route("/")
class Counts(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.arguments(CountQuery, location="query")
    @bp.response(HTTPStatus.OK, CountsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List counts, newest first."""
        cursor, limit = decode_cursor(query["cursor"], lambda text: from_text("cnt", text)), query["limit"]
        with current_work() as work:
            rows = list_counts(work, state=query["state"], limit=limit + 1, before=cursor[0] if cursor else None)
        more = len(rows) > limit
        following = encode_cursor([Id("cnt")._serialize(rows[limit - 1].id, None, None)]) if more else None
        return {"data": [row._asdict() for row in rows[:limit]], "has_more": more, "next_cursor": following}

    @requires(Permission.COUNT_STOCK)
    @idempotent
    @bp.arguments(NewCountSchema)
    @bp.response(HTTPStatus.CREATED, CountSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Start a count. Stock goes on moving meanwhile."""
        with current_work() as work:
            location = location_id_of(work, data.pop("location"))
            if location is None:
                raise LocationNotFound()
            started = start_count(work, StartCount(location_id=location, **data))
            return _one(work, started.count_id), HTTPStatus.CREATED


@bp.route("/<count_id>")
class CountById(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.response(HTTPStatus.OK, CountSchema)
    def get(self, count_id: str) -> Any:
        """Read a count with its rows."""
        with current_work() as work:
            return _one(work, path_id("cnt", count_id))


@bp.route("/<count_id>/rows")
class CountedRows(MethodView):
    @requires(Permission.COUNT_STOCK)
    @idempotent
    @bp.arguments(CountedSchema)
    @bp.response(HTTPStatus.CREATED, CountSchema)
    def post(self, data: dict[str, Any], count_id: str) -> Any:
        """Enter what was counted."""
        rows = [CountedRow(**{**row, "serials": tuple(row["serials"])}) for row in data["rows"]]
        return _after(count_id, lambda work, found: enter_counted(work, found, rows, add=data["add"]))


@bp.route("/<count_id>/submissions")
class Submissions(MethodView):
    @requires(Permission.COUNT_STOCK)
    @idempotent
    @bp.response(HTTPStatus.CREATED, CountSchema)
    def post(self, count_id: str) -> Any:
        """End counting. Differences within tolerance are posted at once."""
        return _after(count_id, submit_count)


@bp.route("/<count_id>/approvals")
class CountApprovals(MethodView):
    @requires(Permission.APPROVE_COUNTS)
    @idempotent
    @bp.response(HTTPStatus.CREATED, CountSchema)
    def post(self, count_id: str) -> Any:
        """Approve the differences and post them."""
        return _after(count_id, approve_count)


@bp.route("/<count_id>/recounts")
class Recounts(MethodView):
    @requires(Permission.APPROVE_COUNTS)
    @idempotent
    @bp.response(HTTPStatus.CREATED, CountSchema)
    def post(self, count_id: str) -> Any:
        """Send rows beyond tolerance back to be counted again."""
        return _after(count_id, send_count_back)


@bp.route("/<count_id>/cancellations")
class CountCancellations(MethodView):
    @requires(Permission.COUNT_STOCK)
    @idempotent
    @bp.response(HTTPStatus.CREATED, CountSchema)
    def post(self, count_id: str) -> Any:
        """Cancel it; nothing is posted."""
        return _after(count_id, cancel_count)
