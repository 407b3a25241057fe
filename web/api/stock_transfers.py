"""Transfers: write, send, receive, call back, cancel."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.db import Work
from kernel.ids import from_text
from oms.transfers.call_back_transfer import call_back_transfer
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.errors import TransferNotFound
from oms.transfers.models import STATES
from oms.transfers.queries import list_transfers, transfer_lines
from oms.transfers.receive_transfer import ArrivedRow, receive_transfer
from oms.transfers.send_transfer import cancel_transfer, send_transfer
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Page, Quantity, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_transfers", __name__, url_prefix=f"{PREFIX}/stock/transfers", description="Transfers of stock")
_SERIAL = fields.String(validate=validate.Length(min=1, max=100))


class NewTransferRowSchema(Schema):
    """`bin` is one of the source."""

    sku = fields.String(required=True)
    quantity = Quantity(required=True)
    lot = fields.String(load_default="")
    bin = fields.String(load_default="")
    serials = fields.List(_SERIAL, load_default=list)


class NewTransferSchema(Schema):
    from_location = fields.String(required=True)
    to_location = fields.String(required=True)
    expected_on = fields.Date(load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))
    rows = fields.List(fields.Nested(NewTransferRowSchema), required=True, validate=validate.Length(min=1, max=2000))


class ArrivedRowSchema(Schema):
    """`lost` units will not come; say why in `loss_reason`."""

    line_no = fields.Integer(required=True)
    arrived = Quantity(required=True, minimum=0)
    lost = Quantity(load_default=0, minimum=0)
    loss_reason = fields.String(load_default="", validate=validate.Length(max=300))
    bin = fields.String(load_default="")
    serials = fields.List(_SERIAL, load_default=list)


class ArrivalSchema(Schema):
    rows = fields.List(fields.Nested(ArrivedRowSchema), required=True, validate=validate.Length(min=1, max=2000))


class TransferLineSchema(Schema):
    line_no = fields.Integer()
    sku = fields.String()
    lot = fields.String(allow_none=True)
    bin = fields.String(allow_none=True)
    quantity = Quantity()
    sent = Quantity()
    received = Quantity()
    lost = Quantity()
    loss_reason = fields.String()
    on_the_way = Quantity()
    serials = fields.List(fields.String())


class TransferHeadSchema(Schema):
    """`state` is draft, sent, received or cancelled. `on_the_way` counts units that left and have not arrived."""

    id = Id("trf")
    number = fields.String()
    state = fields.String()
    from_location = fields.String()
    to_location = fields.String()
    expected_on = fields.Date(allow_none=True)
    note = fields.String()
    units = Quantity()
    on_the_way = Quantity()
    lost = Quantity()
    created_at = fields.AwareDateTime()
    created_by = fields.String()
    sent_at = fields.AwareDateTime(allow_none=True)
    received_at = fields.AwareDateTime(allow_none=True)


class TransferSchema(TransferHeadSchema):
    """A transfer with its rows."""

    lines = fields.List(fields.Nested(TransferLineSchema))


class TransferQuery(Page):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class TransfersSchema(Schema):
    data = fields.List(fields.Nested(TransferHeadSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


def _one(work: Work, transfer_id: Any) -> dict[str, Any]:
    found = list_transfers(work, transfer_id=transfer_id, limit=1)
    if not found:
        raise TransferNotFound()
    return {**found[0]._asdict(), "lines": transfer_lines(work, transfer_id)}


@bp.route("/")
class Transfers(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.arguments(TransferQuery, location="query")
    @bp.response(HTTPStatus.OK, TransfersSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List transfers, newest first."""
        cursor, limit = decode_cursor(query["cursor"], lambda text: from_text("trf", text)), query["limit"]
        with current_work() as work:
            rows = list_transfers(work, state=query["state"], limit=limit + 1, before=cursor[0] if cursor else None)
        more = len(rows) > limit
        following = encode_cursor([Id("trf")._serialize(rows[limit - 1].id, None, None)]) if more else None
        return {"data": [row._asdict() for row in rows[:limit]], "has_more": more, "next_cursor": following}

    @requires(Permission.TRANSFER_STOCK)
    @idempotent
    @bp.arguments(NewTransferSchema)
    @bp.response(HTTPStatus.CREATED, TransferSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Write a transfer down. Nothing moves until it is sent."""
        rows = [TransferRow(**{**row, "serials": tuple(row["serials"])}) for row in data.pop("rows")]
        with current_work() as work:
            drafted = draft_transfer(work, DraftTransfer(rows=rows, **data))
            return _one(work, drafted.transfer_id), HTTPStatus.CREATED


@bp.route("/<transfer_id>")
class TransferById(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.response(HTTPStatus.OK, TransferSchema)
    def get(self, transfer_id: str) -> Any:
        """Read a transfer with its rows."""
        with current_work() as work:
            return _one(work, path_id("trf", transfer_id))


@bp.route("/<transfer_id>/dispatches")
class Dispatches(MethodView):
    @requires(Permission.TRANSFER_STOCK)
    @idempotent
    @bp.response(HTTPStatus.CREATED, TransferSchema)
    def post(self, transfer_id: str) -> Any:
        """Send it: the units leave the source and are expected at the target."""
        with current_work() as work:
            found = path_id("trf", transfer_id)
            send_transfer(work, found)
            return _one(work, found), HTTPStatus.CREATED


@bp.route("/<transfer_id>/arrivals")
class Arrivals(MethodView):
    @requires(Permission.TRANSFER_STOCK)
    @idempotent
    @bp.arguments(ArrivalSchema)
    @bp.response(HTTPStatus.CREATED, TransferSchema)
    def post(self, data: dict[str, Any], transfer_id: str) -> Any:
        """Receive what came, in parts if need be, and say what was lost."""
        rows = [ArrivedRow(**{**row, "serials": tuple(row["serials"])}) for row in data["rows"]]
        with current_work() as work:
            found = path_id("trf", transfer_id)
            receive_transfer(work, found, rows)
            return _one(work, found), HTTPStatus.CREATED


@bp.route("/<transfer_id>/cancellations")
class TransferCancellations(MethodView):
    @requires(Permission.TRANSFER_STOCK)
    @idempotent
    @bp.response(HTTPStatus.CREATED, TransferSchema)
    def post(self, transfer_id: str) -> Any:
        """Cancel a draft."""
        with current_work() as work:
            found = path_id("trf", transfer_id)
            cancel_transfer(work, found)
            return _one(work, found), HTTPStatus.CREATED


class CallBackSchema(Schema):
    reason = fields.String(required=True, validate=validate.Length(min=1, max=300))


@bp.route("/<transfer_id>/call-backs")
class TransferCallBacks(MethodView):
    @requires(Permission.TRANSFER_STOCK)
    @idempotent
    @bp.arguments(CallBackSchema)
    @bp.response(HTTPStatus.CREATED, TransferSchema)
    def post(self, data: dict[str, Any], transfer_id: str) -> Any:
        """Call back what is still on the way to the location it left; what arrived stays."""
        with current_work() as work:
            found = path_id("trf", transfer_id)
            call_back_transfer(work, found, data["reason"])
            return _one(work, found), HTTPStatus.CREATED
