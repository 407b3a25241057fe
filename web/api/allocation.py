"""Allocation beyond one order: batches by rules or at the least cost, priorities, locations that refuse."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from kernel.db import Work
from oms.allocation.waiting_orders import WaitingFilter, waiting_orders
from oms.customers.set_ship_complete import set_ship_complete
from oms.inventory.set_capacity import set_capacity
from oms.orders.read_order import read_order
from oms.placement.allocate_batch import MOST_ORDERS, AllocateBatch, allocate_batch, keep_batch
from oms.placement.batches import read_batch
from oms.placement.refuse_location import RefuseLocation, refuse_location
from oms.placement.set_priority import SetPriority, set_priority
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.api.order_schemas import OrderSchema
from web.api.orders import detail_json
from web.api.spec import PREFIX, ApiBlueprint, Id, Quantity, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_allocation", __name__, url_prefix=PREFIX, description="Allocation of many orders")


class WaitingSchema(Schema):
    """Which of the orders that wait: all, those that were short already, or those that were never allocated."""

    kind = fields.String(load_default="all", validate=validate.OneOf(["all", "backordered", "unallocated"]))
    search = fields.String(load_default="", validate=validate.Length(max=200))
    priority = fields.Integer(load_default=0, validate=validate.Range(min=0, max=9))


class NewBatchSchema(Schema):
    """`orders` names them, or `waiting` says which. `optimise` takes up to `seconds`."""

    orders = fields.List(Id("ord"), load_default=None, validate=validate.Length(min=1, max=MOST_ORDERS))
    waiting = fields.Nested(WaitingSchema, load_default=None)
    mode = fields.String(load_default="rules", validate=validate.OneOf(["rules", "optimise"]))
    dry_run = fields.Boolean(load_default=False)
    seconds = fields.Float(load_default=5.0, validate=validate.Range(min=0.1, max=20))

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("orders") is None) == (data.get("waiting") is None):
            raise ValidationError("give one of orders and waiting", "orders")


class CostSchema(Schema):
    """In the company's currency, as text."""

    freight = fields.String()
    split = fields.String()
    unfilled = fields.String()
    total = fields.String()


class BeforeSchema(Schema):
    """Who stood before it in the queue and got units that it lacks."""

    order = fields.String()
    sku = fields.String()
    quantity = Quantity()


class BatchOrderSchema(Schema):
    order_id = fields.String()
    number = fields.String()
    priority = fields.Integer()
    allocated = Quantity()
    short = Quantity()
    locations = fields.List(fields.String())
    cost = fields.Nested(CostSchema)
    before = fields.List(fields.Nested(BeforeSchema))


class LeftOutSchema(Schema):
    order_id = fields.String()
    because = fields.String()


class BatchSchema(Schema):
    """Orders in the order of the queue. `proven`: nothing costs less. `seconds`: what deciding took."""

    id = Id("bat")
    mode = fields.String()
    dry_run = fields.Boolean()
    at = fields.AwareDateTime()
    seconds = fields.Float()
    cost = fields.Nested(CostSchema)
    splits = fields.Integer()
    asked = Quantity()
    promised = Quantity()
    fill_percent = fields.String()
    proven = fields.Boolean()
    orders = fields.List(fields.Nested(BatchOrderSchema))
    left_out = fields.List(fields.Nested(LeftOutSchema))


class PrioritySchema(Schema):
    """`promise_on` null takes the promised day away."""

    priority = fields.Integer(required=True, validate=validate.Range(min=0, max=9))
    promise_on = fields.Date(load_default=None, allow_none=True)
    reason = fields.String(load_default="", validate=validate.Length(max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class RefusalSchema(Schema):
    location = fields.String(required=True, validate=validate.Length(min=1, max=60))
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class CapacitySchema(Schema):
    """Orders a day; null: any number."""

    daily_capacity = fields.Integer(required=True, allow_none=True, validate=validate.Range(min=1, max=1_000_000))


class DeliverySchema(Schema):
    """`ship_complete`: nothing of an order is allocated until all of it is there."""

    ship_complete = fields.Boolean(required=True)


@bp.route("/allocation-batches")
class Batches(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
    @idempotent
    @bp.arguments(NewBatchSchema)
    @bp.response(HTTPStatus.CREATED, BatchSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Allocate many orders as one, or try it."""
        with current_work() as work:
            orders = data["orders"]
            if orders is None:
                found = waiting_orders(work, WaitingFilter(**data["waiting"]), most=MOST_ORDERS)
                orders = [row.id for row in found]
            command = AllocateBatch(
                order_ids=tuple(orders), mode=data["mode"], dry_run=data["dry_run"], seconds=data["seconds"]
            )  # fmt: skip
            done = allocate_batch(work, command)
            keep_batch(work, done)
            return _json(work, done.id), HTTPStatus.CREATED


@bp.route("/allocation-batches/<batch_id>")
class BatchById(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
    @bp.response(HTTPStatus.OK, BatchSchema)
    def get(self, batch_id: str) -> Any:
        """Read what came of a batch."""
        with current_work() as work:
            return _json(work, path_id("bat", batch_id))


@bp.route("/orders/<order_id>/priority")
class Priority(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
    @idempotent
    @bp.arguments(PrioritySchema)
    @bp.response(HTTPStatus.OK, OrderSchema)
    def put(self, data: dict[str, Any], order_id: str) -> Any:
        """Give an order another priority. It may take promised units from lower ones, where its rule lets it."""
        version = data.pop("version")
        command = SetPriority(order_id=path_id("ord", order_id), expected_version=version, **data)
        with current_work() as work:
            set_priority(work, command)
            return detail_json(work, read_order(work, command.order_id)), HTTPStatus.OK


@bp.route("/orders/<order_id>/refusals")
class Refusals(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
    @idempotent
    @bp.arguments(RefusalSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """A location cannot ship what it was promised to ship: others are asked."""
        version = data.pop("version")
        command = RefuseLocation(order_id=path_id("ord", order_id), expected_version=version, **data)
        with current_work() as work:
            refuse_location(work, command)
            return detail_json(work, read_order(work, command.order_id)), HTTPStatus.CREATED


def _json(work: Work, batch_id: Any) -> dict[str, Any]:
    row = read_batch(work, batch_id)
    return {**row.result, **{name: getattr(row, name) for name in ("id", "mode", "dry_run", "at", "seconds")}}


@bp.route("/locations/<location_key>/capacity")
class Capacity(MethodView):
    @requires(Permission.VIEW_STOCK, Permission.PLAN_STOCK)
    @idempotent
    @bp.arguments(CapacitySchema)
    @bp.response(HTTPStatus.OK, CapacitySchema)
    def put(self, data: dict[str, Any], location_key: str) -> Any:
        """Say how many orders a location takes on a day."""
        with current_work() as work:
            set_capacity(work, location_key, data["daily_capacity"])
            told = {"daily_capacity": (None, str(data["daily_capacity"]))}
            audit(work, "location.capacity", "location", location_key, told)
        return data, HTTPStatus.OK


@bp.route("/customers/<customer_number>/delivery")
class Delivery(MethodView):
    @requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(DeliverySchema)
    @bp.response(HTTPStatus.OK, DeliverySchema)
    def put(self, data: dict[str, Any], customer_number: str) -> Any:
        """Say whether a customer takes his orders whole."""
        with current_work() as work:
            set_ship_complete(work, customer_number, data["ship_complete"])
            told = {"ship_complete": (None, str(data["ship_complete"]))}
            audit(work, "customer.ship_complete", "customer", customer_number, told)
        return data, HTTPStatus.OK
