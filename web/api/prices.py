"""Prices: what an order would cost, and price lists to keep in step."""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.i18n import current_locale, translate
from oms.placement.commands import PlaceOrder
from oms.placement.policy_for import policy_for
from oms.placement.quote_order import Quote, quote_order
from oms.pricing.models import SCOPES
from oms.pricing.save_price_list import SavePriceList, Tier, save_price_list
from tenants.access.permissions import Permission
from web.api.order_schemas import ChargeSchema, NewOrderSchema, TakenOffSchema
from web.api.spec import PREFIX, ApiBlueprint, Money, Quantity
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_prices", __name__, url_prefix=f"{PREFIX}/prices", description="Prices")


class FaultSchema(Schema):
    pointer = fields.String()
    code = fields.String()
    detail = fields.String()


class QuotedLineSchema(Schema):
    """Amounts are null where the line has faults, and after `discount`, which is what promotions take off."""

    sku = fields.String()
    quantity = Quantity(allow_none=True)
    unit_price = Money(allow_none=True)
    discount = Money(allow_none=True)
    adjustments = fields.List(fields.Nested(TakenOffSchema))
    net = Money(allow_none=True)
    tax = Money(allow_none=True)
    gross = Money(allow_none=True)
    available = Quantity()
    why = fields.Dict(allow_none=True)
    errors = fields.List(fields.Nested(FaultSchema))


class QuoteSchema(Schema):
    """Totals over the lines without faults; null where there is none. `credit` is null where it is not checked."""

    currency = fields.String()
    net_total = Money(allow_none=True)
    tax_total = Money(allow_none=True)
    total = Money(allow_none=True)
    credit = fields.Dict(allow_none=True)
    charges = fields.List(fields.Nested(ChargeSchema))
    promotions = fields.List(fields.Dict(), metadata={"description": "Why each promotion applies or not"})
    lines = fields.List(fields.Nested(QuotedLineSchema))
    errors = fields.List(fields.Nested(FaultSchema))


class TierSchema(Schema):
    """From `from_quantity` base units on, one `unit` (a packaging unit; without it the base unit) costs `unit_price`.
    Below `floor_price` somebody is asked, where the order type says so."""

    sku = fields.String(required=True, validate=validate.Length(min=1, max=200))
    unit_price = Money(required=True, minimum=0)
    from_quantity = Quantity(load_default=Decimal(0), minimum=0)
    unit = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    floor_price = Money(load_default=None, allow_none=True, minimum=0)


class PlaceSchema(Schema):
    """Where goods are shipped to; without `region` the whole country."""

    country = fields.String(required=True, validate=validate.Regexp("^[A-Z]{2}$"))
    region = fields.String(load_default="", validate=validate.Length(max=100))


class PriceListSchema(Schema):
    """`replace` deletes tiers that are not named."""

    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    currency = fields.String(required=True, validate=validate.Regexp("^[A-Z]{3}$"))
    scope = fields.String(load_default="base", validate=validate.OneOf(SCOPES))
    priority = fields.Integer(load_default=0, validate=validate.Range(min=-1_000_000, max=1_000_000))
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    active = fields.Boolean(load_default=True)
    customers = fields.List(fields.String(), load_default=list)
    groups = fields.List(fields.String(), load_default=list)
    channels = fields.List(fields.String(), load_default=list)
    places = fields.List(fields.Nested(PlaceSchema), load_default=list, validate=validate.Length(max=500))
    tiers = fields.List(fields.Nested(TierSchema), load_default=list, validate=validate.Length(max=10_000))
    replace = fields.Boolean(load_default=False)


class SavedSchema(Schema):
    key = fields.String()
    tiers = fields.Integer()


def _faults(problems: Any) -> list[dict[str, str]]:
    return [
        {"pointer": one.pointer, "code": one.code, "detail": translate(one.message, current_locale(), one.facts)}
        for one in problems
    ]


def quote_json(command: PlaceOrder, quote: Quote) -> dict[str, Any]:
    """What QuoteSchema dumps."""
    lines = []
    for request, line in zip(command.lines, quote.lines, strict=True):
        planned = line.planned
        amounts = planned.amounts if planned else None
        lines.append(
            {
                "sku": request.sku, "quantity": planned.ordered if planned else None,
                "unit_price": planned.unit_price if planned else None,
                "discount": planned.discount if planned else None,
                "adjustments": [one.row() for one in planned.adjustments] if planned else [],
                "net": amounts.net if amounts else None, "tax": amounts.tax if amounts else None,
                "gross": amounts.gross if amounts else None, "available": line.available,
                "why": planned.price_trace if planned else None, "errors": _faults(line.problems),
            }
        )  # fmt: skip
    order = quote.order
    return {
        "currency": quote.currency, "net_total": order.net_total if order else None,
        "tax_total": order.tax_total if order else None, "total": order.total if order else None,
        "credit": quote.credit.trace() if quote.credit else None, "lines": lines, "errors": _faults(quote.problems),
        "charges": [charge.row(at) for at, charge in enumerate(order.charges, start=1)] if order else [],
        "promotions": list(order.promotions) if order else [],
    }  # fmt: skip


@bp.route("/quotes")
class Quotes(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.arguments(NewOrderSchema)
    @bp.response(HTTPStatus.OK, QuoteSchema)
    def post(self, command: PlaceOrder) -> Any:
        """Price an order without placing it, with the reason for each price."""
        with current_work() as work:
            return quote_json(command, quote_order(work, command, policy_for(work, command.order_type)))


@bp.route("/lists/<key>")
class PriceListByKey(MethodView):
    @requires(Permission.EDIT_PRICES)
    @idempotent
    @bp.arguments(PriceListSchema)
    @bp.response(HTTPStatus.OK, SavedSchema)
    def put(self, data: dict[str, Any], key: str) -> Any:
        """Create or change a price list. Prices hold from the next order on."""
        tiers = [Tier(**tier) for tier in data.pop("tiers")]
        sets: dict[str, Any] = {name: tuple(data.pop(name)) for name in ("customers", "groups", "channels")}
        sets["places"] = tuple((place["country"], place["region"]) for place in data.pop("places"))
        with current_work() as work:
            save_price_list(work, SavePriceList(key=key, **data, **sets, tiers=tiers))
        return {"key": key, "tiers": len(tiers)}, HTTPStatus.OK
