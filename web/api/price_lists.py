"""Price lists and their rows, to be read and kept in step."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.pricing.errors import PricesFaulty
from oms.pricing.models import SCOPES
from oms.pricing.put_tiers import Tier, put_tiers
from oms.pricing.read_lists import list_price_lists, list_tiers, read_price_list
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.api.prices import PlaceSchema, TierSchema
from web.api.spec import PREFIX, ApiBlueprint, Page, decode_cursor, encode_cursor
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_price_lists", __name__, url_prefix=f"{PREFIX}/prices", description="Prices")


class ListSummarySchema(Schema):
    """`rows` is counted up to 10,001."""

    key = fields.String()
    names = fields.Dict()
    currency = fields.String()
    scope = fields.String()
    priority = fields.Integer()
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)
    active = fields.Boolean()
    rows = fields.Integer()


class ListDetailSchema(Schema):
    key = fields.String()
    names = fields.Dict()
    currency = fields.String()
    scope = fields.String()
    priority = fields.Integer()
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)
    active = fields.Boolean()
    customers = fields.List(fields.String())
    groups = fields.List(fields.String())
    channels = fields.List(fields.String())
    places = fields.List(fields.Nested(PlaceSchema))


class ListsQuery(Page):
    search = fields.String(load_default="", validate=validate.Length(max=200))
    scope = fields.String(load_default=None, validate=validate.OneOf(SCOPES))


class ListsSchema(Schema):
    data = fields.List(fields.Nested(ListSummarySchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class RowsQuery(Page):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=1000))
    search = fields.String(load_default="", validate=validate.Length(max=200))


class RowsSchema(Schema):
    data = fields.List(fields.Nested(TierSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class PutRowsSchema(Schema):
    """Rows to make or change, by SKU and `from_quantity`. Where one is at fault, none is saved."""

    tiers = fields.List(fields.Nested(TierSchema), required=True, validate=validate.Length(min=1, max=10_000))


class RowsSavedSchema(Schema):
    key = fields.String()
    saved = fields.Integer()


@bp.route("/lists")
class PriceLists(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.arguments(ListsQuery, location="query")
    @bp.response(HTTPStatus.OK, ListsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List price lists by key."""
        limit, cursor = query["limit"], decode_cursor(query["cursor"], str)
        with current_work() as work:
            rows = list_price_lists(
                work, search=query["search"], scope=query["scope"], limit=limit + 1, after=cursor[0] if cursor else None
            )
        more = len(rows) > limit
        following = encode_cursor([rows[limit - 1].key]) if more else None
        return {"data": rows[:limit], "has_more": more, "next_cursor": following}


@bp.route("/lists/<key>")
class PriceList(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.response(HTTPStatus.OK, ListDetailSchema)
    def get(self, key: str) -> dict[str, Any]:
        """Read a price list and for whom it is; its rows are a list of their own."""
        with current_work() as work:
            row, targets = read_price_list(work, key)
        return {
            **row._asdict(), "customers": [one.customer for one in targets if one.customer],
            "groups": [one.customer_group for one in targets if one.customer_group],
            "channels": [one.channel for one in targets if one.channel],
            "places": [{"country": one.country, "region": one.region or ""} for one in targets if one.country],
        }  # fmt: skip


@bp.route("/lists/<key>/rows")
class PriceRows(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.arguments(RowsQuery, location="query")
    @bp.response(HTTPStatus.OK, RowsSchema)
    def get(self, query: dict[str, Any], key: str) -> dict[str, Any]:
        """List the rows of a price list by SKU and quantity."""
        limit, cursor = query["limit"], decode_cursor(query["cursor"], str, Decimal)
        with current_work() as work:
            found, _ = read_price_list(work, key)
            after = (cursor[0], cursor[1]) if cursor else None
            rows = list_tiers(work, found.id, search=query["search"], limit=limit + 1, after=after)
        more = len(rows) > limit
        last = rows[limit - 1] if more else None
        following = encode_cursor([last.sku, str(last.from_quantity)]) if last else None
        return {"data": rows[:limit], "has_more": more, "next_cursor": following}

    @requires(Permission.EDIT_PRICES)
    @idempotent
    @bp.arguments(PutRowsSchema)
    @bp.response(HTTPStatus.OK, RowsSavedSchema)
    def post(self, data: dict[str, Any], key: str) -> Any:
        """Make or change up to 10,000 rows of a price list. They hold from the next order on."""
        with current_work() as work:
            found, _ = read_price_list(work, key)
            faults = put_tiers(work, found.id, [Tier(**tier) for tier in data["tiers"]])
            if faults:
                raise PricesFaulty(problems=[fault.problem() for fault in faults])
            audit(work, "price_list.rows", "price_list", key, {"rows": (None, len(data["tiers"]))})
        return {"key": key, "saved": len(data["tiers"])}, HTTPStatus.OK
