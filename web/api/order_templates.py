"""Templates of orders: goods that are ordered again and again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.ids import to_text
from oms.intake.templates import (
    SaveTemplate,
    TemplateLine,
    TemplateRow,
    change_template,
    list_templates,
    read_template,
    remove_template,
    save_template,
)
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_templates", __name__, url_prefix=f"{PREFIX}/order-templates", description="Order templates")


class TemplateLineSchema(Schema):
    """`quantity` is in `unit`; "" is the SKU's base unit."""

    sku = fields.String(required=True, validate=validate.Length(min=1, max=200))
    quantity = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{1,13}(\.[0-9]{1,4})?$"))
    unit = fields.String(load_default="", validate=validate.Length(max=40))
    custom = fields.Dict(keys=fields.String(), load_default=dict)


class TemplateSchema(Schema):
    """Without `customer_id` it is for all customers."""

    id = Id("otp", dump_only=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    customer_id = Id("cus", load_default=None, allow_none=True)
    order_type = fields.String(load_default="", validate=validate.Length(max=100))
    lines = fields.List(fields.Nested(TemplateLineSchema), required=True, validate=validate.Length(min=1, max=2000))


class TemplatesSchema(Schema):
    data = fields.List(fields.Nested(TemplateSchema))


class TemplateMadeSchema(Schema):
    id = fields.String()


@bp.route("/")
class Templates(MethodView):
    @requires(Permission.PLACE_ORDERS)
    @bp.response(HTTPStatus.OK, TemplatesSchema)
    def get(self) -> Any:
        """List the templates of orders, by name."""
        with current_work() as work:
            return {"data": [_json(one) for one in list_templates(work)]}

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.arguments(TemplateSchema)
    @bp.response(HTTPStatus.CREATED, TemplateMadeSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Keep goods that are ordered again and again under a name."""
        with current_work() as work:
            return {"id": to_text("otp", save_template(work, _command(data)))}, HTTPStatus.CREATED


@bp.route("/<template_id>")
class TemplateById(MethodView):
    @requires(Permission.PLACE_ORDERS)
    @bp.response(HTTPStatus.OK, TemplateSchema)
    def get(self, template_id: str) -> Any:
        """Read a template."""
        with current_work() as work:
            return _json(read_template(work, path_id("otp", template_id)))

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.arguments(TemplateSchema)
    @bp.response(HTTPStatus.OK, TemplateSchema)
    def put(self, data: dict[str, Any], template_id: str) -> Any:
        """Put another name, customer and goods into a template."""
        key = path_id("otp", template_id)
        with current_work() as work:
            change_template(work, key, _command(data))
            return _json(read_template(work, key)), HTTPStatus.OK

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.response(HTTPStatus.NO_CONTENT)
    def delete(self, template_id: str) -> Any:
        """Remove a template. Orders that were made of it stay."""
        with current_work() as work:
            remove_template(work, path_id("otp", template_id))
        return ""


def _command(data: dict[str, Any]) -> SaveTemplate:
    return SaveTemplate(
        name=data["name"], customer_id=data["customer_id"], order_type=data["order_type"],
        lines=tuple(TemplateLine(**line) for line in data["lines"]),
    )  # fmt: skip


def _json(one: TemplateRow) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "customer_id": one.customer_id, **one.content}
