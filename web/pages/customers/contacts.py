"""Contacts and addresses of a customer, one at a time, on the page of its people and sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from oms.customers.save_address import SaveAddress, remove_address, save_address
from oms.customers.save_contact import SaveContact, remove_contact, save_contact
from oms.customers.save_customer import ContactData
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.pages.customers.blueprint import customers
from web.pages.customers.fields import typed_address
from web.pages.customers.people import show_people
from web.pages.row_ids import id_in
from web.pages.run_once import run_once


@customers.post("/<customer_id>/contacts")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def keep_contact(customer_id: str) -> ResponseReturnValue:
    """`contact`: the id of the one that is changed, "" for a new one."""
    key, sent = id_in("cus", customer_id), Form.sent()

    def keep(work: Work) -> tuple[str, str]:
        given = {name: sent.value(name).strip()[:300] for name in ("name", "position", "email", "phone", "role")}
        known = sent.value("contact")
        contact_id = id_in("con", known) if known else None
        save_contact(work, SaveContact(customer_id=key, contact_id=contact_id, contact=ContactData(**given)))
        return _("The contact is saved."), _back(customer_id)

    return _again(key, sent, "contact", keep)


@customers.post("/<customer_id>/contacts/<contact_id>/remove")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def drop_contact(customer_id: str, contact_id: str) -> ResponseReturnValue:
    def drop(work: Work) -> tuple[str, str]:
        remove_contact(work, id_in("cus", customer_id), id_in("con", contact_id))
        return _("The contact is removed."), _back(customer_id)

    return run_once(drop)


@customers.post("/<customer_id>/addresses")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def keep_address(customer_id: str) -> ResponseReturnValue:
    """`address`: the id of the one that is changed, "" for a new one."""
    key, sent = id_in("cus", customer_id), Form.sent()
    address = typed_address(sent)
    if sent.refused:
        return show_people(key, sent, "address")

    def keep(work: Work) -> tuple[str, str]:
        known = sent.value("address")
        address_id = id_in("adr", known) if known else None
        save_address(work, SaveAddress(customer_id=key, address_id=address_id, address=address))
        return _("The address is saved."), _back(customer_id)

    return _again(key, sent, "address", keep)


@customers.post("/<customer_id>/addresses/<address_id>/remove")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def drop_address(customer_id: str, address_id: str) -> ResponseReturnValue:
    def drop(work: Work) -> tuple[str, str]:
        remove_address(work, id_in("cus", customer_id), id_in("adr", address_id))
        return _("The address is removed."), _back(customer_id)

    return run_once(drop)


def _back(customer_id: str) -> str:
    return url_for("customers.people", customer_id=customer_id)


def _again(key: UUID, sent: Form, form_of: str, keep: Callable[[Work], Any]) -> ResponseReturnValue:
    try:
        return run_once(keep)
    except DomainError as error:
        if error.code == "idempotency_key_missing" or error.code.endswith("_not_found"):
            raise
        return show_people(key, sent.refuse(error), form_of)
