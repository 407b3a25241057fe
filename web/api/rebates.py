"""Volume rebates: agreements, and where customers stand."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.rebates.models import PERIODS
from oms.rebates.plan import Tier
from oms.rebates.reckon import list_agreements, read_agreement, standings
from oms.rebates.save_agreement import SaveAgreement, save_agreement
from oms.receivables.pay_rebate import PayRebate, pay_rebate
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_rebates", __name__, url_prefix=f"{PREFIX}/rebates", description="Prices")


class RebateTierSchema(Schema):
    """From this turnover of a period on, `percent` of the whole of it is given back."""

    from_turnover = Money(required=True, minimum=0)
    percent = Money(required=True, minimum=0)


class AgreementSchema(Schema):
    """With one customer, or with a group: then each of its customers has a turnover of his own."""

    key = fields.String(required=True, validate=validate.Regexp("^[a-z0-9][a-z0-9_-]{0,59}$"))
    names = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    customer = fields.String(load_default=None, allow_none=True)
    group = fields.String(load_default=None, allow_none=True)
    period = fields.String(required=True, validate=validate.OneOf(PERIODS))
    currency = fields.String(required=True, validate=validate.Regexp("^[A-Z]{3}$"))
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    active = fields.Boolean(load_default=True)
    tiers = fields.List(fields.Nested(RebateTierSchema), required=True, validate=validate.Length(min=1, max=50))


class AgreementsSchema(Schema):
    data = fields.List(fields.Nested(AgreementSchema))


class StandingsQuery(Schema):
    """`day` lies in the period that is asked for; without it, today."""

    agreement = fields.String(required=True)
    day = fields.Date(load_default=None)


class StandingSchema(Schema):
    """`settled` is null while the period is open."""

    customer_id = Id("cus")
    customer = fields.String()
    name = fields.String()
    first = fields.Date()
    after = fields.Date()
    turnover = Money()
    percent = Money()
    amount = Money()
    settled = Money(allow_none=True)
    reference = fields.String(allow_none=True)


class StandingsSchema(Schema):
    data = fields.List(fields.Nested(StandingSchema))


@bp.route("/")
class Agreements(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.response(HTTPStatus.OK, AgreementsSchema)
    def get(self) -> dict[str, Any]:
        """List rebate agreements by key."""
        with current_work() as work:
            rows = list_agreements(work)
        return {
            "data": [
                {
                    **row._asdict(), "group": row.customer_group,
                    "tiers": [{"from_turnover": start, "percent": percent} for start, percent in row.tiers or ()],
                }
                for row in rows
            ]
        }  # fmt: skip

    @requires(Permission.EDIT_PRICES)
    @idempotent
    @bp.arguments(AgreementSchema)
    @bp.response(HTTPStatus.OK, AgreementSchema)
    def put(self, data: dict[str, Any]) -> Any:
        """Make or change an agreement by its key."""
        tiers = tuple(Tier(**tier) for tier in data["tiers"])
        with current_work() as work:
            save_agreement(work, SaveAgreement(**{**data, "tiers": tiers}))
        return data, HTTPStatus.OK


@bp.route("/standings")
class Standings(MethodView):
    @requires(Permission.VIEW_PRICES)
    @bp.arguments(StandingsQuery, location="query")
    @bp.response(HTTPStatus.OK, StandingsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Turnover of each customer of an agreement in one period, and what it earns."""
        with current_work() as work:
            agreement = read_agreement(work, query["agreement"])
            found = standings(work, agreement, query["day"] or work.today)
        return {"data": [{**asdict(one), "percent": one.earned.percent, "amount": one.earned.amount} for one in found]}


class PayoutSchema(Schema):
    """`day`: any within the closed period."""

    agreement = fields.String(required=True)
    customer_id = Id("cus", required=True)
    day = fields.Date(required=True)


class PaidOutSchema(Schema):
    number = fields.String()
    receivable_id = Id("rec")
    amount = Money()


@bp.route("/payouts")
class Payouts(MethodView):
    @requires(Permission.POST_RECEIVABLES)
    @idempotent
    @bp.arguments(PayoutSchema)
    @bp.response(HTTPStatus.CREATED, PaidOutSchema)
    @bp.alt_response(HTTPStatus.CONFLICT, description="The period is open, settled already or earned nothing")
    def post(self, data: dict[str, Any]) -> Any:
        """Settle a closed period with a credit note."""
        with current_work() as work:
            return pay_rebate(work, PayRebate(**data)), HTTPStatus.CREATED
