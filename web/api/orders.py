"""Orders: place, read, list, cancel, hold, approve, allocate."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.views import MethodView

from kernel.db import Work
from kernel.ids import to_text
from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.orders.cancel_order import CancelOrder
from oms.orders.list_orders import Cursor, OrderFilter, cursor_fits, list_orders
from oms.orders.place_hold import place_holds
from oms.orders.read_order import OrderDetail, read_order
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.act_on_approval import ActOnApproval, act_on_approval
from oms.placement.commands import PlaceOrder, Received
from oms.placement.follow_approval import cancel_under_approval
from oms.placement.follow_up import allocate_by_rule, follow_release
from oms.placement.place import place
from oms.upkeep.change_order_fields import ChangeOrderFields, change_order_fields
from tenants.access.permissions import Permission
from web.api.approvals import ApprovalsSchema, order_approvals
from web.api.order_schemas import (
    ApprovalSchema,
    CancelSchema,
    HoldsToPlaceSchema,
    NewOrderSchema,
    OrderFieldsSchema,
    OrderQuery,
    OrderSchema,
    OrdersSchema,
    PlacedSchema,
    ReasonSchema,
    VersionSchema,
)
from web.api.own_fields import outside, own_filter
from web.api.spec import PREFIX, ApiBlueprint, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.money_holds import check_money_hold
from web.http.work import current_work

bp = ApiBlueprint("api_orders", __name__, url_prefix=f"{PREFIX}/orders", description="Orders")


def detail_json(work: Work, detail: OrderDetail) -> dict[str, Any]:
    """What OrderSchema dumps."""
    order = detail.order
    return {
        **order._asdict(),
        "custom": outside(work, "order", order.custom),
        "hold_types": sorted({hold.type for hold in detail.open_holds}),
        "lines": [
            {
                **line._asdict(),
                "custom": outside(work, "order_line", line.custom),
                "allocations": detail.promises_of(line.id),
                "adjustments": detail.taken_off(line.id),
            }
            for line in detail.lines
        ],
        "charges": detail.charges,
        "holds": detail.holds,
        "events": detail.events,
        "decisions": detail.decisions,
    }


def _read(order_id: UUID) -> dict[str, Any]:
    with current_work() as work:
        return detail_json(work, read_order(work, order_id))


@bp.route("/")
class Orders(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.arguments(OrderQuery, location="query")
    @bp.response(HTTPStatus.OK, OrdersSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List orders, newest first, or by an own field."""
        limit, cursor = query.pop("limit"), decode_cursor(query.pop("cursor"), datetime.fromisoformat, UUID, str)
        after = Cursor(cursor[0], cursor[1], cursor[2] or None) if cursor else None
        with current_work() as work:
            fields = own_filter(work, "order", query)
            if after is not None and not cursor_fits(fields, after):
                after = None
            page = list_orders(work, OrderFilter(**query, fields=fields), limit=limit, after=after)
            rows = [replace(row, custom=outside(work, "order", row.custom)) for row in page.orders]
        last = page.next
        following = encode_cursor([last.placed_at.isoformat(), str(last.id), last.value or ""]) if last else None
        return {"data": rows, "has_more": following is not None, "next_cursor": following}

    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.arguments(NewOrderSchema)
    @bp.response(HTTPStatus.CREATED, PlacedSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="The channel's number, credit or stock says no")
    def post(self, command: PlaceOrder) -> Any:
        """Place an order. What was sent is kept beside it, as received."""
        received = Received(body=request.get_data(), content_type=request.content_type or "application/json")
        with current_work() as work:
            placed = place(work, replace(command, received=received))
        location = url_for("api_orders.OrderById", order_id=to_text("ord", placed.order_id))
        return placed, HTTPStatus.CREATED, {"Location": location}


@bp.route("/<order_id>")
class OrderById(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, OrderSchema)
    def get(self, order_id: str) -> Any:
        """Read an order with lines, holds, timeline and decisions."""
        return _read(path_id("ord", order_id))


@bp.route("/<order_id>/custom")
class OrderCustom(MethodView):
    @requires(Permission.PLACE_ORDERS)
    @idempotent
    @bp.arguments(OrderFieldsSchema)
    @bp.response(HTTPStatus.OK, OrderSchema)
    def put(self, data: dict[str, Any], order_id: str) -> Any:
        """Change values of own fields of an order and of its lines."""
        command = ChangeOrderFields(
            order_id=path_id("ord", order_id), custom=data["custom"],
            lines={line["line_id"]: line["custom"] for line in data["lines"]}, expected_version=data["version"],
        )  # fmt: skip
        with current_work() as work:
            change_order_fields(work, command)
        return _read(command.order_id), HTTPStatus.OK


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
            cancel_under_approval(work, command)
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
    @bp.arguments(HoldsToPlaceSchema)
    @bp.response(HTTPStatus.CREATED, OrderSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Put holds on an order by hand, one of each type that is named."""
        key = path_id("ord", order_id)
        with current_work() as work:
            place_holds(work, key, data["types"], data["reason"], expected_version=data["version"])
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
            check_money_hold(work, key, command.hold_id)
            follow_release(work, release_hold(work, command))
        return _read(key), HTTPStatus.CREATED


@bp.route("/<order_id>/approvals")
class Approvals(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, ApprovalsSchema)
    def get(self, order_id: str) -> dict[str, Any]:
        """List the approvals of an order, the newest first, with who was asked and what comes next."""
        with current_work() as work:
            return order_approvals(work, path_id("ord", order_id))

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
                    return_to=data["return_to"], task_id=data["task"], leave_parallel=data["leave_parallel"],
                    transfer_to_email=data["transfer_to"], signer_emails=tuple(data["signers"]), where=data["where"],
                    fields=data["fields_"], expected_version=data["version"],
                ),
            )  # fmt: skip
        return _read(key), HTTPStatus.CREATED
