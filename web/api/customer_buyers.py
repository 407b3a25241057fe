"""Buyers of a company: their sites and limits, and the requests that wait for a colleague."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.ids import to_text
from oms.customers.queries import customer_id_of
from oms.purchasing.buyers import buyers_of
from oms.purchasing.plan import Limit
from oms.purchasing.queries import list_requests
from oms.purchasing.save_buyer import SaveBuyer, save_buyer
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, decode_cursor, encode_cursor, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_customer_buyers", __name__, url_prefix=PREFIX, description="Buyers, limits and requests")


class BuyerLimitSchema(Schema):
    """Over all sites, or at one; with tax, in the company's own currency."""

    site_id = Id("sit", load_default=None, allow_none=True)
    per_order = Money(load_default=None, allow_none=True)
    per_month = Money(load_default=None, allow_none=True)


class SaveCompanyBuyerSchema(Schema):
    """`sites`: that the buyer orders for and sees; null is all of them. `limits` replaces what is there."""

    approves = fields.Boolean(load_default=False)
    sites = fields.List(Id("sit"), load_default=None, allow_none=True)
    limits = fields.List(fields.Nested(BuyerLimitSchema), load_default=list, validate=validate.Length(max=200))


class CompanyBuyerSchema(SaveCompanyBuyerSchema):
    """`spent`: this month's orders, with tax."""

    user_id = Id("usr")
    name = fields.String()
    email = fields.String()
    active = fields.Boolean()
    sites = fields.List(Id("sit"), attribute="site_scope", allow_none=True)
    spent = Money()


class CompanyBuyersSchema(Schema):
    data = fields.List(fields.Nested(CompanyBuyerSchema))


class RequestQuery(Schema):
    cursor = fields.String(load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
    status = fields.String(load_default=None, validate=validate.OneOf(["waiting", "approved", "declined", "withdrawn"]))


class RequestLineSchema(Schema):
    sku = fields.String()
    quantity = fields.String()
    unit = fields.String(allow_none=True)


class RequestCartSchema(Schema):
    lines = fields.List(fields.Nested(RequestLineSchema))


class PurchaseRequestSchema(Schema):
    id = Id("prq")
    customer_number = fields.String()
    user_name = fields.String()
    site_id = Id("sit", allow_none=True)
    order_type = fields.String()
    cart = fields.Nested(RequestCartSchema)
    total = Money()
    currency = fields.String()
    note = fields.String()
    status = fields.String()
    asked_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()
    decision_note = fields.String()
    order_number = fields.String(allow_none=True)


class PurchaseRequestsSchema(Schema):
    data = fields.List(fields.Nested(PurchaseRequestSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


@bp.route("/customers/<number>/buyers")
class Buyers(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, CompanyBuyersSchema)
    def get(self, number: str) -> dict[str, Any]:
        """List the portal users of a company with their limits."""
        with current_work() as work:
            return {"data": buyers_of(work, customer_id_of(work, number))}


@bp.route("/customers/<number>/buyers/<user_id>")
class BuyerById(MethodView):
    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(SaveCompanyBuyerSchema)
    @bp.response(HTTPStatus.OK, CompanyBuyersSchema)
    def put(self, data: dict[str, Any], number: str, user_id: str) -> Any:
        """Say what a buyer may do for his company."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            command = SaveBuyer(
                customer_id=customer, user_id=path_id("usr", user_id), approves=data["approves"],
                sites=None if data["sites"] is None else tuple(data["sites"]),
                limits=tuple(Limit(**one) for one in data["limits"]),
            )  # fmt: skip
            save_buyer(work, command)
            return {"data": buyers_of(work, customer)}, HTTPStatus.OK


@bp.route("/purchase-requests")
class PurchaseRequests(MethodView):
    @requires(Permission.VIEW_CUSTOMERS, Permission.VIEW_ORDERS)
    @bp.arguments(RequestQuery, location="query")
    @bp.response(HTTPStatus.OK, PurchaseRequestsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List purchase requests, newest first. Colleagues of the buyer decide them on the portal."""
        cursor, limit = decode_cursor(query["cursor"], str), query["limit"]
        after = path_id("prq", cursor[0]) if cursor else None
        with current_work() as work:
            rows = list_requests(work, status=query["status"], after=after, limit=limit + 1)
        more = len(rows) > limit
        following = encode_cursor([to_text("prq", rows[limit - 1].id)]) if more else None
        return {"data": rows[:limit], "has_more": more, "next_cursor": following}
