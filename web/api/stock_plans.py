"""What stock will be: expected receipts, availability by day, reservations, levels, rules of channels."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.db import Work
from kernel.ids import to_text
from oms.catalog.queries import sku_id_of
from oms.channel_stock.models import KINDS
from oms.channel_stock.save_rule import SaveChannelRule, end_channel_rule, list_channel_rules, save_channel_rule
from oms.customers.errors import CustomerNotFound
from oms.inventory.errors import LocationNotFound, SkuNotFound
from oms.inventory.queries import bin_id_of, location_id_of
from oms.inventory.set_levels import NamedLevels, set_named_levels
from oms.inventory.words import STATUSES
from oms.receipts.errors import ReceiptNotFound
from oms.receipts.expect_goods import ExpectedRow, close_expected, expect_goods
from oms.receipts.queries import list_expected
from oms.receipts.read_outlook import read_outlook
from oms.receipts.receive_expected import ReceiveExpected, receive_expected
from oms.reservations.errors import ReservationNotFound
from oms.reservations.models import PURPOSES
from oms.reservations.queries import list_reservations
from oms.reservations.release_reservation import release_reservation
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Page, Quantity, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_stock_plans", __name__, url_prefix=f"{PREFIX}/stock", description="Stock to come and stock kept")


class ExpectedRowSchema(Schema):
    sku = fields.String(required=True)
    location = fields.String(required=True)
    reference = fields.String(required=True)
    quantity = Quantity(required=True)
    due_on = fields.Date(required=True)
    source = fields.String(load_default="purchase", validate=validate.OneOf(["purchase", "production", "return"]))
    note = fields.String(load_default="", validate=validate.Length(max=300))


class ExpectSchema(Schema):
    """The same source, reference, SKU and location again changes what was said before."""

    rows = fields.List(fields.Nested(ExpectedRowSchema), required=True, validate=validate.Length(min=1, max=5000))


class ExpectedSchema(Schema):
    """`outstanding` is what has not come yet. Source `transfer`: received with its transfer."""

    id = Id("exr")
    sku = fields.String()
    location = fields.String()
    source = fields.String()
    reference = fields.String()
    quantity = Quantity()
    received = Quantity()
    outstanding = Quantity()
    due_on = fields.Date()
    note = fields.String()
    closed_at = fields.AwareDateTime(allow_none=True)


class ExpectedListSchema(Schema):
    data = fields.List(fields.Nested(ExpectedSchema))


class ExpectedQuery(Schema):
    sku = fields.String(load_default=None)
    location = fields.String(load_default=None)
    search = fields.String(load_default="")
    open_only = fields.Boolean(load_default=True)
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=1000))


class ArrivalOfExpectedSchema(Schema):
    quantity = Quantity(required=True)
    status = fields.String(load_default="good", validate=validate.OneOf(STATUSES))
    lot = fields.String(load_default="", validate=validate.Length(max=80))
    expires_on = fields.Date(load_default=None, allow_none=True)
    unit_cost = Money(load_default=None, allow_none=True, minimum=0)
    serials = fields.List(fields.String(validate=validate.Length(min=1, max=100)), load_default=list)
    bin = fields.String(load_default="", validate=validate.Length(max=40))
    reason = fields.String(load_default="", validate=validate.Length(max=300))


class CloseSchema(Schema):
    reason = fields.String(required=True, validate=validate.Length(min=1, max=300))


class AvailabilityQuery(Schema):
    """`quantity` asks for the first day on which so many units are there. `channel` keeps to its buffers and quotas."""

    sku = fields.String(required=True)
    location = fields.String(load_default=None)
    channel = fields.String(load_default=None)
    quantity = Quantity(load_default=None)


class StepSchema(Schema):
    on = fields.Date()
    available = Quantity()


class AvailabilitySchema(Schema):
    """`available` can be promised now, `steps` by which day how many in all; `earliest_on` is null where
    nothing that is known now covers the quantity."""

    sku = fields.String()
    available = Quantity()
    steps = fields.List(fields.Nested(StepSchema))
    earliest_on = fields.Date(allow_none=True)


class NewReservationSchema(Schema):
    """An order of `customer` or with the outside number `reference` takes the units up. Without `minutes` it lives as
    long as the company's setting says."""

    sku = fields.String(required=True)
    quantity = Quantity(required=True)
    location = fields.String(load_default=None, allow_none=True)
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    reference = fields.String(load_default="", validate=validate.Length(max=200))
    channel = fields.String(load_default="", validate=validate.Length(max=50))
    customer = fields.String(load_default=None, allow_none=True)
    minutes = fields.Integer(load_default=None, allow_none=True)


class ReservationSchema(Schema):
    """`held` is what it still holds at which location."""

    id = Id("rsv")
    sku = fields.String()
    quantity = Quantity()
    converted = Quantity()
    purpose = fields.String()
    reference = fields.String()
    channel = fields.String()
    customer = fields.String(allow_none=True)
    until = fields.AwareDateTime()
    state = fields.String()
    held = fields.Dict(keys=fields.String(), values=fields.String())


class ReservationsSchema(Schema):
    data = fields.List(fields.Nested(ReservationSchema))


class ReservationQuery(Page):
    active_only = fields.Boolean(load_default=True)


class LevelSchema(Schema):
    sku = fields.String(required=True)
    location = fields.String(required=True)
    safety_stock = Quantity(required=True, minimum=0)
    reorder_point = Quantity(load_default=0, minimum=0)


class LevelsSchema(Schema):
    rows = fields.List(fields.Nested(LevelSchema), required=True, validate=validate.Length(min=1, max=5000))


class NewRuleSchema(Schema):
    """Kind buffer: units or `percent` that the channel must leave; quota: the most it may be promised; exclusive: units
    that no other channel is promised."""

    channel = fields.String(required=True, validate=validate.Length(min=1, max=50))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    quantity = Quantity(load_default=None, allow_none=True)
    percent = Quantity(load_default=None, allow_none=True)
    sku = fields.String(load_default=None, allow_none=True)
    category = fields.String(load_default="", validate=validate.Length(max=200))
    location = fields.String(load_default=None, allow_none=True)
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(max=300))


class RuleSchema(NewRuleSchema):
    id = Id("chr")


class RulesSchema(Schema):
    data = fields.List(fields.Nested(RuleSchema))


def _sku(work: Work, code: str) -> UUID:
    found = sku_id_of(work, code)
    if found is None:
        raise SkuNotFound()
    return found


def _location(work: Work, key: str) -> UUID:
    found = location_id_of(work, key)
    if found is None:
        raise LocationNotFound()
    return found


def _expected(work: Work, receipt_id: UUID) -> Any:
    found = list_expected(work, receipt_id=receipt_id, open_only=False, limit=1)
    if not found:
        raise ReceiptNotFound()
    return found[0]


@bp.route("/expected")
class Expected(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.arguments(ExpectedQuery, location="query")
    @bp.response(HTTPStatus.OK, ExpectedListSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List expected receipts by the day on which they are due."""
        with current_work() as work:
            return {"data": list_expected(work, **query)}

    @requires(Permission.PLAN_STOCK)
    @idempotent
    @bp.arguments(ExpectSchema)
    @bp.response(HTTPStatus.CREATED, ExpectedListSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Say what is on its way: all rows, or none."""
        with current_work() as work:
            made = expect_goods(work, [ExpectedRow(**row) for row in data["rows"]])
            return {"data": [_expected(work, receipt_id) for receipt_id in made.ids[:100]]}, HTTPStatus.CREATED


@bp.route("/expected/<receipt_id>/receipts")
class ExpectedReceipts(MethodView):
    @requires(Permission.ADJUST_STOCK)
    @idempotent
    @bp.arguments(ArrivalOfExpectedSchema)
    @bp.response(HTTPStatus.CREATED, ExpectedSchema)
    def post(self, data: dict[str, Any], receipt_id: str) -> Any:
        """Receive goods that were expected, in parts if need be."""
        with current_work() as work:
            row = _expected(work, path_id("exr", receipt_id))
            of_bin = data.pop("bin")
            command = ReceiveExpected(
                receipt_id=row.id, bin_id=bin_id_of(work, row.location_id, of_bin) if of_bin else None,
                **{**data, "serials": tuple(data["serials"])},
            )  # fmt: skip
            receive_expected(work, command)
            told = {"quantity": (None, str(data["quantity"])), "reference": (None, row.reference)}
            audit(work, "stock.receive", "expected_receipt", to_text("exr", row.id), told)
            return _expected(work, row.id), HTTPStatus.CREATED


@bp.route("/expected/<receipt_id>/closures")
class ExpectedClosures(MethodView):
    @requires(Permission.PLAN_STOCK)
    @idempotent
    @bp.arguments(CloseSchema)
    @bp.response(HTTPStatus.CREATED, ExpectedSchema)
    def post(self, data: dict[str, Any], receipt_id: str) -> Any:
        """Expect nothing more of it."""
        with current_work() as work:
            found = path_id("exr", receipt_id)
            close_expected(work, found, data["reason"])
            return _expected(work, found), HTTPStatus.CREATED


@bp.route("/availability")
class Availability(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.arguments(AvailabilityQuery, location="query")
    @bp.response(HTTPStatus.OK, AvailabilitySchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """How many units can be promised now and later, to whom."""
        with current_work() as work:
            sku = _sku(work, query["sku"])
            location = _location(work, query["location"]) if query["location"] else None
            found = read_outlook(work, [sku], channel=query["channel"], location_id=location)[sku]
            wanted = query["quantity"]
            return {
                "sku": query["sku"], "available": found.now,
                "steps": [{"on": day, "available": units} for day, units in found.steps],
                "earliest_on": None if wanted is None else found.earliest(wanted, work.today),
            }  # fmt: skip


@bp.route("/reservations")
class Reservations(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.arguments(ReservationQuery, location="query")
    @bp.response(HTTPStatus.OK, ReservationsSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List reservations, newest first."""
        with current_work() as work:
            return {"data": list_reservations(work, active_only=query["active_only"], limit=query["limit"])}

    @requires(Permission.RESERVE_STOCK)
    @idempotent
    @bp.arguments(NewReservationSchema)
    @bp.response(HTTPStatus.CREATED, ReservationSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Keep units for somebody for a while: all of them, or none."""
        with current_work() as work:
            location, customer = data.pop("location"), data.pop("customer")
            command = ReserveStock(
                sku_id=_sku(work, data.pop("sku")), location_id=_location(work, location) if location else None,
                customer_id=_customer(work, customer) if customer else None, **data,
            )  # fmt: skip
            made = reserve_stock(work, command)
            told = {"quantity": (None, str(command.quantity)), "purpose": (None, command.purpose)}
            audit(work, "reservation.create", "reservation", to_text("rsv", made.reservation_id), told)
            return list_reservations(work, reservation_id=made.reservation_id, limit=1)[0], HTTPStatus.CREATED


def _customer(work: Work, number: str) -> UUID:
    found = work.scalar(
        "SELECT id FROM customers WHERE tenant_id = %(tenant)s AND number = %(number)s",
        {"tenant": work.tenant_id, "number": number},
    )
    if found is None or not work.actor.may_see("customer", found):
        raise CustomerNotFound()
    return UUID(str(found))


@bp.route("/reservations/<reservation_id>/releases")
class ReservationReleases(MethodView):
    @requires(Permission.RESERVE_STOCK)
    @idempotent
    @bp.response(HTTPStatus.CREATED, ReservationSchema)
    def post(self, reservation_id: str) -> Any:
        """Give the units free again."""
        with current_work() as work:
            found = path_id("rsv", reservation_id)
            release_reservation(work, found)
            audit(work, "reservation.release", "reservation", to_text("rsv", found))
            rows = list_reservations(work, reservation_id=found, limit=1)
            if not rows:
                raise ReservationNotFound()
            return rows[0], HTTPStatus.CREATED


@bp.route("/levels")
class Levels(MethodView):
    @requires(Permission.PLAN_STOCK)
    @idempotent
    @bp.arguments(LevelsSchema)
    @bp.response(HTTPStatus.NO_CONTENT)
    def put(self, data: dict[str, Any]) -> Any:
        """Set safety stock and reorder points."""
        with current_work() as work:
            set_named_levels(work, [NamedLevels(**row) for row in data["rows"]])
            return "", HTTPStatus.NO_CONTENT


@bp.route("/channel-rules")
class ChannelRules(MethodView):
    @requires(Permission.VIEW_STOCK)
    @bp.response(HTTPStatus.OK, RulesSchema)
    def get(self) -> dict[str, Any]:
        """List the rules of channels."""
        with current_work() as work:
            return {"data": list_channel_rules(work)}

    @requires(Permission.PLAN_STOCK)
    @idempotent
    @bp.arguments(NewRuleSchema)
    @bp.response(HTTPStatus.CREATED, RuleSchema)
    def post(self, data: dict[str, Any]) -> Any:
        """Limit what a channel may sell. It holds from the next promise on."""
        with current_work() as work:
            sku, location = data.pop("sku"), data.pop("location")
            made = save_channel_rule(
                work,
                SaveChannelRule(
                    sku_id=_sku(work, sku) if sku else None,
                    location_id=_location(work, location) if location else None,
                    **data,
                ),
            )  # fmt: skip
            return next(rule for rule in list_channel_rules(work) if rule.id == made), HTTPStatus.CREATED


@bp.route("/channel-rules/<rule_id>")
class ChannelRuleById(MethodView):
    @requires(Permission.PLAN_STOCK)
    @idempotent
    @bp.response(HTTPStatus.NO_CONTENT)
    def delete(self, rule_id: str) -> Any:
        """End a rule."""
        with current_work() as work:
            end_channel_rule(work, path_id("chr", rule_id))
            return "", HTTPStatus.NO_CONTENT
