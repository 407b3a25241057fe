"""Sites, contacts and buyers of a company: where goods go, who is asked, who may spend how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.customers.save_customer import AddressData
from oms.customers.save_site import SaveSite, save_site
from oms.purchasing.buyers import buyers_of
from oms.purchasing.errors import BuyerUnknown
from oms.purchasing.plan import Limit
from oms.purchasing.queries import list_requests
from oms.purchasing.save_buyer import SaveBuyer, save_buyer
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.amounts import typed_amount
from web.pages.customers.blueprint import customers
from web.pages.customers.people_forms import SITE_ADDRESS, filled_form
from web.pages.customers.shared import OneCustomer, one_customer
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

ROLES = {
    "purchasing": N_("Purchasing"),
    "finance": N_("Finance"),
    "logistics": N_("Logistics"),
    "management": N_("Management"),
    "other": N_("Other"),
}
_POINTERS = {f"/address/{name}": name for name in SITE_ADDRESS} | {"/address": "street"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """sites     (site, id) each
    addresses (address, id) each, without those of sites; contacts likewise
    buyers    (buyer, id, names of his sites, his limits in words) each
    editing   id of the buyer whose limits are open in the form; "" for none
    form_of   the form that was refused or is filled: "site", "buyer", "contact" or "address"
    """

    one: OneCustomer
    sites: list[tuple[Any, str]]
    addresses: list[tuple[Any, str]]
    contacts: list[tuple[Any, str]]
    buyers: list[Any]
    requests: list[Any]
    currency: str
    editing: str
    form: Form
    form_of: str

    def form_for(self, name: str) -> Form:
        return self.form if self.form_of == name else Form()


@customers.get("/<customer_id>/people")
@requires(Permission.VIEW_CUSTOMERS)
def people(customer_id: str) -> ResponseReturnValue:
    """`?site=`, `?contact=` or `?address=` opens the form with that one as it is."""
    wanted = {name: request.args.get(name, "") for name in ("site", "contact", "address")}
    return show_people(id_in("cus", customer_id), Form(), "", wanted)


@customers.post("/<customer_id>/sites")
@requires(Permission.EDIT_CUSTOMERS)
def keep_site(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()

    def keep(work: Work) -> tuple[str, str]:
        typed = {name: sent.value(name).strip()[:500] for name in SITE_ADDRESS}
        address = AddressData(
            recipient=typed["recipient"], phone=typed["phone"], street=typed["street"], city=typed["city"],
            region=typed["region"], postal_code=typed["postal_code"], country=typed["country"],
        )  # fmt: skip
        command = SaveSite(
            customer_id=key, number=sent.value("number"), name=sent.value("name"), note=sent.value("note"),
            active=sent.checked("active"), address=address,
        )  # fmt: skip
        save_site(work, command)
        return _("The site is saved."), url_for("customers.people", customer_id=customer_id)

    return _again(key, sent, "site", keep)


@customers.get("/<customer_id>/buyers/<user_id>")
@requires(Permission.EDIT_CUSTOMERS)
def edit_buyer(customer_id: str, user_id: str) -> ResponseReturnValue:
    return _show_buyer(id_in("cus", customer_id), id_in("usr", user_id), None)


@customers.post("/<customer_id>/buyers/<user_id>")
@requires(Permission.EDIT_CUSTOMERS)
def keep_buyer(customer_id: str, user_id: str) -> ResponseReturnValue:
    key, user, sent = id_in("cus", customer_id), id_in("usr", user_id), Form.sent()
    limits = _limits(sent)
    if sent.refused:
        return _show_buyer(key, user, sent)

    def keep(work: Work) -> tuple[str, str]:
        chosen = [found for found in (from_text("sit", text) for text in sent.values_of("sites")) if found]
        command = SaveBuyer(
            customer_id=key, user_id=user, approves=sent.checked("approves"),
            sites=tuple(chosen) if sent.checked("some_sites") else None, limits=limits,
        )  # fmt: skip
        save_buyer(work, command)
        return _("Saved."), url_for("customers.people", customer_id=customer_id)

    try:
        return run_once(keep)
    except DomainError as error:
        if error.code in {"customer_not_found", "buyer_unknown", "idempotency_key_missing"}:
            raise
        return _show_buyer(key, user, sent.refuse(error))


def _limits(sent: Form) -> tuple[Limit, ...]:
    """`per_order.<site>` and `per_month.<site>`, "all" for all sites; empty is no limit."""
    found: dict[str, dict[str, Decimal]] = {}
    for name in sent.values:
        kind, _dot, site = name.partition(".")
        if kind in {"per_order", "per_month"} and sent.value(name).strip():
            found.setdefault(site, {})[kind] = typed_amount(sent, name)
    return tuple(
        Limit(
            site_id=None if site == "all" else id_in("sit", site), per_order=amounts.get("per_order"),
            per_month=amounts.get("per_month"),
        )
        for site, amounts in found.items()
    )  # fmt: skip


def _again(key: UUID, sent: Form, form_of: str, use_case: Any) -> ResponseReturnValue:
    try:
        return run_once(use_case)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"}:
            raise
        for problem in error.problems:
            if problem.pointer in _POINTERS:
                sent.refuse_field(_POINTERS[problem.pointer], _(problem.message))
        return show_people(key, sent.refuse(error), form_of)


def show_people(
    customer_id: UUID, form: Form, form_of: str, wanted: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    """wanted: kind of row -> id of the one that its form begins with. Raises CustomerNotFound."""
    with current_work() as work:
        one = one_customer(work, customer_id, "people")
        sites, contacts, addresses = (
            [(each, to_text(prefix, UUID(each["id"]))) for each in rows]
            for prefix, rows in (
                ("sit", one.customer.sites), ("con", one.customer.contacts), ("adr", one.customer.addresses)
            )
        )  # fmt: skip
        if not form_of and wanted:
            form_of, form = filled_form(wanted, sites, contacts, addresses)
        page = PeoplePage(
            one=one, sites=sites, contacts=contacts, addresses=addresses,
            buyers=[(buyer, to_text("usr", buyer.user_id)) for buyer in buyers_of(work, customer_id)],
            requests=list_requests(work, customer_id=customer_id, limit=20), currency=work.tenant.currency,
            editing="", form=form, form_of=form_of,
        )  # fmt: skip
    names = {each["id"]: each["name"] for each, _id in sites}
    choices = [(role, _(name)) for role, name in ROLES.items()]
    return render_template(
        "customers/people.html", page=page, roles=ROLES, site_names=names, role_choices=choices
    ), form.status


def _show_buyer(customer_id: UUID, user_id: UUID, form: Form | None) -> ResponseReturnValue:
    from_rows = form is None
    with current_work() as work:
        one = one_customer(work, customer_id, "people")
        buyer = next((row for row in buyers_of(work, customer_id) if row.user_id == user_id), None)
        if buyer is None:
            raise BuyerUnknown()
        currency = work.tenant.currency
    sites = [(to_text("sit", UUID(each["id"])), each["name"]) for each in one.customer.sites]
    shown = _buyer_form(buyer) if from_rows or form is None else form
    return render_template(
        "customers/buyer.html", one=one, buyer=buyer, user_id=to_text("usr", user_id), sites=sites, form=shown,
        currency=currency,
    ), shown.status  # fmt: skip


def _buyer_form(buyer: Any) -> Form:
    values: dict[str, Any] = {
        "approves": "1" if buyer.approves else None, "some_sites": "1" if buyer.site_scope is not None else None,
        "sites": [to_text("sit", site) for site in buyer.site_scope or ()],
    }  # fmt: skip
    for limit in buyer.limits:
        site = to_text("sit", UUID(limit["site_id"])) if limit["site_id"] else "all"
        for kind in ("per_order", "per_month"):
            if limit[kind] is not None:
                values[f"{kind}.{site}"] = f"{Decimal(limit[kind]).normalize():f}"
    return Form.of(**values)
