"""Splits, merges and their undoing."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.orders.lock_order import lock_order
from oms.orders.read_order import read_order
from oms.regrouping.errors import NothingToSplit
from oms.regrouping.find_mergeable import find_mergeable
from oms.regrouping.merge_orders import MergeOrders, merge_orders
from oms.regrouping.offer_split import offer_split, split_by_rule
from oms.regrouping.split_order import SplitOff, SplitOrder, split_order
from oms.regrouping.undo_move import UndoMove, undo_move
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Quantity, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_regrouping", __name__, url_prefix=f"{PREFIX}/orders", description="Splits and merges of orders")


class SplitLineSchema(Schema):
    """`quantity` in base units; units that no location has promised go first."""

    line_id = Id("lin", required=True)
    quantity = Quantity(required=True)


class SplitGroupSchema(Schema):
    """What one new order gets."""

    lines = fields.List(fields.Nested(SplitLineSchema), required=True, validate=validate.Length(min=1, max=2000))


class SplitSchema(Schema):
    """`groups` by hand, or `by_rule` for what the order type's split rules say."""

    groups = fields.List(fields.Nested(SplitGroupSchema), load_default=list, validate=validate.Length(max=50))
    by_rule = fields.Boolean(load_default=False)
    note = fields.String(load_default="", validate=validate.Length(max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class SplitOffSchema(Schema):
    id = Id("ord")
    number = fields.String()
    total = Money()


class SplitDoneSchema(Schema):
    """`total` of what stays; with the new orders' it is what the order came to before."""

    move_id = Id("mov")
    order_id = Id("ord")
    total = Money()
    orders = fields.List(fields.Nested(SplitOffSchema))


class SplitPreviewLineSchema(Schema):
    line_no = fields.Integer()
    sku = fields.String()
    units = Quantity()
    gross = Money()


class SplitPreviewSchema(Schema):
    label = fields.String()
    total = Money()
    lines = fields.List(fields.Nested(SplitPreviewLineSchema))


class SplitOfferSchema(Schema):
    """The first order is what stays. `sealed`: why it may not be split, "" where it may."""

    sealed = fields.String()
    rule = fields.String(allow_none=True)
    orders = fields.List(fields.Nested(SplitPreviewSchema))


class MergeSchema(Schema):
    """The order placed first takes the lines of the others."""

    orders = fields.List(Id("ord"), required=True, validate=validate.Length(min=1, max=49))
    note = fields.String(load_default="", validate=validate.Length(max=500))


class MergedSchema(Schema):
    move_id = Id("mov")
    order_id = Id("ord")
    number = fields.String()
    total = Money()


class MergeableSchema(Schema):
    id = Id("ord")
    number = fields.String()
    placed_at = fields.AwareDateTime()
    total = Money()
    currency = fields.String()


class MergeablesSchema(Schema):
    data = fields.List(fields.Nested(MergeableSchema))


class MoveUndoneSchema(Schema):
    order_id = Id("ord")
    kind = fields.String()
    total = Money()


@bp.route("/<order_id>/splits")
class Splits(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, SplitOfferSchema)
    def get(self, order_id: str) -> dict[str, Any]:
        """Show what the split rules would make of the order."""
        with current_work() as work:
            offer = offer_split(work, path_id("ord", order_id))
        rule = offer.suggestion.rule.id if offer.suggestion else None
        return {"sealed": offer.seal.because if offer.seal else "", "rule": rule, "orders": offer.preview}

    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(SplitSchema)
    @bp.response(HTTPStatus.CREATED, SplitDoneSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="The order is sealed, or was changed")
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Split an order."""
        key = path_id("ord", order_id)
        with current_work() as work:
            return split_order(work, _command(work, key, data)), HTTPStatus.CREATED


def _command(work: Any, key: UUID, data: dict[str, Any]) -> SplitOrder:
    if data["by_rule"]:
        command = split_by_rule(work, lock_order(work, key, expected_version=data["version"]))
        if command is None:
            raise NothingToSplit()
        return command
    groups = tuple(
        SplitOff(units={line["line_id"]: line["quantity"] for line in group["lines"]}) for group in data["groups"]
    )
    return SplitOrder(order_id=key, groups=groups, note=data["note"], expected_version=data["version"])


@bp.route("/<order_id>/merges")
class Merges(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, MergeablesSchema)
    def get(self, order_id: str) -> dict[str, Any]:
        """List the orders that may be merged with this one."""
        with current_work() as work:
            key = path_id("ord", order_id)
            read_order(work, key, with_history=False)
            return {"data": find_mergeable(work, key)}

    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(MergeSchema)
    @bp.response(HTTPStatus.CREATED, MergedSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="An order is sealed, or they differ")
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Merge orders of one buyer into the one placed first."""
        with current_work() as work:
            orders = (path_id("ord", order_id), *data["orders"])
            return merge_orders(work, MergeOrders(order_ids=orders, note=data["note"])), HTTPStatus.CREATED


@bp.route("/<order_id>/moves/<move_id>/undo")
class Undo(MethodView):
    @requires(Permission.CHANGE_ORDERS)
    @idempotent
    @bp.response(HTTPStatus.CREATED, MoveUndoneSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="Something has moved since")
    def post(self, order_id: str, move_id: str) -> Any:
        """Take a split or a merge back."""
        command = UndoMove(order_id=path_id("ord", order_id), move_id=path_id("mov", move_id))
        with current_work() as work:
            return undo_move(work, command), HTTPStatus.CREATED
