"""Orders: place, read, list, cancel, hold, approve, allocate."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import url_for
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from kernel.ids import to_text
from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.orders.list_orders import TABS, Cursor, OrderFilter, list_orders
from oms.orders.place_hold import PlaceHold, place_hold
from oms.orders.read_order import OrderDetail, read_order
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.act_on_approval import ActOnApproval, act_on_approval
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.follow_up import allocate_by_rule, follow_release, rounding_of
from oms.placement.place import place
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Degrees, Id, Money, Page, Quantity, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_orders", __name__, url_prefix=f"{PREFIX}/orders", description="Orders")


class AddressSchema(Schema):
    """`country` is ISO 3166-1 alpha-2; coordinates in degrees help to find the nearest location."""

    recipient = fields.String(required=True, validate=validate.Length(min=1, max=200))
    phone = fields.String(validate=validate.Length(max=50))
    street = fields.String(required=True, validate=validate.Length(min=1, max=500))
    city = fields.String(required=True, validate=validate.Length(min=1, max=200))
    region = fields.String(validate=validate.Length(max=100))
    postal_code = fields.String(validate=validate.Length(max=20))
    country = fields.String(required=True, validate=validate.Regexp("^[A-Z]{2}$"))
    latitude = Degrees(90)
    longitude = Degrees(180)


class NewLineSchema(Schema):
    """`quantity` is in `unit`; without a unit, in the SKU's base unit. Prices only where the order type takes them."""

    sku = fields.String(required=True, validate=validate.Length(min=1, max=200))
    quantity = Quantity(required=True)
    unit = fields.String(load_default=None, allow_none=True)
    unit_price = Money(load_default=None, allow_none=True)
    amount = Money(load_default=None, allow_none=True)
    outside_line = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    custom = fields.Dict(keys=fields.String(), load_default=dict)

    @post_load
    def to_line(self, data: dict[str, Any], **_: Any) -> LineRequest:
        return LineRequest(**data)


class NewOrderSchema(Schema):
    """An order to place. One of `customer_id` and `customer_number` names the buyer."""

    order_type = fields.String(required=True)
    channel = fields.String(load_default="api", validate=validate.Length(min=1, max=50))
    customer_id = Id("cus", load_default=None, allow_none=True)
    customer_number = fields.String(load_default=None, allow_none=True)
    outside_number = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=200))
    lines = fields.List(fields.Nested(NewLineSchema), required=True, validate=validate.Length(min=1, max=2000))
    ship_to = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    bill_to = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    requested_on = fields.Date(load_default=None, allow_none=True)
    buyer_note = fields.String(load_default="", validate=validate.Length(max=2000))
    tags = fields.List(fields.String(validate=validate.Length(max=50)), load_default=list)
    currency = fields.String(load_default=None, allow_none=True, validate=validate.Regexp("^[A-Z]{3}$"))
    custom = fields.Dict(keys=fields.String(), load_default=dict)

    @validates_schema
    def one_customer(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("customer_id") is None) == (data.get("customer_number") is None):
            raise ValidationError("give one of customer_id and customer_number", "customer_id")

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> PlaceOrder:
        return PlaceOrder(**{**data, "lines": tuple(data["lines"]), "tags": tuple(data["tags"])})


class HoldSchema(Schema):
    id = Id("hld")
    type = fields.String()
    reason = fields.String()
    source = fields.String()
    placed_at = fields.AwareDateTime()
    placed_by = fields.String()
    released_at = fields.AwareDateTime(allow_none=True)
    released_by = fields.String(allow_none=True)
    release_reason = fields.String(allow_none=True)


class PlacedHoldSchema(Schema):
    """A hold that placement put on the order."""

    type = fields.String()
    reason = fields.String()
    source = fields.String()


class PlacedSchema(Schema):
    """What became of a placed order. `allocated` and `short` are base units over all lines."""

    id = Id("ord", attribute="order_id")
    number = fields.String()
    customer_id = Id("cus")
    channel = fields.String()
    currency = fields.String()
    total = Money()
    holds = fields.List(fields.Nested(PlacedHoldSchema))
    allocated = Quantity()
    short = Quantity()


class AllocationSchema(Schema):
    location = fields.String()
    quantity = Quantity()
    shipped = Quantity()


class LineSchema(Schema):
    """Quantities are in base units: open = ordered - cancelled - allocated."""

    id = Id("lin")
    line_no = fields.Integer()
    sku = fields.String()
    name = fields.String()
    unit = fields.String()
    unit_quantity = Quantity()
    ordered = Quantity()
    cancelled = Quantity()
    allocated = Quantity()
    backordered = Quantity()
    shipped = Quantity()
    unit_price = Money()
    tax_rate = Money()
    net = Money()
    tax = Money()
    gross = Money()
    outside_line = fields.String(allow_none=True)
    custom = fields.Dict()
    allocations = fields.List(fields.Nested(AllocationSchema))


class SummarySchema(Schema):
    id = Id("ord")
    number = fields.String()
    outside_number = fields.String(allow_none=True)
    channel = fields.String()
    order_type = fields.String()
    customer_id = Id("cus")
    customer_name = fields.String()
    status = fields.String()
    fulfilment_status = fields.String()
    backordered = fields.Boolean()
    hold_types = fields.List(fields.String())
    currency = fields.String()
    total = Money()
    placed_at = fields.AwareDateTime()
    version = fields.Integer()
    custom = fields.Dict()


class EventSchema(Schema):
    kind = fields.String()
    facts = fields.Dict()
    at = fields.AwareDateTime()
    actor = fields.String(attribute="actor_name")


class DecisionSchema(Schema):
    """Why: the trace names the document, the rule or row that won, and why the others lost."""

    kind = fields.String()
    release = fields.Integer()
    outcome = fields.String()
    trace = fields.Dict()
    at = fields.AwareDateTime()


class OrderSchema(SummarySchema):
    customer_number = fields.String()
    net_total = Money()
    tax_total = Money()
    prices_include_tax = fields.Boolean()
    ship_to = fields.Dict()
    bill_to = fields.Dict()
    requested_on = fields.Date(allow_none=True)
    buyer_note = fields.String()
    tags = fields.List(fields.String())
    lines = fields.List(fields.Nested(LineSchema))
    holds = fields.List(fields.Nested(HoldSchema))
    events = fields.List(fields.Nested(EventSchema))
    decisions = fields.List(fields.Nested(DecisionSchema))


class OrderQuery(Page):
    tab = fields.String(load_default="all", validate=validate.OneOf(list(TABS)))
    search = fields.String(load_default="", validate=validate.Length(max=2000))
    channel = fields.String(load_default=None)
    order_type = fields.String(load_default=None)
    customer_id = Id("cus", load_default=None)
    hold_type = fields.String(load_default=None)
    placed_from = fields.Date(load_default=None)
    placed_to = fields.Date(load_default=None)


class OrdersSchema(Schema):
    """A page, newest first. `next_cursor` is null on the last one."""

    data = fields.List(fields.Nested(SummarySchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class CancelLineSchema(Schema):
    line_id = Id("lin", required=True)
    quantity = Quantity(required=True)


class CancelSchema(Schema):
    """Without `lines`, all that is not shipped is cancelled. `version` guards against changes since it was read."""

    reason = fields.Enum(CancelReason, by_value=True, load_default=CancelReason.OTHER)
    note = fields.String(load_default="", validate=validate.Length(max=500))
    lines = fields.List(fields.Nested(CancelLineSchema), load_default=None, allow_none=True)
    version = fields.Integer(load_default=None, allow_none=True)


class ReasonSchema(Schema):
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class VersionSchema(Schema):
    version = fields.Integer(load_default=None, allow_none=True)


class ApprovalSchema(Schema):
    """What the approver decides. `return_to` names an earlier step; without it, the order goes back to who sent it."""

    action = fields.String(required=True, validate=validate.OneOf(["approve", "reject", "return"]))
    comment = fields.String(load_default="", validate=validate.Length(max=1000))
    return_to = fields.String(load_default=None, allow_none=True)
    on_behalf_of = fields.Email(
        required=True, metadata={"description": "E-mail of the approver; a key acts for a person of the tenant"}
    )


def detail_json(detail: OrderDetail) -> dict[str, Any]:
    """What OrderSchema dumps."""
    order = detail.order
    return {
        **order._asdict(),
        "hold_types": sorted({hold.type for hold in detail.open_holds}),
        "lines": [{**line._asdict(), "allocations": detail.promises_of(line.id)} for line in detail.lines],
        "holds": detail.holds,
        "events": detail.events,
        "decisions": detail.decisions,
    }


def _read(order_id: UUID) -> dict[str, Any]:
    with current_work() as work:
        return detail_json(read_order(work, order_id))


@bp.route("/")
class Orders(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.arguments(OrderQuery, location="query")
    @bp.response(HTTPStatus.OK, OrdersSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List orders, newest first."""
        limit, cursor = query.pop("limit"), decode_cursor(query.pop("cursor"), datetime.fromisoformat, UUID)
        after = Cursor(*cursor) if cursor else None
        with current_work() as work:
            page = list_orders(work, OrderFilter(**query), limit=limit, after=after)
        following = encode_cursor([page.next.placed_at.isoformat(), str(page.next.id)]) if page.next else None
        return {"data": page.orders, "has_more": following is not None, "next_cursor": following}

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.arguments(NewOrderSchema)
    @bp.response(HTTPStatus.CREATED, PlacedSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="The channel's number, credit or stock says no")
    def post(self, command: PlaceOrder) -> Any:
        """Place an order."""
        with current_work() as work:
            placed = place(work, command)
        location = url_for("api_orders.OrderById", order_id=to_text("ord", placed.order_id))
        return placed, HTTPStatus.CREATED, {"Location": location}


@bp.route("/<order_id>")
class OrderById(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, OrderSchema)
    def get(self, order_id: str) -> Any:
        """Read an order with lines, holds, timeline and decisions."""
        return _read(path_id("ord", order_id))


@bp.route("/<order_id>/cancellations")
class Cancellations(MethodView):
    @requires(Permission.CANCEL_ORDERS)
    @idempotent
    @bp.arguments(CancelSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Cancel an order, or units of its lines."""
        lines = data["lines"]
        command = CancelOrder(
            order_id=path_id("ord", order_id), reason=data["reason"], note=data["note"],
            quantities=None if lines is None else {line["line_id"]: line["quantity"] for line in lines},
            expected_version=data["version"],
        )  # fmt: skip
        with current_work() as work:
            cancel_order(work, command, rounding_of(work, command.order_id))
        return _read(command.order_id), HTTPStatus.CREATED


@bp.route("/<order_id>/allocations")
class Allocations(MethodView):
    @requires(Permission.ALLOCATE_ORDERS)
    @idempotent
    @bp.arguments(VersionSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Promise stock to what is open, by the order type's allocation rule."""
        key = path_id("ord", order_id)
        with current_work() as work:
            allocate_by_rule(work, key, expected_version=data["version"])
        return _read(key), HTTPStatus.CREATED


@bp.route("/<order_id>/deallocations")
class Deallocations(MethodView):
    @requires(Permission.ALLOCATE_ORDERS)
    @idempotent
    @bp.arguments(ReasonSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Take promised, unshipped units back."""
        key = path_id("ord", order_id)
        with current_work() as work:
            deallocate_order(
                work, DeallocateOrder(order_id=key, reason=data["reason"], expected_version=data["version"])
            )
        return _read(key), HTTPStatus.CREATED


@bp.route("/<order_id>/holds")
class Holds(MethodView):
    @requires(Permission.RELEASE_HOLDS)
    @idempotent
    @bp.arguments(ReasonSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Put a manual hold on an order."""
        key = path_id("ord", order_id)
        with current_work() as work:
            place_hold(work, PlaceHold(order_id=key, reason=data["reason"], expected_version=data["version"]))
        return _read(key), HTTPStatus.CREATED


@bp.route("/<order_id>/holds/<hold_id>/releases")
class HoldReleases(MethodView):
    @requires(Permission.RELEASE_HOLDS)
    @idempotent
    @bp.arguments(ReasonSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str, hold_id: str) -> Any:
        """Lift a hold. The last one lets the order be allocated."""
        key = path_id("ord", order_id)
        command = ReleaseHold(
            order_id=key, hold_id=path_id("hld", hold_id), reason=data["reason"], expected_version=data["version"]
        )
        with current_work() as work:
            follow_release(work, release_hold(work, command))
        return _read(key), HTTPStatus.CREATED


@bp.route("/<order_id>/approvals")
class Approvals(MethodView):
    @requires(Permission.APPROVE_ORDERS)
    @idempotent
    @bp.arguments(ApprovalSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Act on the approval that waits, for a person of the tenant who is asked."""
        key = path_id("ord", order_id)
        with current_work() as work:
            act_on_approval(
                work,
                ActOnApproval(
                    order_id=key, approver_email=data["on_behalf_of"], action=data["action"], comment=data["comment"],
                    return_to=data["return_to"],
                ),
            )  # fmt: skip
        return _read(key), HTTPStatus.CREATED
