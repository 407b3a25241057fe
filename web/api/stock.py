"""Stock: positions, movements, receipts, adjustments, changes of status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.ids import to_text
from oms.catalog.queries import sku_id_of
from oms.inventory.change_status import ChangeStatus, change_status
from oms.inventory.errors import LocationNotFound, SkuNotFound
from oms.inventory.move_stock import AdjustStock, ReceiveStock, adjust_stock, receive_stock
from oms.inventory.queries import bin_id_of, list_movements, list_positions, location_id_of, lot_id_of
from oms.inventory.receive_named import NamedReceipt, receive_named_rows
from oms.inventory.words import ADJUSTMENT_CAUSES, CAUSES, MOVEMENT_KINDS, RECEIPT_CAUSES, STATUSES
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Page, Quantity, decode_cursor, encode_cursor
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
    quarantined = Quantity()
    damaged = Quantity()
    reorder_point = Quantity()


class PositionQuery(Page):
    sku = fields.String(load_default=None)
    location = fields.String(load_default=None)
    search = fields.String(load_default="")
    short_only = fields.Boolean(load_default=False)


class PositionsSchema(Schema):
    data = fields.List(fields.Nested(PositionSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class _Moved(Schema):
    """What every movement names. `lot` is for SKUs that are kept by lot, `serials` for those kept by serial number."""

    sku = fields.String(required=True)
    location = fields.String(required=True)
    lot = fields.String(load_default="", validate=validate.Length(max=80))
    bin = fields.String(load_default="", validate=validate.Length(max=40))
    serials = fields.List(fields.String(validate=validate.Length(min=1, max=100)), load_default=list)
    status = fields.String(load_default="good", validate=validate.OneOf(STATUSES))


class ReceiptSchema(_Moved):
    """A new `lot` is made with `expires_on`, the first day on which it may not be sold."""

    quantity = Quantity(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=300))
    cause = fields.String(load_default="purchase", validate=validate.OneOf(RECEIPT_CAUSES))
    expires_on = fields.Date(load_default=None, allow_none=True)
    unit_cost = Money(load_default=None, allow_none=True, minimum=0)


class ReceiptsSchema(Schema):
    """Many receipts at once: all or none. A refusal names each row as /rows/<index>."""

    rows = fields.List(fields.Nested(ReceiptSchema), required=True, validate=validate.Length(min=1, max=5000))


class ReceivedRowsSchema(Schema):
    rows = fields.Integer()


class AdjustmentSchema(_Moved):
    """`change` is how many base units more (or, negative, fewer) there are than the books said."""

    change = Quantity(required=True)
    reason = fields.String(required=True, validate=validate.Length(min=1, max=300))
    cause = fields.String(load_default="correction", validate=validate.OneOf(ADJUSTMENT_CAUSES))


class StatusChangeSchema(_Moved):
    """Moves units from `status` to `to_status` where they are."""

    quantity = Quantity(required=True)
    to_status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(load_default="", validate=validate.Length(max=300))


class MovementQuery(Page):
    sku = fields.String(load_default=None)
    location = fields.String(load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf(MOVEMENT_KINDS))
    cause = fields.String(load_default=None, validate=validate.OneOf(CAUSES))


class MovementSchema(Schema):
    """One line of the ledger. `on_hand_change` counts units of `status`; `document` is the number of the transfer,
    count or expected receipt that it belongs to."""

    id = Id("mov")
    sku = fields.String()
    location = fields.String()
    kind = fields.String()
    cause = fields.String()
    status = fields.String()
    on_hand_change = Quantity()
    allocated_change = Quantity()
    reserved_change = Quantity()
    lot = fields.String(allow_none=True)
    bin = fields.String(allow_none=True)
    serials = fields.List(fields.String())
    reason = fields.String()
    document = fields.String(attribute="document_number")
    order = fields.String(attribute="order_number", allow_none=True)
    at = fields.AwareDateTime()
    actor = fields.String()


class MovementsSchema(Schema):
    data = fields.List(fields.Nested(MovementSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


def _bin(work: Any, data: dict[str, Any], location: UUID) -> UUID | None:
    return bin_id_of(work, location, data["bin"]) if data["bin"] else None


def _lot(work: Any, data: dict[str, Any], sku: UUID) -> UUID | None:
    return lot_id_of(work, sku, data["lot"]) if data["lot"] else None


def _place(work: Any, data: dict[str, Any]) -> tuple[UUID, UUID]:
    sku, location = sku_id_of(work, data["sku"]), location_id_of(work, data["location"])
    if sku is None:
        raise SkuNotFound()
    if location is None:
        raise LocationNotFound()
    return sku, location


def _named(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "serials": tuple(row["serials"])}


def _audit(work: Any, action: str, sku: UUID, data: dict[str, Any], units: Any) -> None:
    changes = {"location": (None, data["location"]), "quantity": (None, str(units))}
    audit(work, action, "sku", to_text("sku", sku), changes)


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
            command = ReceiveStock(
                sku_id=sku, location_id=location, quantity=data["quantity"], reason=data["reason"],
                cause=data["cause"], status=data["status"], lot=data["lot"], expires_on=data["expires_on"],
                unit_cost=data["unit_cost"], serials=tuple(data["serials"]), bin_id=_bin(work, data, location),
            )  # fmt: skip
            receive_stock(work, command)
            _audit(work, "stock.receive", sku, data, data["quantity"])
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
            command = AdjustStock(
                sku_id=sku, location_id=location, change=data["change"], reason=data["reason"], cause=data["cause"],
                status=data["status"], lot_id=_lot(work, data, sku), serials=tuple(data["serials"]),
                bin_id=_bin(work, data, location),
            )  # fmt: skip
            adjust_stock(work, command)
            _audit(work, "stock.adjust", sku, data, data["change"])
            return _position(work, data), HTTPStatus.CREATED


@bp.route("/receipts/batch")
class ReceiptBatches(MethodView):
    @requires(Permission.ADJUST_STOCK)
    @idempotent
    @bp.arguments(ReceiptsSchema)
    @bp.response(HTTPStatus.CREATED, ReceivedRowsSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Receive many rows at once: all of them, or none."""
        with current_work() as work:
            received = receive_named_rows(work, [NamedReceipt(**_named(row)) for row in data["rows"]])
            return {"rows": received}, HTTPStatus.CREATED


@bp.route("/status-changes")
class StatusChanges(MethodView):
    @requires(Permission.ADJUST_STOCK)
    @idempotent
    @bp.arguments(StatusChangeSchema)
    @bp.response(HTTPStatus.CREATED, PositionSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Put units into quarantine, take them out, or call them damaged."""
        with current_work() as work:
            sku, location = _place(work, data)
            command = ChangeStatus(
                sku_id=sku, location_id=location, quantity=data["quantity"], from_status=data["status"],
                to_status=data["to_status"], reason=data["reason"], lot_id=_lot(work, data, sku),
                serials=tuple(data["serials"]), bin_id=_bin(work, data, location),
            )  # fmt: skip
            change_status(work, command)
            _audit(work, "stock.change_status", sku, data, data["quantity"])
            return _position(work, data), HTTPStatus.CREATED


@bp.route("/movements")
class Movements(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.arguments(MovementQuery, location="query")
    @bp.response(HTTPStatus.OK, MovementsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Read the ledger, newest first."""
        cursor, limit = decode_cursor(query.pop("cursor"), UUID), query.pop("limit")
        with current_work() as work:
            code = query.pop("sku")
            sku = sku_id_of(work, code) if code else None
            if code and sku is None:
                raise SkuNotFound()
            rows = list_movements(work, sku, **query, limit=limit + 1, before=cursor[0] if cursor else None)
        more = len(rows) > limit
        return {
            "data": rows[:limit], "has_more": more,
            "next_cursor": encode_cursor([str(rows[limit - 1].id)]) if more else None,
        }  # fmt: skip
