"""The review queue: open holds by type and reason, with who looks at them and by when."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.orders.models import HOLD_TYPES
from oms.review.assign_holds import AssignHolds, assign_holds
from oms.review.queue import WHICH, QueueFilter, read_queue
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Page, decode_cursor, encode_cursor
from web.http.access import requires
from web.http.idempotency import idempotent
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
