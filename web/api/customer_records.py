"""Customers in depth: sites, names in channels, the log, figures, merges, buyers and their requests."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from oms.customer_log.queries import entries_of
from oms.customer_log.write_entry import KINDS, WriteEntry, finish_step, write_entry
from oms.customer_merging.merge_customers import MergeCustomers, merge_customers
from oms.customer_merging.plan import FIELDS
from oms.customer_merging.undo_merge import UndoMerge, undo_merge
from oms.customer_view.figures import bought_most, customer_figures
from oms.customer_view.records import records_of
from oms.customers.queries import customer_id_of, read_customer
from oms.customers.save_customer import AddressData
from oms.customers.save_identity import AddIdentity, add_identity, remove_identity
from oms.customers.save_site import SaveSite, save_site
from tenants.access.permissions import Permission
from web.api.customers import CustomerAddressSchema
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, Quantity, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_customer_records", __name__, url_prefix=PREFIX, description="Sites, names, log, merges")


class CustomerSiteSchema(Schema):
    """A place of a company that orders for itself; prices and credit are the company's."""

    number = fields.String(dump_only=True)
    id = Id("sit", dump_only=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    note = fields.String(load_default="", validate=validate.Length(max=500))
    active = fields.Boolean(load_default=True)
    address = fields.Nested(CustomerAddressSchema, required=True)


class CustomerSitesSchema(Schema):
    data = fields.List(fields.Nested(CustomerSiteSchema))


class NewIdentitySchema(Schema):
    channel = fields.String(required=True, validate=validate.Length(min=1, max=50))
    outside_id = fields.String(required=True, validate=validate.Length(min=1, max=200))


class CustomerIdentitySchema(NewIdentitySchema):
    """`origin`: person, matched (by `rule`) or created (it made the customer)."""

    id = Id("cid")
    origin = fields.String()
    rule = fields.String()


class CustomerIdentitiesSchema(Schema):
    data = fields.List(fields.Nested(CustomerIdentitySchema))


class NewLogEntrySchema(Schema):
    """A next step has a day (`due_on`) and belongs to `assigned_to`."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = fields.String(required=True, validate=validate.Length(min=1, max=4000))
    next_step = fields.String(load_default="", validate=validate.Length(max=4000))
    due_on = fields.Date(load_default=None, allow_none=True)
    assigned_to = Id("usr", load_default=None, allow_none=True)


class CustomerLogEntrySchema(NewLogEntrySchema):
    id = Id("log")
    at = fields.AwareDateTime()
    actor = fields.String()
    done_at = fields.AwareDateTime(allow_none=True)
    done_by = fields.String(allow_none=True)


class CustomerLogSchema(Schema):
    data = fields.List(fields.Nested(CustomerLogEntrySchema))


class CustomerMonthSchema(Schema):
    first = fields.Date()
    net = Money()
    orders = fields.Integer()


class CustomerBoughtSchema(Schema):
    sku = fields.String()
    name = fields.String()
    quantity = Quantity()
    net = Money()
    orders = fields.Integer()
    last_on = fields.Date()


class CustomerFiguresSchema(Schema):
    """In the company's own currency. `months`: the last twelve, the running one last."""

    orders = fields.Integer()
    open_orders = fields.Integer()
    backordered = fields.Integer()
    first_on = fields.Date(allow_none=True)
    last_on = fields.Date(allow_none=True)
    net = Money()
    net_of_year = Money()
    average = Money()
    overdue = Money()
    days_between = fields.Decimal(as_string=True, allow_none=True, places=1)
    months = fields.List(fields.Nested(CustomerMonthSchema))
    bought_most = fields.List(fields.Nested(CustomerBoughtSchema))


class CustomerMergeSchema(Schema):
    """`take`: what this customer takes over from the other. `credit_account`: which one stays, where both hold a
    balance."""

    number = fields.String(required=True, validate=validate.Length(min=1, max=100))
    take = fields.List(fields.String(validate=validate.OneOf(FIELDS)), load_default=list)
    credit_account = Id("acc", load_default=None, allow_none=True)
    note = fields.String(load_default="", validate=validate.Length(max=500))


class CustomerMergedSchema(Schema):
    """`moved`: values that were changed, over all kinds of records."""

    merge_id = Id("mrg")
    customer_id = Id("cus", attribute="winner_id")
    merged_customer_id = Id("cus", attribute="loser_id")
    moved = fields.Integer()


class CustomerMergeUndoneSchema(CustomerMergedSchema):
    class Meta:
        exclude = ("moved",)

    restored = fields.Integer()


def _with_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """JSON objects of the database, their ids read."""
    return [{**row, "id": UUID(row["id"])} for row in rows]


@bp.route("/customers/<number>/sites")
class CustomerSites(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, CustomerSitesSchema)
    def get(self, number: str) -> dict[str, Any]:
        """List the sites of a company."""
        with current_work() as work:
            return {"data": _with_ids(read_customer(work, customer_id_of(work, number)).sites)}


@bp.route("/customers/<number>/sites/<site_number>")
class CustomerSiteByNumber(MethodView):
    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(CustomerSiteSchema)
    @bp.response(HTTPStatus.OK, CustomerSitesSchema)
    def put(self, data: dict[str, Any], number: str, site_number: str) -> Any:
        """Create or change a site."""
        address = data.pop("address")
        address |= {"is_default_shipping": False, "is_default_billing": False}
        with current_work() as work:
            customer = customer_id_of(work, number)
            save_site(work, SaveSite(customer_id=customer, number=site_number, address=AddressData(**address), **data))
            return {"data": _with_ids(read_customer(work, customer).sites)}, HTTPStatus.OK


@bp.route("/customers/<number>/identities")
class CustomerIdentities(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, CustomerIdentitiesSchema)
    def get(self, number: str) -> dict[str, Any]:
        """List what channels call a customer."""
        with current_work() as work:
            return {"data": _with_ids(records_of(work, customer_id_of(work, number)).identities)}

    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(NewIdentitySchema)
    @bp.response(HTTPStatus.CREATED, CustomerIdentitiesSchema)
    def post(self, data: dict[str, Any], number: str) -> Any:
        """Say what a channel calls a customer."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            add_identity(work, AddIdentity(customer_id=customer, **data))
            return {"data": _with_ids(records_of(work, customer).identities)}, HTTPStatus.CREATED


@bp.route("/customers/<number>/identities/<identity_id>")
class CustomerIdentityById(MethodView):
    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.response(HTTPStatus.OK, CustomerIdentitiesSchema)
    def delete(self, number: str, identity_id: str) -> Any:
        """Forget what a channel calls a customer."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            remove_identity(work, customer, path_id("cid", identity_id))
            return {"data": _with_ids(records_of(work, customer).identities)}, HTTPStatus.OK


@bp.route("/customers/<number>/log")
class CustomerLog(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, CustomerLogSchema)
    def get(self, number: str) -> dict[str, Any]:
        """Read what was spoken with a customer, newest first."""
        with current_work() as work:
            return {"data": entries_of(work, customer_id_of(work, number), limit=200)}

    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(NewLogEntrySchema)
    @bp.response(HTTPStatus.CREATED, CustomerLogSchema)
    def post(self, data: dict[str, Any], number: str) -> Any:
        """Write down a call, visit, mail or note."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            write_entry(work, WriteEntry(customer_id=customer, **data))
            return {"data": entries_of(work, customer, limit=1)}, HTTPStatus.CREATED


@bp.route("/customer-steps/<entry_id>/done")
class CustomerStepDone(MethodView):
    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.response(HTTPStatus.OK, CustomerLogSchema)
    def post(self, entry_id: str) -> Any:
        """Tick a next step off."""
        with current_work() as work:
            customer = finish_step(work, path_id("log", entry_id))
            return {"data": entries_of(work, customer, limit=200)}, HTTPStatus.OK


@bp.route("/customers/<number>/figures")
class Figures(MethodView):
    @requires(Permission.VIEW_CUSTOMERS, Permission.VIEW_ORDERS)
    @bp.response(HTTPStatus.OK, CustomerFiguresSchema)
    def get(self, number: str) -> dict[str, Any]:
        """Read what a customer orders, how often, and what is open."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            figures = customer_figures(work, customer)
            names = ("orders", "open_orders", "backordered", "first_on", "last_on", "net", "net_of_year", "average",
                     "overdue", "days_between", "months")  # fmt: skip
            shown = {name: getattr(figures, name) for name in names}
            return {**shown, "bought_most": bought_most(work, customer)}


@bp.route("/customers/<number>/merges")
class CustomerMerges(MethodView):
    @requires(Permission.MERGE_CUSTOMERS)
    @idempotent
    @bp.arguments(CustomerMergeSchema)
    @bp.response(HTTPStatus.CREATED, CustomerMergedSchema)
    def post(self, data: dict[str, Any], number: str) -> Any:
        """Merge another customer into this one."""
        with current_work() as work:
            command = MergeCustomers(
                winner_id=customer_id_of(work, number), loser_id=customer_id_of(work, data["number"]),
                take=tuple(data["take"]), credit_account=data["credit_account"], note=data["note"],
            )  # fmt: skip
            return merge_customers(work, command), HTTPStatus.CREATED


@bp.route("/customer-merges/<merge_id>/undo")
class CustomerMergeUndo(MethodView):
    @requires(Permission.MERGE_CUSTOMERS)
    @idempotent
    @bp.response(HTTPStatus.OK, CustomerMergeUndoneSchema)
    def post(self, merge_id: str) -> Any:
        """Take a merge back, as long as what it moved stands as it left it."""
        with current_work() as work:
            return undo_merge(work, UndoMerge(merge_id=path_id("mrg", merge_id))), HTTPStatus.OK
