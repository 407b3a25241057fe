"""The review queue: open holds by type and reason, with who looks at them and by when."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.errors import DomainError
from oms.orders.lock_orders import lock_orders
from oms.orders.models import HOLD_TYPES
from oms.review.assign_holds import AssignHolds, assign_holds
from oms.review.compare import compare_orders
from oms.review.queue import WHICH, QueueFilter, orders_of_holds, read_queue
from oms.review.service_times import USUAL_HOURS, read_service_times, save_service_times
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Page, Quantity, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.problems import said
from web.http.release_holds import release_open_hold
from web.http.work import current_work

bp = ApiBlueprint("api_review", __name__, url_prefix=f"{PREFIX}/holds", description="Review queue")


class QueueQuery(Page):
    """`mine` are those assigned to whoever asks; a key has none."""

    which = fields.String(load_default="all", validate=validate.OneOf(WHICH))
    type = fields.String(load_default=None, validate=validate.OneOf(HOLD_TYPES))
    reason = fields.String(load_default=None, validate=validate.Length(max=500))


class QueuedHoldSchema(Schema):
    """An open hold. `due_at` counts the company's business time; `other_order_id` is the order that it looks like."""

    id = Id("hld")
    type = fields.String()
    reason = fields.String()
    source = fields.String()
    placed_at = fields.AwareDateTime()
    placed_by = fields.String()
    due_at = fields.AwareDateTime()
    overdue = fields.Boolean()
    assigned_to = Id("usr", allow_none=True)
    assignee = fields.String(allow_none=True)
    order_id = Id("ord")
    order_number = fields.String()
    customer_number = fields.String()
    total = Money()
    currency = fields.String()
    priority = fields.Integer()
    risk_score = fields.Integer()
    other_order_id = Id("ord", allow_none=True)


class ReasonCountSchema(Schema):
    type = fields.String()
    reason = fields.String()
    holds = fields.Integer()
    oldest = fields.AwareDateTime()


class QueueSchema(Schema):
    """The oldest first; `reasons` count over all pages. `next_cursor` is null on the last one."""

    data = fields.List(fields.Nested(QueuedHoldSchema))
    reasons = fields.List(fields.Nested(ReasonCountSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class AssignSchema(Schema):
    """`user_id` null takes the assignments back."""

    holds = fields.List(Id("hld"), required=True, validate=validate.Length(min=1, max=200))
    user_id = Id("usr", required=True, allow_none=True)


class AssignedSchema(Schema):
    assigned = fields.Integer()


class ReleasesSchema(Schema):
    holds = fields.List(Id("hld"), required=True, validate=validate.Length(min=1, max=200))
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))


class RefusedReleaseSchema(Schema):
    """A hold that stands as it was, with the code of the problem and what is wrong in words."""

    hold_id = Id("hld")
    code = fields.String()
    detail = fields.String()


class ReleasedSchema(Schema):
    released = fields.List(Id("hld"))
    refused = fields.List(fields.Nested(RefusedReleaseSchema))


class ComparedGoodsSchema(Schema):
    """Base units ordered and not cancelled."""

    sku = fields.String()
    name = fields.String()
    here = Quantity()
    there = Quantity()


class ComparisonSchema(Schema):
    """An order beside the earlier one that it looks like; read both by their ids for the rest."""

    order_id = Id("ord")
    order_number = fields.String()
    total = Money()
    other_order_id = Id("ord")
    other_number = fields.String()
    other_total = Money()
    goods = fields.List(fields.Nested(ComparedGoodsSchema))


class ServiceTimesSchema(Schema):
    """Type of hold -> hours of work within which somebody should look at it. Types that are left out stay."""

    hours = fields.Dict(keys=fields.String(validate=validate.OneOf(list(USUAL_HOURS))), values=fields.Integer(
        strict=True, validate=validate.Range(min=1, max=1000)), required=True,
    )  # fmt: skip


@bp.route("/")
class Holds(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.arguments(QueueQuery, location="query")
    @bp.response(HTTPStatus.OK, QueueSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List open holds of placed orders, the oldest first, with counts by reason."""
        limit, cursor = query.pop("limit"), decode_cursor(query.pop("cursor"), datetime.fromisoformat, UUID)
        after = (cursor[0], cursor[1]) if cursor else None
        with current_work() as work:
            queue = read_queue(work, QueueFilter(**query, limit=limit, after=after))
        following = encode_cursor([queue.next[0].isoformat(), str(queue.next[1])]) if queue.next else None
        data = [
            {**one.hold._asdict(), "order_number": one.hold.number, "due_at": one.due_at, "overdue": one.overdue}
            for one in queue.holds
        ]
        return {
            "data": data, "reasons": [group._asdict() for group in queue.groups], "has_more": following is not None,
            "next_cursor": following,
        }  # fmt: skip


@bp.route("/assignments")
class Assignments(MethodView):
    @requires(Permission.RELEASE_HOLDS)
    @idempotent
    @bp.arguments(AssignSchema)
    @bp.response(HTTPStatus.CREATED, AssignedSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Say who looks at these holds. Those that were released meanwhile are left out."""
        with current_work() as work:
            count = assign_holds(work, AssignHolds(hold_ids=tuple(data["holds"]), user_id=data["user_id"]))
        return {"assigned": count}, HTTPStatus.CREATED


@bp.route("/releases")
class Releases(MethodView):
    @requires(Permission.RELEASE_HOLDS)
    @idempotent
    @bp.arguments(ReleasesSchema)
    @bp.response(HTTPStatus.CREATED, ReleasedSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Lift several holds, of one order or many. One that cannot be lifted does not keep the others."""
        released: list[UUID] = []
        refused: list[dict[str, Any]] = []
        with current_work() as work:
            lock_orders(work, orders_of_holds(work, data["holds"]))  # all of them first, in the order of their ids
            for hold_id in dict.fromkeys(data["holds"]):
                try:
                    with work.connection.begin_nested():
                        release_open_hold(work, hold_id, data["reason"])
                except DomainError as error:
                    refused.append({"hold_id": hold_id, "code": error.code, "detail": said(error.message, error.facts)})
                else:
                    released.append(hold_id)
        return {"released": released, "refused": refused}, HTTPStatus.CREATED


@bp.route("/<hold_id>/comparison")
class Comparison(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, ComparisonSchema)
    def get(self, hold_id: str) -> Any:
        """Compare an order with the earlier one that it looks like, for a hold that names one."""
        with current_work() as work:
            pair = compare_orders(work, path_id("hld", hold_id))
        one, other = pair.one.order, pair.other.order
        return {
            "order_id": one.id, "order_number": one.number, "total": one.total, "other_order_id": other.id,
            "other_number": other.number, "other_total": other.total, "goods": pair.goods,
        }  # fmt: skip


@bp.route("/service-times")
class ServiceTimes(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, ServiceTimesSchema)
    def get(self) -> Any:
        """Read within how many hours of work each type of hold should be looked at."""
        with current_work() as work:
            return {"hours": read_service_times(work).hours}

    @requires(Permission.EDIT_SETTINGS)
    @idempotent
    @bp.arguments(ServiceTimesSchema)
    @bp.response(HTTPStatus.OK, ServiceTimesSchema)
    def put(self, data: dict[str, Any]) -> Any:
        """Say within how many hours of work types of holds should be looked at."""
        with current_work() as work:
            save_service_times(work, data["hours"])
            return {"hours": read_service_times(work).hours}, HTTPStatus.OK
