"""Exchange rates and tax rates, each from a day on."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.pricing.save_exchange_rate import list_exchange_rates, save_exchange_rate
from oms.pricing.save_tax_rate import list_tax_rates, save_tax_rate
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Money
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_rates", __name__, url_prefix=f"{PREFIX}/rates", description="Prices")
_CURRENCY = validate.Regexp("^[A-Z]{3}$")


class ExchangeRateSchema(Schema):
    """From a day on, one unit of `from_currency` is `rate` units of `to_currency`."""

    from_currency = fields.String(required=True, validate=_CURRENCY)
    to_currency = fields.String(required=True, validate=_CURRENCY)
    valid_from = fields.Date(required=True)
    rate = Money(required=True)


class ExchangeRatesSchema(Schema):
    data = fields.List(fields.Nested(ExchangeRateSchema))


class TaxRateSchema(Schema):
    """0.13 is 13 %. Without `country` it holds where no other does, without `region` in the whole country."""

    tax_class = fields.String(required=True, validate=validate.Length(min=1, max=60))
    country = fields.String(load_default="", validate=validate.Regexp("^([A-Z]{2})?$"))
    region = fields.String(load_default="", validate=validate.Length(max=100))
    rate = Money(required=True)
    valid_from = fields.Date(required=True)


class TaxRatesSchema(Schema):
    data = fields.List(fields.Nested(TaxRateSchema))


@bp.route("/exchange")
class ExchangeRates(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.response(HTTPStatus.OK, ExchangeRatesSchema)
    def get(self) -> dict[str, Any]:
        """List exchange rates, the newest day first."""
        with current_work() as work:
            return {"data": list_exchange_rates(work)}

    @requires(Permission.EDIT_PRICES)
    @idempotent
    @bp.arguments(ExchangeRateSchema)
    @bp.response(HTTPStatus.OK, ExchangeRateSchema)
    def put(self, data: dict[str, Any]) -> Any:
        """Set a rate from a day on."""
        with current_work() as work:
            save_exchange_rate(
                work, data["from_currency"], data["to_currency"], data["rate"], valid_from=data["valid_from"]
            )
        return data, HTTPStatus.OK


@bp.route("/tax")
class TaxRates(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.response(HTTPStatus.OK, TaxRatesSchema)
    def get(self) -> dict[str, Any]:
        """List tax rates."""
        with current_work() as work:
            return {"data": list_tax_rates(work)}

    @requires(Permission.EDIT_PRICES)
    @idempotent
    @bp.arguments(TaxRateSchema)
    @bp.response(HTTPStatus.OK, TaxRateSchema)
    def put(self, data: dict[str, Any]) -> Any:
        """Set the rate of a tax class from a day on."""
        with current_work() as work:
            save_tax_rate(
                work, data["tax_class"], data["rate"], country=data["country"], region=data["region"],
                valid_from=data["valid_from"],
            )  # fmt: skip
        return data, HTTPStatus.OK
