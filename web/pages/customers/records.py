"""What stands behind a record: its names in channels, merges that can be taken back, grades."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import to_text
from oms.customer_merging.undo_merge import UndoMerge, undo_merge
from oms.customer_view.records import records_of
from oms.customers.save_identity import AddIdentity, add_identity, remove_identity
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.customers.blueprint import customers
from web.pages.customers.shared import OneCustomer, one_customer
from web.pages.orders.asked import channels
from web.pages.row_ids import id_in
from web.pages.rule_words import rule_word
from web.pages.run_once import run_once


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsPage:
    """identities: (identity, id) each; merges likewise, newest first"""

    one: OneCustomer
    identities: list[tuple[Any, str]]
    merges: list[tuple[Any, str]]
    grades: list[Any]
    channels: list[tuple[str, str]]
    form: Form


@customers.get("/<customer_id>/record")
@requires(Permission.VIEW_CUSTOMERS)
def records(customer_id: str) -> ResponseReturnValue:
    return _show(id_in("cus", customer_id), Form())


@customers.post("/<customer_id>/identities")
@requires(Permission.EDIT_CUSTOMERS)
def new_identity(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()

    def keep(work: Work) -> tuple[str, str]:
        command = AddIdentity(customer_id=key, channel=sent.value("channel"), outside_id=sent.value("outside_id"))
        add_identity(work, command)
        return _("The name is kept."), url_for("customers.records", customer_id=customer_id)

    return _again(key, sent, keep)


@customers.post("/<customer_id>/identities/<identity_id>/remove")
@requires(Permission.EDIT_CUSTOMERS)
def drop_identity(customer_id: str, identity_id: str) -> ResponseReturnValue:
    def drop(work: Work) -> tuple[str, str]:
        remove_identity(work, id_in("cus", customer_id), id_in("cid", identity_id))
        return _("The name is forgotten."), url_for("customers.records", customer_id=customer_id)

    return run_once(drop)


@customers.post("/<customer_id>/merges/<merge_id>/undo")
@requires(Permission.MERGE_CUSTOMERS)
def take_merge_back(customer_id: str, merge_id: str) -> ResponseReturnValue:
    def undo(work: Work) -> tuple[str, str]:
        done = undo_merge(work, UndoMerge(merge_id=id_in("mrg", merge_id)))
        return _("The merge is undone."), url_for("customers.show", customer_id=to_text("cus", done.loser_id))

    return _again(id_in("cus", customer_id), Form.sent(), undo, also={"merge_not_found"})


def _timed(each: dict[str, Any]) -> dict[str, Any]:
    """A JSON object of the database with its instant read."""
    return {**each, "at": datetime.fromisoformat(each["at"])}


def _ruled(work: Work, each: dict[str, Any]) -> dict[str, Any]:
    """With its rule, and where it has one its channel, in words."""
    named = {"channel": dict(channels()).get(each["channel"], each["channel"])} if "channel" in each else {}
    return {**each, **named, "rule": rule_word(work, each["rule"])}


def _again(key: UUID, sent: Form, use_case: Any, also: set[str] | None = None) -> ResponseReturnValue:
    try:
        return run_once(use_case)
    except DomainError as error:
        if error.code in {"customer_not_found", "idempotency_key_missing"} | (also or set()):
            raise
        return _show(key, sent.refuse(error))


def _show(customer_id: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        one = one_customer(work, customer_id, "records")
        found = records_of(work, customer_id)
        page = RecordsPage(
            one=one,
            identities=[(_ruled(work, each), to_text("cid", UUID(each["id"]))) for each in found.identities],
            merges=[(_timed(each), to_text("mrg", UUID(each["id"]))) for each in found.merges],
            grades=[_ruled(work, _timed(each)) for each in found.grades],
            channels=channels(), form=form,
        )  # fmt: skip
    return render_template("customers/records.html", page=page), form.status
