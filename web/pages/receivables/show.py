"""One invoice, payment or credit note: lines, what settles it, the ledger, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.receivables.queries import ItemDetail, ItemFilter, list_items, read_item
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.formats import amount_text, day
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.receivables.blueprint import receivables
from web.pages.row_ids import id_in
from web.pages.words import METHOD_WORDS, RECEIVABLE, Word, word

LEDGER_WORDS: Mapping[str, str] = {
    "receivable": N_("Receivable"),
    "bank": N_("Bank and cash"),
    "deposits": N_("Customer deposits and credits"),
    "tax_payable": N_("Tax payable"),
    "revenue": N_("Revenue"),
    "discounts": N_("Discounts"),
    "write_off": N_("Written off"),
    "rounding": N_("Rounding"),
}
POSTING_WORDS: Mapping[str, str] = {
    "invoice": N_("Invoice"),
    "credit_note": N_("Credit note"),
    "payment": N_("Payment"),
    "application": N_("Applied"),
    "refund": N_("Paid back"),
    "write_off": N_("Written off"),
}


@dataclass(slots=True, kw_only=True)
class ItemPage:
    """others   (id, label) of what could settle it, or of what it could settle
    applied  (id, row, url) each; form_of: the form that was refused
    """

    id: str
    detail: ItemDetail
    word: Word
    facts: Sequence[tuple[str, str]]
    applied: Sequence[tuple[str, Any, str]]
    others: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, Any]]
    postings: Sequence[tuple[str, str, Any]]
    order_url: str
    customer_url: str
    may_post: bool
    form_of: str
    form: Form

    def form_for(self, name: str) -> Form:
        if self.form_of == name:
            return self.form
        if name == "credit":  # an amount that stands there would be one that somebody chose
            return Form()
        return Form.of(amount=amount_text(abs(self.detail.item.open_amount), self.detail.item.currency))


@receivables.get("/<receivable_id>")
@requires(Permission.VIEW_CREDIT)
def show(receivable_id: str) -> ResponseReturnValue:
    return render_item(id_in("rec", receivable_id))


@receivables.get("/<receivable_id>/print")
@requires(Permission.VIEW_CREDIT)
def print_page(receivable_id: str) -> ResponseReturnValue:
    with current_work() as work:
        detail = read_item(work, id_in("rec", receivable_id))
        return render_template("receivables/print.html", detail=detail, company=work.tenant.name)


def render_item(item_id: UUID, *, form: Form | None = None, form_of: str = "") -> ResponseReturnValue:
    """Raises ReceivableNotFound."""
    with current_work() as work:
        page = _page(work, read_item(work, item_id), form or Form(), form_of)
    return render_template("receivables/show.html", page=page), page.form.status


def _page(work: Work, detail: ItemDetail, form: Form, form_of: str) -> ItemPage:
    item = detail.item
    order_id = to_text("ord", item.order_id) if item.order_id else ""
    return ItemPage(
        id=to_text("rec", item.id), detail=detail, word=word(RECEIVABLE, item.kind), facts=_facts(detail),
        applied=[
            (to_text("rec", row.id), row, url_for("receivables.show", receivable_id=to_text("rec", row.id)))
            for row in detail.applied
        ],
        others=_others(work, item) if item.open_amount else [],
        lines=[(to_text("rln", line.id), line) for line in detail.lines],
        postings=[
            (_(POSTING_WORDS.get(row.kind, row.kind)), _(LEDGER_WORDS.get(row.account, row.account)), row)
            for row in detail.postings
        ],
        order_url=url_for("orders.show", order_id=order_id) if order_id and may(Permission.VIEW_ORDERS) else "",
        customer_url=url_for("customers.show", customer_id=to_text("cus", item.customer_id)),
        may_post=may(Permission.POST_RECEIVABLES), form_of=form_of, form=form,
    )  # fmt: skip


def _others(work: Work, item: Any) -> list[tuple[str, str]]:
    """What is open on the other side, of the same customer."""
    kinds = ("payment", "credit_note") if item.kind == "invoice" else ("invoice",)
    found = [
        row
        for kind in kinds
        for row in list_items(work, ItemFilter(kind=kind, customer_id=item.customer_id, open_only=True), limit=100)
        if row.currency == item.currency
    ]
    return [(to_text("rec", row.id), f"{row.number} · {abs(row.open_amount).normalize():f}") for row in found]


def _facts(detail: ItemDetail) -> list[tuple[str, str]]:
    item = detail.item
    facts = [
        (_("Posted"), day(item.posted_on)),
        (_("Due"), day(item.due_on) if item.due_on else ""),
        (_("Method"), _(METHOD_WORDS[item.method]) if item.method in METHOD_WORDS else item.method),
        (_("Reference"), item.reference),
        (_("Received on"), day(item.banked_on) if item.banked_on else ""),
        (_("Of invoice"), item.invoice_number or ""),
        (_("Booked by"), item.created_by),
        (_("Note"), item.note),
    ]
    return [(label, value) for label, value in facts if value]
