"""Expected goods: what is due when, written down by hand, pasted or from a file, and received when it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import from_text, to_text
from oms.inventory.queries import bin_id_of
from oms.receipts.errors import ReceiptNotFound
from oms.receipts.expect_goods import ExpectedRow, close_expected, expect_goods
from oms.receipts.queries import list_expected
from oms.receipts.receive_expected import ReceiveExpected, receive_expected
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.formats import quantity
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import number_in, typed_day, typed_quantity
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.stock.blueprint import may_plan, named, place_names, refuse, row_faults, stock
from web.pages.stock.typed_rows import day_in, names_in, typed_rows
from web.pages.words import EXPECTED_SOURCE

_ROWS = 50
_FIELDS = {
    "quantity_invalid": "quantity", "lot_missing": "lot", "lot_not_wanted": "lot", "lot_differs": "expires_on",
    "serials_missing": "serials", "serials_not_wanted": "serials", "serial_is_there": "serials", "bin_not_found": "bin",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEntry:
    """row: of `list_expected`; place: the location's name; url: "" where it comes by transfer"""

    row: Any
    place: str
    source: str
    url: str


@dataclass(slots=True, kw_only=True)
class ExpectedPage:
    entries: Sequence[ExpectedEntry]
    search: str
    location: str
    locations: Sequence[tuple[str, str]]
    may_plan: bool
    form: Form
    next_url: str | None
    faults: Sequence[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ReceivePage:
    entry: ExpectedEntry
    id: str
    form: Form
    may_receive: bool
    may_plan: bool


@stock.get("/expected")
@requires(Permission.VIEW_STOCK)
def expected() -> ResponseReturnValue:
    return _render_list(Form())


@stock.post("/expected")
@requires(Permission.VIEW_STOCK, Permission.PLAN_STOCK)
def expect() -> ResponseReturnValue:
    sent = Form.sent()
    rows = [
        ExpectedRow(
            sku=sku, location=location, reference=reference, quantity=number_in(units), due_on=day_in(day), note=note
        )
        for sku, location, units, day, reference, note in typed_rows(sent, "rows", 6)
    ]
    if sent.refused:
        return _render_list(sent)

    def run(work: Work) -> tuple[str, str]:
        made = expect_goods(work, rows)
        changed = len(made.ids) - made.new
        return _("{new} rows are new, {changed} were changed.", new=made.new, changed=changed), url_for(
            "stock.expected"
        )

    try:
        return run_once(run)
    except DomainError as error:
        return _render_list(refuse(sent, error), row_faults(error))


@stock.get("/expected/<receipt_id>")
@requires(Permission.VIEW_STOCK)
def show_expected(receipt_id: str) -> ResponseReturnValue:
    return _render(id_in("exr", receipt_id))


@stock.post("/expected/<receipt_id>/receive")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def receive_goods(receipt_id: str) -> ResponseReturnValue:
    sent, found = Form.sent(), id_in("exr", receipt_id)
    units, expires_on = typed_quantity(sent, "quantity"), typed_day(sent, "expires_on")
    if sent.refused:
        return _render(found, sent)

    def run(work: Work) -> tuple[str, str]:
        row = _one(work, found)
        of_bin = sent.value("bin").strip()
        command = ReceiveExpected(
            receipt_id=found, quantity=units, lot=sent.value("lot").strip()[:80], expires_on=expires_on,
            serials=names_in(sent.value("serials")),
            bin_id=bin_id_of(work, row.location_id, of_bin) if of_bin else None,
            status="quarantined" if sent.checked("quarantine") else "good", reason=sent.value("reason").strip()[:500],
        )  # fmt: skip
        moved = receive_expected(work, command)
        told = {"quantity": (None, str(units)), "reference": (None, row.reference)}
        audit(work, "stock.receive", "expected_receipt", receipt_id, told)
        said = _("{count} units received; {total} are on hand.", count=quantity(units), total=quantity(moved.on_hand))
        return said, url_for("stock.show_expected", receipt_id=receipt_id)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"receipt_not_found", "idempotency_key_missing"}:
            raise
        return _render(found, refuse(sent, error, _FIELDS))


@stock.post("/expected/<receipt_id>/close")
@requires(Permission.VIEW_STOCK, Permission.PLAN_STOCK)
def close(receipt_id: str) -> ResponseReturnValue:
    reason = Form.sent().value("why").strip()[:300]

    def run(work: Work) -> tuple[str, str]:
        close_expected(work, id_in("exr", receipt_id), reason)
        return _("Nothing more is expected of it."), url_for("stock.expected")

    return run_once(run)


def _one(work: Work, receipt_id: UUID) -> Any:
    found = list_expected(work, receipt_id=receipt_id, open_only=False, limit=1)
    if not found:
        raise ReceiptNotFound()
    return found[0]


def _render(receipt_id: UUID, form: Form | None = None) -> ResponseReturnValue:
    with current_work() as work:
        row = _one(work, receipt_id)
    page = ReceivePage(
        entry=_entry(row), id=to_text("exr", receipt_id),
        form=form or Form.of(quantity=f"{row.outstanding.normalize():f}"),
        may_receive=may(Permission.ADJUST_STOCK) and row.closed_at is None and row.source != "transfer",
        may_plan=may_plan() and row.closed_at is None and row.source != "transfer",
    )  # fmt: skip
    return render_template("stock/expected_one.html", page=page), page.form.status


def _render_list(form: Form, faults: Sequence[str] = ()) -> ResponseReturnValue:
    search, location = request.args.get("q", "").strip()[:200], request.args.get("location", "").strip()
    day, after = day_in(request.args.get("day", "")), from_text("exr", request.args.get("after", ""))
    with current_work() as work:
        rows = list_expected(
            work, search=search, location=location or None, limit=_ROWS + 1,
            after=(day, after) if day and after else None,
        )  # fmt: skip
        locations = place_names(work)
    last = rows[_ROWS - 1] if len(rows) > _ROWS else None
    page = ExpectedPage(
        entries=[_entry(row) for row in rows[:_ROWS]], search=search, location=location, locations=locations,
        may_plan=may_plan(), form=form, faults=faults,
        next_url=url_for(
            "stock.expected", q=search or None, location=location or None, day=last.due_on.isoformat(),
            after=to_text("exr", last.id),
        ) if last else None,
    )  # fmt: skip
    return render_template("stock/expected.html", page=page), form.status


def _entry(row: Any) -> ExpectedEntry:
    return ExpectedEntry(
        row=row, place=named(row.location_names, row.location), source=_(EXPECTED_SOURCE.get(row.source, row.source)),
        url=url_for("stock.show_expected", receipt_id=to_text("exr", row.id)),
    )  # fmt: skip
