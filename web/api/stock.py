"""Stock: positions, receipts, adjustments."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.catalog.queries import sku_id_of
from oms.inventory.errors import LocationNotFound, SkuNotFound
from oms.inventory.move_stock import AdjustStock, ReceiveStock, adjust_stock, receive_stock
from oms.inventory.queries import list_positions, location_id_of
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Page, Quantity, decode_cursor, encode_cursor
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_stock", __name__, url_prefix=f"{PREFIX}/stock", description="Stock")


class PositionSchema(Schema):
    """One SKU at one location, in base units. available = on_hand - allocated - reserved - safety_stock, at least 0."""

    sku = fields.String()
    location = fields.String()
    on_hand = Quantity()
    allocated = Quantity()
    reserved = Quantity()
    safety_stock = Quantity()
    available = Quantity()


class PositionQuery(Page):
    sku = fields.String(load_default=None)
    location = fields.String(load_default=None)
    search = fields.String(load_default="")
    short_only = fields.Boolean(load_default=False)


class PositionsSchema(Schema):
    data = fields.List(fields.Nested(PositionSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class ReceiptSchema(Schema):
    sku = fields.String(required=True)
    location = fields.String(required=True)
    quantity = Quantity(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=300))


class AdjustmentSchema(Schema):
    """`change` is how many base units more (or, negative, fewer) there are than the books said."""

    sku = fields.String(required=True)
    location = fields.String(required=True)
    change = Quantity(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=300))


def _place(work: Any, data: dict[str, Any]) -> tuple[UUID, UUID]:
    sku, location = sku_id_of(work, data["sku"]), location_id_of(work, data["location"])
    if sku is None:
        raise SkuNotFound()
    if location is None:
        raise LocationNotFound()
    return sku, location


def _position(work: Any, data: dict[str, Any]) -> Any:
    (row,) = list_positions(work, sku=data["sku"], location=data["location"], limit=1)
    return row


@bp.route("/")
class Positions(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.arguments(PositionQuery, location="query")
    @bp.response(HTTPStatus.OK, PositionsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List positions by SKU and location."""
        cursor, limit = decode_cursor(query.pop("cursor"), str, str), query.pop("limit")
        with current_work() as work:
            rows = list_positions(work, **query, limit=limit + 1, after=(cursor[0], cursor[1]) if cursor else None)
        more = len(rows) > limit
        following = encode_cursor([rows[limit - 1].sku, rows[limit - 1].location]) if more else None
        return {"data": rows[:limit], "has_more": more, "next_cursor": following}


@bp.route("/receipts")
class Receipts(MethodView):
    @requires(Permission.ADJUST_STOCK)
    @idempotent
    @bp.arguments(ReceiptSchema)
    @bp.response(HTTPStatus.CREATED, PositionSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Receive stock. Orders that wait for it are filled within seconds."""
        with current_work() as work:
            sku, location = _place(work, data)
            receive_stock(
                work, ReceiveStock(sku_id=sku, location_id=location, quantity=data["quantity"], reason=data["reason"])
            )
            return _position(work, data), HTTPStatus.CREATED


@bp.route("/adjustments")
class Adjustments(MethodView):
    @requires(Permission.ADJUST_STOCK)
    @idempotent
    @bp.arguments(AdjustmentSchema)
    @bp.response(HTTPStatus.CREATED, PositionSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Adjust stock. Units that orders were promised cannot be adjusted away."""
        with current_work() as work:
            sku, location = _place(work, data)
            adjust_stock(
                work, AdjustStock(sku_id=sku, location_id=location, change=data["change"], reason=data["reason"])
            )
            return _position(work, data), HTTPStatus.CREATED
