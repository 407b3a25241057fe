"""Coupons, and what orders used of promotions. Promotions themselves are documents of the configuration."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.promotions.read_coupons import list_coupons, list_redemptions
from oms.promotions.save_coupon import SaveCoupon, save_coupon
from oms.promotions.usage import normal_code
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Page, decode_cursor, encode_cursor
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_promotions", __name__, url_prefix=f"{PREFIX}/promotions", description="Prices")


class CouponSchema(Schema):
    """A code for a promotion in force that asks for one. Null limits are none."""

    code = fields.String(required=True, validate=validate.Length(min=3, max=40))
    promotion = fields.String(required=True, validate=validate.Length(max=60))
    customer = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    most_uses = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(min=1, max=1_000_000_000))
    most_per_customer = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1, max=1_000_000)
    )
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    active = fields.Boolean(load_default=True)


class ShownCouponSchema(CouponSchema):
    uses = fields.Integer()
    amount = Money()


class CouponsQuery(Page):
    search = fields.String(load_default="", validate=validate.Length(max=100))


class CouponsSchema(Schema):
    data = fields.List(fields.Nested(ShownCouponSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class RedemptionSchema(Schema):
    """One order used one promotion. `given_back_at` is set where the order was cancelled."""

    promotion = fields.String()
    coupon = fields.String()
    order_id = Id("ord")
    number = fields.String()
    customer = fields.String()
    currency = fields.String()
    amount = Money()
    redeemed_at = fields.AwareDateTime()
    given_back_at = fields.AwareDateTime(allow_none=True)


class RedemptionsQuery(Page):
    promotion = fields.String(load_default=None, validate=validate.Length(max=60))
    coupon = fields.String(load_default=None, validate=validate.Length(max=60))


class RedemptionsSchema(Schema):
    data = fields.List(fields.Nested(RedemptionSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


@bp.route("/coupons")
class Coupons(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.arguments(CouponsQuery, location="query")
    @bp.response(HTTPStatus.OK, CouponsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List coupons by code, with how often each is used."""
        limit, cursor = query["limit"], decode_cursor(query["cursor"], str)
        with current_work() as work:
            after = cursor[0] if cursor else None
            rows = list_coupons(work, search=query["search"], limit=limit + 1, after=after)
        more = len(rows) > limit
        return {
            "data": rows[:limit],
            "has_more": more,
            "next_cursor": encode_cursor([rows[limit - 1].code]) if more else None,
        }

    @requires(Permission.EDIT_PRICES)
    @idempotent
    @bp.arguments(CouponSchema)
    @bp.response(HTTPStatus.OK, CouponSchema)
    def put(self, data: dict[str, Any]) -> Any:
        """Make or change a coupon by its code. `active: false` ends it."""
        with current_work() as work:
            code = save_coupon(work, SaveCoupon(**data))
        return {**data, "code": code}, HTTPStatus.OK


@bp.route("/redemptions")
class Redemptions(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.arguments(RedemptionsQuery, location="query")
    @bp.response(HTTPStatus.OK, RedemptionsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List which orders used which promotion, newest first."""
        limit, cursor = query["limit"], decode_cursor(query["cursor"], UUID)
        coupon = normal_code(query["coupon"]) if query["coupon"] else None
        with current_work() as work:
            rows = list_redemptions(
                work, promotion=query["promotion"], coupon=coupon, limit=limit + 1,
                before=cursor[0] if cursor else None,
            )  # fmt: skip
        more = len(rows) > limit
        following = encode_cursor([rows[limit - 1].id]) if more else None
        return {"data": rows[:limit], "has_more": more, "next_cursor": following}
