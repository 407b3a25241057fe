"""A new customer, and what is known of one: names, ways to reach it, group, sales rep, tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text, to_text
from oms.credit.queries import list_group_limits
from oms.customers.queries import read_customer
from oms.customers.save_customer import AddressData, SaveCustomer, save_customer
from tenants.access.ids import user_text
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues, name_in
from web.http.access import requires
from web.http.errors import status_of
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work
from web.pages.customers.blueprint import customers
from web.pages.customers.fields import ADDRESS, typed_address, typed_days
from web.pages.own_fields.inputs import OwnInput, make_inputs, read_inputs, take_up_problems
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

NUMBER_MISSING, NAME_MISSING = N_("Give the customer a number."), N_("Write a name.")
KINDS = {"company": N_("Company"), "person": N_("Person")}
_LONGEST = 300
_TEXTS = ("name", "email", "phone", "tax_number")
_FIELDS = {"customer_number_taken": "number", "customer_group_unknown": "group"}


@dataclass(slots=True, kw_only=True)
class EditPage:
    """customer  None: a new one; groups: (key, name); people: (id, name) of colleagues who may look after it"""

    customer: Any | None
    back_url: str
    groups: Sequence[tuple[str, str]]
    people: Sequence[tuple[str, str]]
    own: Sequence[OwnInput]
    form: Form


@customers.get("/new")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def new() -> ResponseReturnValue:
    return _render(None, Form.of(kind="company", active="1", name=request.args.get("name", "").strip()[:_LONGEST]))


@customers.post("/new")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def create() -> ResponseReturnValue:
    sent = Form.sent()
    if not sent.value("number").strip():
        sent.refuse_field("number", _(NUMBER_MISSING))
    typed = _typed(sent)
    address = typed_address(sent) if any(sent.value(name).strip() for name in ADDRESS) else None
    if sent.refused:
        return _render(None, sent)

    def keep(work: Work) -> tuple[str, str]:
        command = SaveCustomer(
            number=sent.value("number").strip()[:100], **typed, active=True, only_new=True,
            custom=read_inputs(work, "customer", sent, {}, files=False), sales_rep_id=_rep(work, sent),
            addresses=(_default(address),) if address else None,
        )  # fmt: skip
        saved = save_customer(work, command)
        return _("The customer is saved."), url_for("customers.show", customer_id=to_text("cus", saved))

    return _run(keep, None, sent)


@customers.get("/<customer_id>/edit")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def edit(customer_id: str) -> ResponseReturnValue:
    return _render(id_in("cus", customer_id), None)


@customers.post("/<customer_id>/edit")
@requires(Permission.VIEW_CUSTOMERS, Permission.EDIT_CUSTOMERS)
def store(customer_id: str) -> ResponseReturnValue:
    """Number, terms and credit stay as they are."""
    key, sent = id_in("cus", customer_id), Form.sent()
    typed = _typed(sent)
    if sent.refused:
        return _render(key, sent)

    def keep(work: Work) -> tuple[str, str]:
        row = read_customer(work, key)
        command = SaveCustomer(
            number=row.number, **typed, credit_account=row.credit_account, active=sent.checked("active"),
            payment_terms_days=row.payment_terms_days, terms_end_of_month=row.terms_end_of_month,
            prepay_percent=row.prepay_percent, sales_rep_id=_rep(work, sent),
            custom=read_inputs(work, "customer", sent, row.custom, files=False),
        )  # fmt: skip
        save_customer(work, command)
        return _("The customer is saved."), url_for("customers.show", customer_id=customer_id)

    return _run(keep, key, sent)


def _run(keep: Any, key: UUID | None, sent: Form) -> ResponseReturnValue:
    try:
        return run_once(keep)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"}:
            raise
        if error.code in _FIELDS:
            sent.refuse(error, _FIELDS)
        elif not take_up_problems(sent, error.problems):
            sent.message = said(error.message, error.facts)
        sent.status = status_of(error)
        return _render(key, sent)


def _typed(sent: Form) -> dict[str, Any]:
    """What both forms have; faults go to the form."""
    texts = {name: sent.value(name).strip()[:_LONGEST] for name in _TEXTS}
    if not texts["name"]:
        sent.refuse_field("name", _(NAME_MISSING))
    tags = [tag.strip()[:60] for tag in sent.value("tags").replace("，", ",").split(",")]
    return {
        **texts, "kind": "person" if sent.value("kind") == "person" else "company",
        "group": sent.value("group").strip() or None, "tags": tuple(dict.fromkeys(tag for tag in tags if tag)),
        "min_remaining_days": typed_days(sent, "min_remaining_days"),
    }  # fmt: skip


def _rep(work: Work, sent: Form) -> UUID | None:
    """One of the colleagues that the form offers; nobody else."""
    chosen = from_text("usr", sent.value("sales_rep"))
    return chosen if any(person == chosen for person, _name in colleagues(work)) else None


def _default(address: AddressData) -> AddressData:
    """The first address is where goods and bills go."""
    return AddressData(
        recipient=address.recipient, phone=address.phone, street=address.street, city=address.city,
        region=address.region, postal_code=address.postal_code, country=address.country,
        is_default_shipping=True, is_default_billing=True,
    )  # fmt: skip


def _render(key: UUID | None, form: Form | None) -> ResponseReturnValue:
    with current_work() as work:
        row = read_customer(work, key) if key is not None else None
        shown = form or _form_of(row)
        page = EditPage(
            customer=row, back_url=_back_url(row),
            groups=[(one.key, name_in(one.names, current_locale()) or one.key) for one in list_group_limits(work)],
            people=[(user_text(person), name) for person, name in colleagues(work)],
            own=make_inputs(work, "customer", shown, row.custom if row else {}, files=False), form=shown,
        )  # fmt: skip
    return render_template("customers/edit.html", page=page, kinds=KINDS), shown.status


def _back_url(row: Any | None) -> str:
    return url_for("customers.show", customer_id=to_text("cus", row.id)) if row else url_for("customers.index")


def _form_of(row: Any) -> Form:
    return Form.of(
        name=row.name, kind=row.kind, email=row.email, phone=row.phone, tax_number=row.tax_number,
        group=row.group or "", tags=", ".join(row.tags), active="1" if row.active else None,
        min_remaining_days=str(row.min_remaining_days) if row.min_remaining_days else "",
        sales_rep=user_text(row.sales_rep_id) if row.sales_rep_id else "",
    )  # fmt: skip
