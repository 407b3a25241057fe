"""Customers that may be one and the same: the list, and two side by side before they are merged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.credit.lock_account import read_accounts
from oms.customer_matching.queries import dismiss_suspect, open_suspects, search_duplicates
from oms.customer_merging.merge_customers import MergeCustomers, merge_customers
from oms.customer_merging.plan import FIELDS
from oms.customer_view.figures import CustomerFigures, customer_figures
from oms.customers.errors import CustomerNotFound
from oms.customers.queries import customer_id_of, read_customer
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.customers.blueprint import customers
from web.pages.customers.compared import compared
from web.pages.row_ids import id_in
from web.pages.rule_words import rule_word
from web.pages.run_once import run_once

_LIMIT = 100
CHOOSE_OTHER = N_("Type the number of the customer that is the same.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesPage:
    """pairs: (pair, id, url of both side by side, why they may be one) each"""

    pairs: list[tuple[Any, str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePage:
    """rows      (field, label, of the winner, of the loser) each
    accounts  (id, label) to choose from; none where there is no choice
    """

    id: str
    winner: Any
    loser: Any | None
    rows: Sequence[tuple[str, str, str, str]]
    figures: tuple[CustomerFigures, CustomerFigures] | None
    accounts: list[tuple[str, str]]
    currency: str
    swap_url: str
    form: Form


@customers.get("/duplicates")
@requires(Permission.MERGE_CUSTOMERS)
def duplicates() -> ResponseReturnValue:
    with current_work() as work:
        pairs = [
            (pair, to_text("sus", pair.id),
             url_for("customers.compare", customer_id=to_text("cus", pair.one_id), **{"with": pair.other_number}),
             rule_word(work, pair.rule))
            for pair in open_suspects(work, limit=_LIMIT)
        ]  # fmt: skip
    return render_template("customers/duplicates.html", page=DuplicatesPage(pairs=pairs))


@customers.post("/duplicates/search")
@requires(Permission.MERGE_CUSTOMERS)
def find_duplicates() -> ResponseReturnValue:
    def search(work: Work) -> tuple[str, str]:
        found = search_duplicates(work)
        return _("{count} new pairs were found.", count=found), url_for("customers.duplicates")

    return run_once(search)


@customers.post("/duplicates/<suspect_id>/dismiss")
@requires(Permission.MERGE_CUSTOMERS)
def dismiss(suspect_id: str) -> ResponseReturnValue:
    def keep_apart(work: Work) -> tuple[str, str]:
        dismiss_suspect(work, id_in("sus", suspect_id))
        return _("They stay two customers."), url_for("customers.duplicates")

    return run_once(keep_apart)


@customers.get("/<customer_id>/merge")
@requires(Permission.MERGE_CUSTOMERS)
def compare(customer_id: str) -> ResponseReturnValue:
    return _compare(id_in("cus", customer_id), Form.of(number=request.args.get("with", "").strip()[:100]))


@customers.post("/<customer_id>/merge")
@requires(Permission.MERGE_CUSTOMERS)
def merge(customer_id: str) -> ResponseReturnValue:
    key, sent = id_in("cus", customer_id), Form.sent()

    def join(work: Work) -> tuple[str, str]:
        command = MergeCustomers(
            winner_id=key, loser_id=customer_id_of(work, sent.value("number").strip()),
            take=tuple(name for name in FIELDS if sent.value(f"take_{name}") == "loser"),
            credit_account=from_text("acc", sent.value("credit_account")), note=sent.value("note"),
        )  # fmt: skip
        done = merge_customers(work, command)
        said = _(
            "Both are one customer now; {count} entries were moved. Under Record it can be undone.", count=done.moved
        )
        return said, url_for("customers.show", customer_id=customer_id)

    try:
        return run_once(join)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return _compare(key, sent.refuse(error, {"customer_not_found": "number"}))


def _compare(key: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        winner = read_customer(work, key)
        loser = _other(work, winner, form)
        page = MergePage(
            id=to_text("cus", key), winner=winner, loser=loser,
            rows=compared(work, winner, loser) if loser else (),
            figures=(customer_figures(work, winner.id), customer_figures(work, loser.id)) if loser else None,
            accounts=_accounts(work, winner, loser), currency=work.tenant.currency,
            swap_url=url_for("customers.compare", customer_id=to_text("cus", loser.id), **{"with": winner.number})
            if loser
            else "",
            form=form,
        )  # fmt: skip
    return render_template("customers/merge.html", page=page), form.status


def _other(work: Work, winner: Any, form: Form) -> Any | None:
    number = form.value("number").strip()
    if not number:
        return None
    try:
        loser = read_customer(work, customer_id_of(work, number))
    except CustomerNotFound:
        form.refuse_field("number", _(CHOOSE_OTHER))
        return None
    if loser.id == winner.id:
        form.refuse_field("number", _(CHOOSE_OTHER))
        return None
    return loser


def _accounts(work: Work, winner: Any, loser: Any | None) -> list[tuple[str, str]]:
    """Only where both have one of their own."""
    ids = {one.credit_account_id for one in (winner, loser) if one is not None and one.credit_account_id is not None}
    if len(ids) < 2:
        return []
    found = read_accounts(work, ids)
    return [(to_text("acc", key), f"{one.number} · {one.name}") for key, one in sorted(found.items())]
