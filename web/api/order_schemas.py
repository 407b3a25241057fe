"""What the order endpoints read and answer."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from oms.customer_matching.find_customers import BuyerData
from oms.instalments.plan import Instalment
from oms.orders.cancel_order import CancelReason
from oms.orders.list_orders import TABS
from oms.orders.place_hold import BY_HAND
from oms.placement.commands import DEFAULT_PRIORITY, LineRequest, PlaceOrder
from web.api.own_fields import SortedByOwnFieldsQuery
from web.api.spec import Degrees, Id, Money, Quantity


class AddressSchema(Schema):
    """`country` is ISO 3166-1 alpha-2; coordinates in degrees help to find the nearest location."""

    recipient = fields.String(required=True, validate=validate.Length(min=1, max=200))
    phone = fields.String(validate=validate.Length(max=50))
    street = fields.String(required=True, validate=validate.Length(min=1, max=500))
    city = fields.String(required=True, validate=validate.Length(min=1, max=200))
    region = fields.String(validate=validate.Length(max=100))
    postal_code = fields.String(validate=validate.Length(max=20))
    country = fields.String(required=True, validate=validate.Regexp("^[A-Z]{2}$"))
    latitude = Degrees(90)
    longitude = Degrees(180)


class InstalmentSchema(Schema):
    """One planned delivery; `quantity` is in the line's unit."""

    due_on = fields.Date(required=True)
    quantity = Quantity(required=True)

    @post_load
    def to_instalment(self, data: dict[str, Any], **_: Any) -> Instalment:
        return Instalment(**data)


class NewLineSchema(Schema):
    """`quantity` is in `unit`; without a unit, in the SKU's base unit. Prices only where the order type takes them.
    `instalments` add up to `quantity`; without any, all of it is wanted at once.
    """

    sku = fields.String(required=True, validate=validate.Length(min=1, max=200))
    quantity = Quantity(required=True)
    unit = fields.String(load_default=None, allow_none=True)
    unit_price = Money(load_default=None, allow_none=True)
    amount = Money(load_default=None, allow_none=True)
    outside_line = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    custom = fields.Dict(keys=fields.String(), load_default=dict)
    instalments = fields.List(fields.Nested(InstalmentSchema), load_default=list, validate=validate.Length(max=60))

    @post_load
    def to_line(self, data: dict[str, Any], **_: Any) -> LineRequest:
        return LineRequest(**{**data, "instalments": tuple(data["instalments"])})


class BuyerSchema(Schema):
    """Masked values ("138****5678") are kept as they are and compared with nobody."""

    outside_id = fields.String(required=True, validate=validate.Length(min=1, max=200))
    name = fields.String(load_default="", validate=validate.Length(max=300))
    phone = fields.String(load_default="", validate=validate.Length(max=60))
    email = fields.String(load_default="", validate=validate.Length(max=200))
    tax_number = fields.String(load_default="", validate=validate.Length(max=60))
    postal_code = fields.String(load_default="", validate=validate.Length(max=20))
    country = fields.String(load_default="", validate=validate.Regexp("^([A-Z]{2})?$"))

    @post_load
    def to_buyer(self, data: dict[str, Any], **_: Any) -> BuyerData:
        return BuyerData(**data)


class NewOrderSchema(Schema):
    """An order to place. One of `customer_id`, `customer_number` and `buyer` names the buyer.

    `buyer` says what the channel calls him and what it knows: he is found by that name or by the matching rules, and
    where nobody is found the order type says whether he is made known (`unknown_buyers`).
    """

    order_type = fields.String(required=True)
    channel = fields.String(load_default="api", validate=validate.Length(min=1, max=50))
    customer_id = Id("cus", load_default=None, allow_none=True)
    customer_number = fields.String(load_default=None, allow_none=True)
    buyer = fields.Nested(BuyerSchema, load_default=None, allow_none=True)
    outside_number = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=200))
    lines = fields.List(fields.Nested(NewLineSchema), required=True, validate=validate.Length(min=1, max=2000))
    ship_to = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    bill_to = fields.Nested(AddressSchema, load_default=None, allow_none=True)
    requested_on = fields.Date(load_default=None, allow_none=True)
    priority = fields.Integer(
        load_default=DEFAULT_PRIORITY, validate=validate.Range(min=0, max=9),
        metadata={"description": "0 to 9; the highest is served first"},
    )  # fmt: skip
    promise_on = fields.Date(load_default=None, allow_none=True, metadata={"description": "Day promised to the buyer"})
    buyer_note = fields.String(load_default="", validate=validate.Length(max=2000))
    merge_key = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(min=1, max=200),
        metadata={"description": "The channel's word for the same receiver, such as an OAID"},
    )  # fmt: skip
    receiver_hidden = fields.Boolean(
        load_default=False, metadata={"description": "The address is masked; only merge_key says who is the same"}
    )
    tags = fields.List(fields.String(validate=validate.Length(max=50)), load_default=list)
    currency = fields.String(load_default=None, allow_none=True, validate=validate.Regexp("^[A-Z]{3}$"))
    coupons = fields.List(
        fields.String(validate=validate.Length(min=1, max=60)), load_default=list, validate=validate.Length(max=20)
    )
    custom = fields.Dict(keys=fields.String(), load_default=dict)
    approvers = fields.Dict(
        keys=fields.String(), values=fields.List(Id("usr"), validate=validate.Length(max=50)), load_default=dict,
        metadata={"description": "Step of the approval flow -> users, where the flow leaves the choice to who submits"},
    )  # fmt: skip

    @validates_schema
    def one_customer(self, data: dict[str, Any], **_: Any) -> None:
        if sum(data.get(name) is not None for name in ("customer_id", "customer_number", "buyer")) != 1:
            raise ValidationError("give one of customer_id, customer_number and buyer", "customer_id")

    @post_load
    def to_command(self, data: dict[str, Any], **_: Any) -> PlaceOrder:
        approvers = {step: tuple(users) for step, users in data["approvers"].items()}
        return PlaceOrder(
            **{**data, "lines": tuple(data["lines"]), "tags": tuple(data["tags"]),
               "coupons": tuple(data["coupons"]), "approvers": approvers}
        )  # fmt: skip


class HoldSchema(Schema):
    id = Id("hld")
    type = fields.String()
    reason = fields.String()
    source = fields.String()
    placed_at = fields.AwareDateTime()
    placed_by = fields.String()
    assigned_to = Id("usr", allow_none=True)
    other_order_id = Id("ord", allow_none=True)
    released_at = fields.AwareDateTime(allow_none=True)
    released_by = fields.String(allow_none=True)
    release_reason = fields.String(allow_none=True)


class PlacedHoldSchema(Schema):
    """A hold that placement put on the order."""

    type = fields.String()
    reason = fields.String()
    source = fields.String()


class PlacedSchema(Schema):
    """What became of a placed order. `allocated` and `short` are base units over all lines."""

    id = Id("ord", attribute="order_id")
    number = fields.String()
    customer_id = Id("cus")
    channel = fields.String()
    currency = fields.String()
    total = Money()
    holds = fields.List(fields.Nested(PlacedHoldSchema))
    allocated = Quantity()
    short = Quantity()


class AllocationSchema(Schema):
    location = fields.String()
    quantity = Quantity()
    shipped = Quantity()


class TakenOffSchema(Schema):
    """What one promotion takes off a line, in the basis of the prices."""

    source = fields.String()
    label = fields.Dict()
    coupon = fields.String(allow_none=True)
    amount = Money()


class ChargeSchema(Schema):
    """What the order costs beside its goods. `discount` is what a promotion (`waived_by`) takes off `price`."""

    kind = fields.String()
    label = fields.Dict()
    source = fields.String()
    price = Money()
    discount = Money()
    waived_by = fields.String()
    tax_rate = Money()
    net = Money()
    tax = Money()
    gross = Money()


class LineSchema(Schema):
    """Quantities are in base units: open = ordered - cancelled - allocated."""

    id = Id("lin")
    line_no = fields.Integer()
    sku = fields.String()
    name = fields.String()
    unit = fields.String()
    unit_quantity = Quantity()
    ordered = Quantity()
    cancelled = Quantity()
    allocated = Quantity()
    backordered = Quantity()
    shipped = Quantity()
    unit_price = Money()
    discount = Money()
    adjustments = fields.List(fields.Nested(TakenOffSchema))
    tax_rate = Money()
    net = Money()
    tax = Money()
    gross = Money()
    outside_line = fields.String(allow_none=True)
    custom = fields.Dict()
    allocations = fields.List(fields.Nested(AllocationSchema))


class SummarySchema(Schema):
    id = Id("ord")
    number = fields.String()
    outside_number = fields.String(allow_none=True)
    channel = fields.String()
    order_type = fields.String()
    customer_id = Id("cus")
    customer_name = fields.String()
    status = fields.String()
    fulfilment_status = fields.String()
    backordered = fields.Boolean()
    hold_types = fields.List(fields.String())
    currency = fields.String()
    total = Money()
    placed_at = fields.AwareDateTime()
    version = fields.Integer()
    custom = fields.Dict()


class EventSchema(Schema):
    kind = fields.String()
    facts = fields.Dict()
    at = fields.AwareDateTime()
    actor = fields.String(attribute="actor_name")


class DecisionSchema(Schema):
    """Why: the trace names the document, the rule or row that won, and why the others lost."""

    kind = fields.String()
    release = fields.Integer()
    outcome = fields.String()
    trace = fields.Dict()
    at = fields.AwareDateTime()


class OrderSchema(SummarySchema):
    customer_number = fields.String()
    net_total = Money()
    tax_total = Money()
    prices_include_tax = fields.Boolean()
    ship_to = fields.Dict()
    bill_to = fields.Dict()
    requested_on = fields.Date(allow_none=True)
    priority = fields.Integer()
    promise_on = fields.Date(allow_none=True)
    risk_score = fields.Integer()
    buyer_note = fields.String()
    tags = fields.List(fields.String())
    payment_status = fields.String()
    prepay_required = Money()
    paid_total = Money()
    invoiced_total = Money()
    credited_total = Money()
    lines = fields.List(fields.Nested(LineSchema))
    charges = fields.List(fields.Nested(ChargeSchema))
    holds = fields.List(fields.Nested(HoldSchema))
    events = fields.List(fields.Nested(EventSchema))
    decisions = fields.List(fields.Nested(DecisionSchema))


class OrderQuery(SortedByOwnFieldsQuery):
    tab = fields.String(load_default="all", validate=validate.OneOf(list(TABS)))
    search = fields.String(load_default="", validate=validate.Length(max=2000))
    channel = fields.String(load_default=None)
    order_type = fields.String(load_default=None)
    customer_id = Id("cus", load_default=None)
    hold_type = fields.String(load_default=None)
    placed_from = fields.Date(load_default=None)
    placed_to = fields.Date(load_default=None)


class OrdersSchema(Schema):
    """A page, newest first. `next_cursor` is null on the last one."""

    data = fields.List(fields.Nested(SummarySchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


class CancelLineSchema(Schema):
    line_id = Id("lin", required=True)
    quantity = Quantity(required=True)


class CancelSchema(Schema):
    """Without `lines`, all that is not shipped is cancelled. `version` guards against changes since it was read."""

    reason = fields.Enum(CancelReason, by_value=True, load_default=CancelReason.OTHER)
    note = fields.String(load_default="", validate=validate.Length(max=500))
    lines = fields.List(fields.Nested(CancelLineSchema), load_default=None, allow_none=True)
    version = fields.Integer(load_default=None, allow_none=True)


class ReasonSchema(Schema):
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))
    version = fields.Integer(load_default=None, allow_none=True)


class HoldsToPlaceSchema(ReasonSchema):
    """`types` says what the holds are about."""

    types = fields.List(
        fields.String(validate=validate.OneOf(BY_HAND)), load_default=lambda: ["manual"],
        validate=validate.Length(min=1, max=len(BY_HAND)),
    )  # fmt: skip


class LineFieldsSchema(Schema):
    line_id = Id("lin", required=True)
    custom = fields.Dict(keys=fields.String(), required=True)


class OrderFieldsSchema(Schema):
    """Values of own fields of an order and of its lines. Those that are left out stay; null empties one."""

    custom = fields.Dict(keys=fields.String(), load_default=dict)
    lines = fields.List(fields.Nested(LineFieldsSchema), load_default=list, validate=validate.Length(max=2000))
    version = fields.Integer(load_default=None, allow_none=True)


class VersionSchema(Schema):
    version = fields.Integer(load_default=None, allow_none=True)


class ApprovalSchema(Schema):
    """What the approver decides.

    return_to   an earlier step; without it, the order goes back to who sent it
    leave_parallel  what runs beside the step may end with it
    transfer_to, signers  e-mail addresses of people of the tenant
    fields      values of the order's own fields that the step lets its people change
    version     of the approval as it was seen; without it, whatever it is now
    """

    action = fields.String(
        required=True, validate=validate.OneOf(["approve", "reject", "return", "transfer", "add_signers"])
    )
    comment = fields.String(load_default="", validate=validate.Length(max=1000))
    task = Id("tsk", load_default=None, allow_none=True)
    return_to = fields.String(load_default=None, allow_none=True)
    leave_parallel = fields.Boolean(load_default=False)
    transfer_to = fields.Email(load_default=None, allow_none=True)
    signers = fields.List(fields.Email(), load_default=list, validate=validate.Length(max=50))
    where = fields.String(load_default="before", validate=validate.OneOf(["before", "after", "parallel"]))
    fields_ = fields.Dict(keys=fields.String(), load_default=dict, data_key="fields")
    version = fields.Integer(load_default=None, allow_none=True)
    on_behalf_of = fields.Email(
        required=True, metadata={"description": "E-mail of the approver; a key acts for a person of the tenant"}
    )
