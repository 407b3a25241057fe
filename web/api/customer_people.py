"""Contacts and addresses of a customer one at a time, and how it pays."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from kernel.db import Work
from oms.customers.queries import customer_id_of, read_customer
from oms.customers.save_address import SaveAddress, remove_address, save_address
from oms.customers.save_contact import SaveContact, remove_contact, save_contact
from oms.customers.save_customer import AddressData, ContactData
from oms.customers.set_terms import MOST_DAYS, SetTerms, set_terms
from tenants.access.permissions import Permission
from web.api.customers import ContactSchema, CustomerAddressSchema
from web.api.spec import PREFIX, ApiBlueprint, Id, Money, path_id
from web.http.access import requires
from web.http.idempotency import idempotent
from web.http.work import current_work

bp = ApiBlueprint("api_customer_people", __name__, url_prefix=f"{PREFIX}/customers", description="Contacts, addresses")


class KnownContactSchema(ContactSchema):
    id = Id("con", dump_only=True)


class KnownContactsSchema(Schema):
    data = fields.List(fields.Nested(KnownContactSchema))


class KnownAddressSchema(CustomerAddressSchema):
    """Those of sites are not among them. Coordinates that are left out are kept while street, city, postal
    code and country stay."""

    id = Id("adr", dump_only=True)


class KnownAddressesSchema(Schema):
    data = fields.List(fields.Nested(KnownAddressSchema))


class CustomerTermsSchema(Schema):
    """`prepay_percent` is the deposit, the rest is due by the terms; null: as the order type says. `credit_account`
    null: sells against prepayment only."""

    credit_account = fields.String(required=True, allow_none=True)
    payment_terms_days = fields.Integer(required=True, validate=validate.Range(min=0, max=MOST_DAYS))
    terms_end_of_month = fields.Boolean(load_default=False)
    prepay_percent = Money(load_default=None, allow_none=True, validate=validate.Range(min=0, max=100))


def _contacts(work: Work, customer: UUID) -> dict[str, Any]:
    return {"data": [{**row, "id": UUID(row["id"])} for row in read_customer(work, customer).contacts]}


def _addresses(work: Work, customer: UUID) -> dict[str, Any]:
    return {"data": [{**row, "id": UUID(row["id"])} for row in read_customer(work, customer).addresses]}


@bp.route("/<number>/contacts")
class CustomerContacts(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, KnownContactsSchema)
    def get(self, number: str) -> dict[str, Any]:
        """List the contacts of a customer."""
        with current_work() as work:
            return _contacts(work, customer_id_of(work, number))

    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(KnownContactSchema)
    @bp.response(HTTPStatus.CREATED, KnownContactsSchema)
    def post(self, data: dict[str, Any], number: str) -> Any:
        """Add a contact."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            save_contact(work, SaveContact(customer_id=customer, contact=ContactData(**data)))
            return _contacts(work, customer), HTTPStatus.CREATED


@bp.route("/<number>/contacts/<contact_id>")
class CustomerContactById(MethodView):
    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(KnownContactSchema)
    @bp.response(HTTPStatus.OK, KnownContactsSchema)
    def put(self, data: dict[str, Any], number: str, contact_id: str) -> Any:
        """Change a contact."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            command = SaveContact(
                customer_id=customer, contact_id=path_id("con", contact_id), contact=ContactData(**data)
            )
            save_contact(work, command)
            return _contacts(work, customer), HTTPStatus.OK

    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.response(HTTPStatus.OK, KnownContactsSchema)
    def delete(self, number: str, contact_id: str) -> Any:
        """Remove a contact."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            remove_contact(work, customer, path_id("con", contact_id))
            return _contacts(work, customer), HTTPStatus.OK


@bp.route("/<number>/addresses")
class CustomerAddresses(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, KnownAddressesSchema)
    def get(self, number: str) -> dict[str, Any]:
        """List the addresses of a customer."""
        with current_work() as work:
            return _addresses(work, customer_id_of(work, number))

    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(KnownAddressSchema)
    @bp.response(HTTPStatus.CREATED, KnownAddressesSchema)
    def post(self, data: dict[str, Any], number: str) -> Any:
        """Add an address; a new default takes the place of the old one."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            save_address(work, SaveAddress(customer_id=customer, address=AddressData(**data)))
            return _addresses(work, customer), HTTPStatus.CREATED


@bp.route("/<number>/addresses/<address_id>")
class CustomerAddressById(MethodView):
    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.arguments(KnownAddressSchema)
    @bp.response(HTTPStatus.OK, KnownAddressesSchema)
    def put(self, data: dict[str, Any], number: str, address_id: str) -> Any:
        """Change an address; placed orders keep their own copy."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            command = SaveAddress(
                customer_id=customer, address_id=path_id("adr", address_id), address=AddressData(**data)
            )
            save_address(work, command)
            return _addresses(work, customer), HTTPStatus.OK

    @requires(Permission.EDIT_CUSTOMERS)
    @idempotent
    @bp.response(HTTPStatus.OK, KnownAddressesSchema)
    def delete(self, number: str, address_id: str) -> Any:
        """Remove an address."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            remove_address(work, customer, path_id("adr", address_id))
            return _addresses(work, customer), HTTPStatus.OK


@bp.route("/<number>/terms")
class CustomerTerms(MethodView):
    @requires(Permission.VIEW_CUSTOMERS)
    @bp.response(HTTPStatus.OK, CustomerTermsSchema)
    def get(self, number: str) -> Any:
        """Read how a customer pays."""
        with current_work() as work:
            return read_customer(work, customer_id_of(work, number))

    @requires(Permission.EDIT_CREDIT)
    @idempotent
    @bp.arguments(CustomerTermsSchema)
    @bp.response(HTTPStatus.OK, CustomerTermsSchema)
    def put(self, data: dict[str, Any], number: str) -> Any:
        """Set how a customer pays, for orders and invoices to come."""
        with current_work() as work:
            customer = customer_id_of(work, number)
            set_terms(work, SetTerms(customer_id=customer, **data))
            return read_customer(work, customer), HTTPStatus.OK
