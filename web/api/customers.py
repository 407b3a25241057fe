"""Customers: list, read with credit, save by number."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.credit.read_account import read_account
from oms.customers.queries import customer_id_of, list_customers, read_customer
from oms.customers.save_customer import KEEP, AddressData, ContactData, SaveCustomer, save_customer
from tenants.access.errors import PermissionMissing
from tenants.access.permissions import Permission
from web.api.own_fields import OwnFieldsQuery, outside, own_filter
from web.api.spec import PREFIX, ApiBlueprint, Degrees, Id, Money, decode_cursor, encode_cursor
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.principals import signed_in
from web.http.work import current_work

bp = ApiBlueprint("api_customers", __name__, url_prefix=f"{PREFIX}/customers", description="Customers and credit")


class CustomerAddressSchema(Schema):
    label = fields.String(load_default="")
    recipient = fields.String(required=True, validate=validate.Length(min=1, max=200))
    phone = fields.String(load_default="")
    street = fields.String(required=True, validate=validate.Length(min=1, max=500))
    city = fields.String(required=True, validate=validate.Length(min=1, max=200))
    region = fields.String(load_default="")
    postal_code = fields.String(load_default="")
    country = fields.String(required=True, validate=validate.Regexp("^[A-Z]{2}$"))
    latitude = Degrees(90, load_default=None, allow_none=True)
    longitude = Degrees(180, load_default=None, allow_none=True)
    is_default_shipping = fields.Boolean(load_default=False)
    is_default_billing = fields.Boolean(load_default=False)


class ContactSchema(Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    position = fields.String(load_default="")
    role = fields.String(
        load_default="", validate=validate.OneOf(["", "purchasing", "finance", "logistics", "management", "other"])
    )
    email = fields.String(load_default="")
    phone = fields.String(load_default="")


_TERMS = frozenset({"credit_account", "payment_terms_days", "terms_end_of_month", "prepay_percent"})


class SaveCustomerSchema(Schema):
    """`addresses` and `contacts` replace what is there; leave them out to keep it. Own fields (`custom`) that are left
    out stay as they are; null empties one. So do `sales_rep_id` and the terms (`credit_account`, `payment_terms_days`,
    `terms_end_of_month`, `prepay_percent`); who names a term needs `credit.edit`, as at `/terms`."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=300))
    kind = fields.String(load_default="company", validate=validate.OneOf(["company", "person"]))
    email = fields.String(load_default="")
    phone = fields.String(load_default="")
    tax_number = fields.String(load_default="")
    group = fields.String(load_default=None, allow_none=True)
    credit_account = fields.String(allow_none=True)
    sales_rep_id = Id("usr", allow_none=True)
    payment_terms_days = fields.Integer(validate=validate.Range(min=0, max=365))
    min_remaining_days = fields.Integer(load_default=0, validate=validate.Range(min=0, max=3650))
    terms_end_of_month = fields.Boolean()
    prepay_percent = Money(allow_none=True, validate=validate.Range(min=0, max=100))
    tags = fields.List(fields.String(), load_default=list)
    active = fields.Boolean(load_default=True)
    custom = fields.Dict(load_default=dict)
    addresses = fields.List(fields.Nested(CustomerAddressSchema), load_default=None, allow_none=True)
    contacts = fields.List(fields.Nested(ContactSchema), load_default=None, allow_none=True)


class CreditSchema(Schema):
    """Exposure is the sum of the buckets, unapplied payments counting against it."""

    account = fields.String(attribute="number")
    currency = fields.String()
    credit_limit = Money(allow_none=True)
    raised_limit = Money(allow_none=True)
    raised_until = fields.Date(allow_none=True)
    blocked = fields.Boolean()
    open_orders = Money()
    unbilled_shipments = Money()
    open_invoices = Money()
    overdue = Money()
    unapplied_payments = Money()
    exposure = Money()


class CustomerSchema(Schema):
    id = Id("cus")
    number = fields.String()
    kind = fields.String()
    name = fields.String()
    email = fields.String()
    phone = fields.String()
    tax_number = fields.String()
    group = fields.String(allow_none=True)
    sales_rep_id = Id("usr", allow_none=True)
    payment_terms_days = fields.Integer()
    min_remaining_days = fields.Integer()
    terms_end_of_month = fields.Boolean()
    prepay_percent = Money(allow_none=True)
    tags = fields.List(fields.String())
    active = fields.Boolean()
    grade = fields.String(allow_none=True)
    custom = fields.Dict()


class CustomerDetailSchema(CustomerSchema):
    """`credit` is null without an account, and for keys that may not see it."""

    addresses = fields.List(fields.Nested(CustomerAddressSchema))
    contacts = fields.List(fields.Nested(ContactSchema))
    credit = fields.Nested(CreditSchema, allow_none=True)


class CustomerQuery(OwnFieldsQuery):
    search = fields.String(load_default="")
    group = fields.String(load_default=None)


class CustomersSchema(Schema):
    data = fields.List(fields.Nested(CustomerSchema))
    has_more = fields.Boolean()
    next_cursor = fields.String(allow_none=True)


def _detail(number: str) -> dict[str, Any]:
    with current_work() as work:
        row = read_customer(work, customer_id_of(work, number))
        custom = outside(work, "customer", row.custom)
        shows_credit = row.credit_account is not None and signed_in().may(Permission.VIEW_CREDIT)
        credit = read_account(work, row.credit_account_id) if shows_credit else None
    return {**row._asdict(), "custom": custom, "credit": credit}


@bp.route("/")
class Customers(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.arguments(CustomerQuery, location="query")
    @bp.response(HTTPStatus.OK, CustomersSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List customers by number."""
        cursor, limit = decode_cursor(query.pop("cursor"), str), query.pop("limit")
        with current_work() as work:
            own = own_filter(work, "customer", query)
            rows = list_customers(work, **query, fields=own, limit=limit + 1, after=cursor[0] if cursor else None)
            rows = [row._replace(custom=outside(work, "customer", row.custom)) for row in rows]
        more = len(rows) > limit
        following = encode_cursor([rows[limit - 1].number]) if more else None
        return {"data": rows[:limit], "has_more": more, "next_cursor": following}


@bp.route("/<number>")
class CustomerByNumber(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, CustomerDetailSchema)
    def get(self, number: str) -> Any:
        """Read a customer with addresses, contacts and credit."""
        return _detail(number)

    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(SaveCustomerSchema)
    @bp.response(HTTPStatus.OK, CustomerDetailSchema)
    def put(self, data: dict[str, Any], number: str) -> Any:
        """Create or change a customer."""
        addresses, contacts = data.pop("addresses"), data.pop("contacts")
        if data.keys() & _TERMS and not signed_in().may(Permission.EDIT_CREDIT):
            raise PermissionMissing(permissions=[Permission.EDIT_CREDIT])
        command = SaveCustomer(
            number=number, **{**dict.fromkeys(_TERMS, KEEP), **data, "tags": tuple(data["tags"])},
            addresses=None if addresses is None else tuple(AddressData(**one) for one in addresses),
            contacts=None if contacts is None else tuple(ContactData(**one) for one in contacts),
        )  # fmt: skip
        with current_work() as work:
            save_customer(work, command)
            return _detail(number), HTTPStatus.OK
