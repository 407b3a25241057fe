"""What stands beside an order: notes, planned deliveries, the document as received; and templates of orders."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.ids import to_text
from oms.instalments.fit_instalments import read_plans
from oms.intake.errors import DocumentUnknown
from oms.intake.notes import LONGEST, AddNote, add_note, notes_of
from oms.intake.received import received_of
from oms.intake.templates import SaveTemplate, TemplateLine, list_templates, remove_template, save_template
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Quantity, path_id
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


class PlannedDeliverySchema(Schema):
    """`quantity` is in the SKU's base unit."""

    line_id = Id("lin")
    sku = fields.String()
    due_on = fields.Date()
    quantity = Quantity()


class PlannedDeliveriesSchema(Schema):
    data = fields.List(fields.Nested(PlannedDeliverySchema))


class ReceivedSchema(Schema):
    """`body` is base64 of the bytes received; `size` more than its length says that it was cut."""

    channel = fields.String()
    outside_number = fields.String(allow_none=True)
    origin = fields.String()
    content_type = fields.String()
    size = fields.Integer()
    sha256 = fields.String()
    received_at = fields.AwareDateTime()
    body = fields.String()


class TemplateLineSchema(Schema):
    """`quantity` is in `unit`; "" is the SKU's base unit."""

    sku = fields.String(required=True, validate=validate.Length(min=1, max=200))
    quantity = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{1,13}(\.[0-9]{1,4})?$"))
    unit = fields.String(load_default="", validate=validate.Length(max=40))


class TemplateSchema(Schema):
    """Without `customer_id` it is for all customers."""

    id = Id("otp", dump_only=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    customer_id = Id("cus", load_default=None, allow_none=True)
    order_type = fields.String(load_default="", validate=validate.Length(max=100))
    lines = fields.List(fields.Nested(TemplateLineSchema), required=True, validate=validate.Length(min=1, max=2000))


class TemplatesSchema(Schema):
    data = fields.List(fields.Nested(TemplateSchema))


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


@bp.route("/orders/<order_id>/deliveries")
class Deliveries(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, PlannedDeliveriesSchema)
    def get(self, order_id: str) -> Any:
        """List the planned deliveries of an order; lines without any are wanted at once."""
        with current_work() as work:
            detail = read_order(work, path_id("ord", order_id), with_history=False)
            plans = read_plans(work, [line.id for line in detail.lines])
        return {
            "data": [
                {"line_id": line.id, "sku": line.sku, "due_on": one.due_on, "quantity": one.quantity}
                for line in detail.lines
                for one in plans.get(line.id, ())
            ]
        }


@bp.route("/orders/<order_id>/received")
class Received(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, ReceivedSchema)
    def get(self, order_id: str) -> Any:
        """Read the document that the order was read from, as its channel sent it."""
        key = path_id("ord", order_id)
        with current_work() as work:
            read_order(work, key, with_history=False)
            documents = received_of(work, key)
        if not documents:
            raise DocumentUnknown()
        last = documents[-1]
        return {
            "channel": last.channel, "outside_number": last.outside_number, "origin": last.origin,
            "content_type": last.content_type, "size": last.size, "sha256": last.sha256,
            "received_at": last.received_at, "body": base64.b64encode(last.body).decode(),
        }  # fmt: skip


@bp.route("/order-templates/")
class Templates(MethodView):
    @requires(Permission.PLACE_ORDERS)
    @bp.response(HTTPStatus.OK, TemplatesSchema)
    def get(self) -> Any:
        """List the templates of orders, by name."""
        with current_work() as work:
            found = list_templates(work)
        return {
            "data": [
                {"id": one.id, "name": one.name, "customer_id": one.customer_id, **one.content} for one in found
            ]
        }  # fmt: skip

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.arguments(TemplateSchema)
    @bp.response(HTTPStatus.CREATED, MadeSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Keep goods that are ordered again and again under a name."""
        command = SaveTemplate(
            name=data["name"], customer_id=data["customer_id"], order_type=data["order_type"],
            lines=tuple(TemplateLine(**line) for line in data["lines"]),
        )  # fmt: skip
        with current_work() as work:
            return {"id": to_text("otp", save_template(work, command))}, HTTPStatus.CREATED


@bp.route("/order-templates/<template_id>")
class TemplateById(MethodView):
    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.response(HTTPStatus.NO_CONTENT)
    def delete(self, template_id: str) -> Any:
        """Remove a template. Orders that were made of it stay."""
        with current_work() as work:
            remove_template(work, path_id("otp", template_id))
        return ""
