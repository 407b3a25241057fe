"""Planned deliveries of placed orders: which units are wanted on which day."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from kernel.db import Work
from oms.instalments.fit_instalments import read_plans
from oms.instalments.plan import Instalment
from oms.orders.read_order import OrderDetail, read_order
from oms.placement.plan_deliveries import PlanDeliveries, plan_deliveries
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Quantity, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_deliveries", __name__, url_prefix=f"{PREFIX}/orders", description="Planned deliveries")


class PlannedDeliverySchema(Schema):
    """`quantity` is in the SKU's base unit."""

    line_id = Id("lin")
    sku = fields.String()
    due_on = fields.Date()
    quantity = Quantity()


class PlannedDeliveriesSchema(Schema):
    data = fields.List(fields.Nested(PlannedDeliverySchema))


class DeliverySchema(Schema):
    """`quantity` is in the SKU's base unit."""

    due_on = fields.Date(required=True)
    quantity = Quantity(required=True)


class PlanOfLineSchema(Schema):
    """`deliveries` add up to what of the line is ordered and not cancelled; [] wants all of it at once."""

    line_id = Id("lin", required=True)
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True, validate=validate.Length(max=60))


class NewPlansSchema(Schema):
    """Lines that are left out stay as they are. `version` guards against changes since the order was read."""

    lines = fields.List(fields.Nested(PlanOfLineSchema), required=True, validate=validate.Length(min=1, max=2000))
    version = fields.Integer(load_default=None, allow_none=True)

    @validates_schema
    def once_each(self, data: dict[str, Any], **_: Any) -> None:
        ids = [line["line_id"] for line in data.get("lines", ())]
        if len(set(ids)) < len(ids):
            raise ValidationError("name each line once", "lines")


@bp.route("/<order_id>/deliveries")
class Deliveries(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, PlannedDeliveriesSchema)
    def get(self, order_id: str) -> Any:
        """List the planned deliveries of an order; lines without any are wanted at once."""
        with current_work() as work:
            return _json(work, read_order(work, path_id("ord", order_id), with_history=False))

    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(NewPlansSchema)
    @bp.response(HTTPStatus.OK, PlannedDeliveriesSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="The order has changed, or is not open")
    def put(self, data: dict[str, Any], order_id: str) -> Any:
        """Plan the deliveries of lines anew, as far as no stock is promised to them."""
        command = PlanDeliveries(
            order_id=path_id("ord", order_id), expected_version=data["version"],
            plans={
                line["line_id"]: tuple(Instalment(**one) for one in line["deliveries"]) for line in data["lines"]
            },
        )  # fmt: skip
        with current_work() as work:
            plan_deliveries(work, command)
            return _json(work, read_order(work, command.order_id, with_history=False)), HTTPStatus.OK


def _json(work: Work, detail: OrderDetail) -> dict[str, Any]:
    plans = read_plans(work, [line.id for line in detail.lines])
    return {
        "data": [
            {"line_id": line.id, "sku": line.sku, "due_on": one.due_on, "quantity": one.quantity}
            for line in detail.lines
            for one in plans.get(line.id, ())
        ]
    }
