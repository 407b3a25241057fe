"""What stands beside an order: notes, and the document as received."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.ids import to_text
from oms.intake.errors import DocumentUnknown
from oms.intake.mapped import mapped_fields
from oms.intake.notes import LONGEST, AddNote, add_note, notes_of, pin_note
from oms.intake.received import received_of
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_order_papers", __name__, url_prefix=PREFIX, description="Order papers")


class NoteSchema(Schema):
    """`visibility` is internal or buyer."""

    id = Id("not", dump_only=True)
    body = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST))
    visibility = fields.String(load_default="internal", validate=validate.OneOf(["internal", "buyer"]))
    pinned = fields.Boolean(load_default=False)
    author = fields.String(dump_only=True)
    at = fields.AwareDateTime(dump_only=True)


class NotesSchema(Schema):
    data = fields.List(fields.Nested(NoteSchema))


class PinSchema(Schema):
    pinned = fields.Boolean(required=True)


class MappedFieldSchema(Schema):
    """`at` is where it stands in the document; `field` is "" where the order keeps nothing of it, `now` null where it
    is not there any more."""

    at = fields.String()
    sent = fields.String()
    field = fields.String()
    line = fields.Integer(allow_none=True)
    now = fields.String(allow_none=True)
    differs = fields.Boolean()


class ReceivedSchema(Schema):
    """`body` is base64 of the bytes received; `size` more than its length says that it was cut. `fields` says what
    became what, as the order stands now; [] for a form that is not known."""

    channel = fields.String()
    outside_number = fields.String(allow_none=True)
    origin = fields.String()
    content_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    received_at = fields.AwareDateTime()
    body = fields.String()
    fields_ = fields.List(fields.Nested(MappedFieldSchema), data_key="fields", attribute="fields")


class MadeSchema(Schema):
    id = fields.String()


@bp.route("/orders/<order_id>/notes")
class Notes(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, NotesSchema)
    def get(self, order_id: str) -> Any:
        """List the notes of an order, pinned ones first."""
        key = path_id("ord", order_id)
        with current_work() as work:
            read_order(work, key, with_history=False)
            return {"data": notes_of(work, key)}

    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(NoteSchema)
    @bp.response(HTTPStatus.CREATED, MadeSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Write something down about an order."""
        command = AddNote(
            order_id=path_id("ord", order_id), body=data["body"], for_buyer=data["visibility"] == "buyer",
            pinned=data["pinned"],
        )  # fmt: skip
        with current_work() as work:
            return {"id": to_text("not", add_note(work, command))}, HTTPStatus.CREATED


@bp.route("/orders/<order_id>/notes/<note_id>")
class NoteById(MethodView):
    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(PinSchema)
    @bp.response(HTTPStatus.NO_CONTENT)
    def put(self, data: dict[str, Any], order_id: str, note_id: str) -> Any:
        """Pin a note, so that it stands on top, or let it go. Its text is never changed."""
        with current_work() as work:
            pin_note(work, path_id("ord", order_id), path_id("not", note_id), pinned=data["pinned"])
        return ""


@bp.route("/orders/<order_id>/received")
class Received(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, ReceivedSchema)
    def get(self, order_id: str) -> Any:
        """Read the document that the order was read from, as its channel sent it."""
        key = path_id("ord", order_id)
        with current_work() as work:
            detail = read_order(work, key, with_history=False)
            documents = received_of(work, key)
        if not documents:
            raise DocumentUnknown()
        last = documents[-1]
        return {
            "channel": last.channel, "outside_number": last.outside_number, "origin": last.origin,
            "content_type": last.content_type, "size": last.size, "sha256": last.sha256,
            "received_at": last.received_at, "body": base64.b64encode(last.body).decode(),
            "fields": mapped_fields(last, detail),
        }  # fmt: skip
