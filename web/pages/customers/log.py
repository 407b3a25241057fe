"""What was spoken with a customer, and what is to be done next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.customer_log.queries import entries_of, open_steps
from oms.customer_log.write_entry import WriteEntry, finish_step, write_entry
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import signed_in
from web.http.work import current_work
from web.pages.amounts import typed_day
from web.pages.customers.blueprint import customers
from web.pages.customers.shared import OneCustomer, one_customer
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

KINDS = {"call": N_("Call"), "visit": N_("Visit"), "mail": N_("Mail"), "note": N_("Note")}
ICONS = {"call": "phone", "visit": "map-pin", "mail": "mail", "note": "note"}
_LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    one: OneCustomer
    entries: list[Any]
    kinds: list[tuple[str, str]]
    staff: list[tuple[str, str]]
    today: Any
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpsPage:
    """steps: (step, id, url of the customer) each, the earliest first"""

    steps: list[tuple[Any, str, str]]
    tabs: list[tuple[str, str, None, bool]]
    today: Any


@customers.get("/<customer_id>/log")
@requires(Permission.VIEW_CUSTOMERS)
def log(customer_id: str) -> ResponseReturnValue:
    return _show(id_in("cus", customer_id), Form())


@customers.post("/<customer_id>/log")
@requires(Permission.EDIT_CUSTOMERS)
def write_log(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()
    due_on = typed_day(sent, "due_on")
    if sent.refused:
        return _show(key, sent)

    def keep(work: Work) -> tuple[str, str]:
        command = WriteEntry(
            customer_id=key, kind=sent.value("kind"), text=sent.value("text"), next_step=sent.value("next_step"),
            due_on=due_on, assigned_to=from_text("usr", sent.value("assigned_to")),
        )  # fmt: skip
        write_entry(work, command)
        return _("It is written down."), url_for("customers.log", customer_id=customer_id)

    try:
        return run_once(keep)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"}:
            raise
        return _show(key, sent.refuse(error))


@customers.post("/follow-ups/<entry_id>/done")
@requires(Permission.EDIT_CUSTOMERS)
def step_done(entry_id: str) -> ResponseReturnValue:
    def finish(work: Work) -> tuple[str, str]:
        customer = finish_step(work, id_in("log", entry_id))
        back = url_for("customers.follow_ups") if request.form.get("from") == "list" else url_for(
            "customers.log", customer_id=to_text("cus", customer)
        )  # fmt: skip
        return _("The step is done."), back

    return run_once(finish)


@customers.get("/follow-ups")
@requires(Permission.VIEW_CUSTOMERS)
def follow_ups() -> ResponseReturnValue:
    everybody = request.args.get("of") == "all"
    me = signed_in().id
    with current_work() as work:
        found = open_steps(work, None if everybody else me)
        page = FollowUpsPage(
            steps=[
                (one, to_text("log", one.id), url_for("customers.log", customer_id=to_text("cus", one.customer_id)))
                for one in found
            ],
            tabs=[
                (_("Mine"), url_for("customers.follow_ups"), None, not everybody),
                (_("Everybody's"), url_for("customers.follow_ups", of="all"), None, everybody),
            ],
            today=work.today,
        )  # fmt: skip
    return render_template("customers/follow_ups.html", page=page)


def _show(customer_id: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        page = LogPage(
            one=one_customer(work, customer_id, "log"),
            entries=entries_of(work, customer_id, limit=_LIMIT),
            kinds=[(key, _(label)) for key, label in KINDS.items()],
            staff=[(to_text("usr", key), name) for key, name in colleagues(work)],
            today=work.today, form=form,
        )  # fmt: skip
    return render_template("customers/log.html", page=page, labels=KINDS, icons=ICONS), form.status
