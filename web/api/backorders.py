"""What waits for stock: the register, follow-ups, questions to buyers, and substitutes of SKUs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.backorders.ask_buyer import AskBuyer, ask_buyer, open_questions
from oms.backorders.follow_up import FollowUp, finish_follow_up, follow_up
from oms.backorders.link import address_of
from oms.backorders.queries import BackorderFilter, list_backorders
from oms.catalog.substitutes import MOST, product_of_sku, set_substitutes, substitutes_of
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Quantity, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_backorders", __name__, url_prefix=PREFIX, description="Backorders and substitutes")


class BackorderQuery(Schema):
    """`overdue`: the promised day is over; `due`: a follow-up is due."""

    sku = fields.String(load_default=None)
    customer = fields.String(load_default=None, validate=validate.Length(max=200))
    placed_until = fields.Date(load_default=None)
    overdue = fields.Boolean(load_default=False)
    due = fields.Boolean(load_default=False)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
    cursor = fields.String(load_default=None)


class BackorderSchema(Schema):
    """`expected_on`: the day on which what is expected covers this line and those before it; null: nothing does."""

    order_id = Id("ord")
    order_number = fields.String(attribute="number")
    line_id = Id("lin")
    sku = fields.String()
    name = fields.String()
    backordered = Quantity()
    customer_number = fields.String()
    placed_at = fields.AwareDateTime()
    priority = fields.Integer()
    promise_on = fields.Date(allow_none=True)
    expected_on = fields.Date(allow_none=True)
    follow_up_id = Id("bfu", allow_none=True)
    note = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    asked_at = fields.AwareDateTime(allow_none=True)
    last_answer = fields.String(allow_none=True)


class BackordersSchema(Schema):
    data = fields.List(fields.Nested(BackorderSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class AskSchema(Schema):
    """Without `lines` all that wait are asked about."""

    lines = fields.List(Id("lin"), load_default=list, validate=validate.Length(max=500))


class QuestionSchema(Schema):
    """`link` opens the question without signing in, until `expires_at`."""

    id = Id("bqu")
    line_id = Id("lin")
    sku = fields.String()
    units = Quantity()
    expected_on = fields.Date(allow_none=True)
    expires_at = fields.AwareDateTime()
    link = fields.String()


class QuestionsSchema(Schema):
    data = fields.List(fields.Nested(QuestionSchema))


class FollowUpSchema(Schema):
    note = fields.String(required=True, validate=validate.Length(min=1, max=500))
    due_on = fields.Date(required=True)


class FollowedSchema(Schema):
    id = Id("bfu")


class SubstituteSchema(Schema):
    sku = fields.String(attribute="code")
    name = fields.String()
    rank = fields.Integer()


class SubstitutesSchema(Schema):
    data = fields.List(fields.Nested(SubstituteSchema))


class NewSubstitutesSchema(Schema):
    """The first is offered first. An empty list takes all away."""

    substitutes = fields.List(
        fields.String(validate=validate.Length(min=1, max=200)), required=True, validate=validate.Length(max=MOST)
    )  # fmt: skip


@bp.route("/backorders")
class Backorders(MethodView):
    @requires(Permission.VIEW_ORDERS)
    @bp.arguments(BackorderQuery, location="query")
    @bp.response(HTTPStatus.OK, BackordersSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List lines that wait for stock, the oldest first."""
        limit, cursor = query.pop("limit"), decode_cursor(query.pop("cursor"), UUID)
        with current_work() as work:
            found, last = list_backorders(
                work, BackorderFilter(**query), limit=limit, after=cursor[0] if cursor else None
            )  # fmt: skip
        following = encode_cursor([str(last)]) if last else None
        return {"data": found, "has_more": following is not None, "next_cursor": following}


@bp.route("/orders/<order_id>/backorder-questions")
class Questions(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.CHANGE_ORDERS)
    @idempotent
    @bp.arguments(AskSchema)
    @bp.response(HTTPStatus.CREATED, QuestionsSchema)
    def post(self, data: dict[str, Any], order_id: str) -> Any:
        """Ask the buyer by mail whether he waits, takes another SKU, or cancels."""
        key = path_id("ord", order_id)
        with current_work() as work:
            asked = set(ask_buyer(work, AskBuyer(order_id=key, lines=tuple(data["lines"]))))
            tenant = work.tenant
            rows = [
                {
                    "id": one.id, "line_id": one.line_id, "sku": one.sku, "units": one.units,
                    "expected_on": one.expected_on, "expires_at": one.expires_at,
                    "link": address_of(tenant.slug, work.tenant_id, one.id),
                }
                for one in open_questions(work, key)
                if one.id in asked
            ]  # fmt: skip
        return {"data": rows}, HTTPStatus.CREATED


@bp.route("/orders/<order_id>/lines/<line_id>/follow-up")
class FollowUps(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
    @idempotent
    @bp.arguments(FollowUpSchema)
    @bp.response(HTTPStatus.OK, FollowedSchema)
    def put(self, data: dict[str, Any], order_id: str, line_id: str) -> Any:
        """Note what is to be done about a line that waits, and by when."""
        command = FollowUp(order_id=path_id("ord", order_id), line_id=path_id("lin", line_id), **data)
        with current_work() as work:
            return {"id": follow_up(work, command)}, HTTPStatus.OK


@bp.route("/backorder-follow-ups/<follow_up_id>")
class FollowUpById(MethodView):
    @requires(Permission.VIEW_ORDERS, Permission.ALLOCATE_ORDERS)
    @idempotent
    @bp.response(HTTPStatus.NO_CONTENT)
    def delete(self, follow_up_id: str) -> Any:
        """It is done."""
        with current_work() as work:
            finish_follow_up(work, path_id("bfu", follow_up_id))
        return "", HTTPStatus.NO_CONTENT


@bp.route("/skus/<sku_code>/substitutes")
class Substitutes(MethodView):
    @requires(Permission.VIEW_PRODUCTS)
    @bp.response(HTTPStatus.OK, SubstitutesSchema)
    def get(self, sku_code: str) -> Any:
        """Which SKUs a buyer may be offered instead."""
        with current_work() as work:
            product_of_sku(work, sku_code)  # refuses a SKU that there is not
            return {"data": substitutes_of(work, sku_code)}

    @requires(Permission.VIEW_PRODUCTS, Permission.EDIT_PRODUCTS)
    @idempotent
    @bp.arguments(NewSubstitutesSchema)
    @bp.response(HTTPStatus.OK, SubstitutesSchema)
    def put(self, data: dict[str, Any], sku_code: str) -> Any:
        """Say which SKUs a buyer may be offered instead."""
        with current_work() as work:
            set_substitutes(work, sku_code, data["substitutes"])
            audit(work, "product.substitutes", "sku", sku_code, {"substitutes": (None, ", ".join(data["substitutes"]))})
            return {"data": list(substitutes_of(work, sku_code))}, HTTPStatus.OK
