"""Transfers: the list, writing one (rows pasted from a spreadsheet too), sending, receiving, the note to print."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.transfers.call_back_transfer import call_back_transfer
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.errors import TransferNotFound
from oms.transfers.models import STATES
from oms.transfers.queries import list_transfers, transfer_lines
from oms.transfers.receive_transfer import ArrivedRow, receive_transfer
from oms.transfers.send_transfer import cancel_transfer, send_transfer
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.formats import quantity
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import number_in, typed_day
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.stock.blueprint import named, place_names, refuse, row_faults, stock
from web.pages.stock.typed_rows import names_in, typed_rows
from web.pages.words import TRANSFER, Word, word

_ROWS = 50
_FIELDS = {"same_location": "to_location", "location_not_found": "from_location", "transfer_empty": "rows"}
NOT_A_QUANTITY = N_("Write a quantity such as 12 or 0.5.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEntry:
    """row: of `list_transfers`; source, target: names of locations"""

    row: Any
    url: str
    word: Word
    source: str
    target: str


@dataclass(slots=True, kw_only=True)
class TransfersPage:
    entries: Sequence[TransferEntry]
    tabs: Sequence[tuple[str, str, int | None, bool]]
    may_write: bool
    next_url: str | None


@dataclass(slots=True, kw_only=True)
class NewTransferPage:
    form: Form
    locations: Sequence[tuple[str, str]]
    faults: Sequence[str]


@dataclass(slots=True, kw_only=True)
class TransferPage:
    """lines: of `transfer_lines`"""

    entry: TransferEntry
    id: str
    lines: Sequence[Any]
    form: Form
    may_write: bool
    faults: Sequence[str] = field(default_factory=list)


@stock.get("/transfers")
@requires(Permission.VIEW_STOCK)
def transfers() -> ResponseReturnValue:
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    before = from_text("trf", request.args.get("before", ""))
    with current_work() as work:
        rows = list_transfers(work, state=state or None, limit=_ROWS + 1, before=before)
    last = rows[_ROWS - 1] if len(rows) > _ROWS else None
    tabs = [(_("All"), url_for("stock.transfers"), None, not state)]
    tabs += [(str(TRANSFER[each]), url_for("stock.transfers", state=each), None, state == each) for each in STATES]
    page = TransfersPage(
        entries=[_entry(row) for row in rows[:_ROWS]],
        tabs=tabs,
        may_write=may(Permission.TRANSFER_STOCK),
        next_url=url_for("stock.transfers", state=state or None, before=to_text("trf", last.id)) if last else None,
    )
    return render_template("stock/transfers.html", page=page)


@stock.get("/transfers/new")
@requires(Permission.VIEW_STOCK, Permission.TRANSFER_STOCK)
def new_transfer() -> ResponseReturnValue:
    sku = request.args.get("sku", "")
    return _render_new(Form.of(rows=f"{sku}\t" if sku else ""), ())


@stock.post("/transfers/new")
@requires(Permission.VIEW_STOCK, Permission.TRANSFER_STOCK)
def store_transfer() -> ResponseReturnValue:
    sent = Form.sent()
    typed = typed_rows(sent, "rows", 5)
    expected_on = typed_day(sent, "expected_on")
    if sent.refused:
        return _render_new(sent, ())
    rows = [
        TransferRow(sku=sku, quantity=number_in(units), lot=lot, bin=of_bin, serials=names_in(serials))
        for sku, units, lot, of_bin, serials in typed
    ]
    command = DraftTransfer(
        from_location=sent.value("from_location"), to_location=sent.value("to_location"), rows=rows,
        expected_on=expected_on, note=sent.value("note")[:500],
    )  # fmt: skip

    def run(work: Work) -> tuple[str, str]:
        drafted = draft_transfer(work, command)
        address = url_for("stock.transfer_page", transfer_id=to_text("trf", drafted.transfer_id))
        return _("Transfer {number} is written down; nothing has moved yet.", number=drafted.number), address

    try:
        return run_once(run)
    except DomainError as error:
        return _render_new(refuse(sent, error, _FIELDS), row_faults(error))


@stock.get("/transfers/<transfer_id>")
@requires(Permission.VIEW_STOCK)
def transfer_page(transfer_id: str) -> ResponseReturnValue:
    return _render(id_in("trf", transfer_id))


@stock.get("/transfers/<transfer_id>/note")
@requires(Permission.VIEW_STOCK)
def transfer_note(transfer_id: str) -> ResponseReturnValue:
    """For the printer: it travels with the goods."""
    return _render(id_in("trf", transfer_id), template="stock/transfer_note.html")


@stock.post("/transfers/<transfer_id>/send")
@requires(Permission.VIEW_STOCK, Permission.TRANSFER_STOCK)
def send(transfer_id: str) -> ResponseReturnValue:
    return _step(transfer_id, lambda work, found: _sent(send_transfer(work, found).number))


@stock.post("/transfers/<transfer_id>/cancel")
@requires(Permission.VIEW_STOCK, Permission.TRANSFER_STOCK)
def cancel(transfer_id: str) -> ResponseReturnValue:
    def run(work: Work, found: UUID) -> str:
        cancel_transfer(work, found)
        return _("The transfer is cancelled.")

    return _step(transfer_id, run)


@stock.post("/transfers/<transfer_id>/call-back")
@requires(Permission.VIEW_STOCK, Permission.TRANSFER_STOCK)
def call_back(transfer_id: str) -> ResponseReturnValue:
    sent = Form.sent()

    def run(work: Work, found: UUID) -> str:
        back = call_back_transfer(work, found, sent.value("reason"))
        return _("{count} units are back where they came from.", count=quantity(back.units))

    return _step(transfer_id, run, sent)


@stock.post("/transfers/<transfer_id>/receive")
@requires(Permission.VIEW_STOCK, Permission.TRANSFER_STOCK)
def receive_transfer_rows(transfer_id: str) -> ResponseReturnValue:
    sent, rows = Form.sent(), []
    for name in sent.values:
        if not name.startswith("arrived."):
            continue
        line = name.partition(".")[2]
        arrived, lost = (_units(sent, f"{what}.{line}") for what in ("arrived", "lost"))
        if line.isdecimal() and len(line) < 6 and (arrived or lost):
            rows.append(
                ArrivedRow(
                    line_no=int(line), arrived=arrived, lost=lost, loss_reason=sent.value(f"reason.{line}"),
                    bin=sent.value(f"bin.{line}").strip(), serials=names_in(sent.value(f"serials.{line}")),
                )
            )  # fmt: skip

    def run(work: Work, found: UUID) -> str:
        left = receive_transfer(work, found, rows).on_the_way
        return _("All of it is here.") if not left else _("What came is here; the rest is still on its way.")

    return _step(transfer_id, run, sent)


def _units(sent: Form, name: str) -> Decimal:
    text = sent.value(name).strip()
    number = number_in(text) if text else Decimal(0)
    if number is None:
        sent.refuse_field(name, _(NOT_A_QUANTITY))
        return Decimal(0)
    return number


def _sent(number: str) -> str:
    return _("Transfer {number} is on its way.", number=number)


def _step(transfer_id: str, step: Callable[[Work, UUID], str], sent: Form | None = None) -> ResponseReturnValue:
    found, form = id_in("trf", transfer_id), sent or Form.sent()
    if form.refused:
        return _render(found, form)
    try:
        return run_once(lambda work: (step(work, found), url_for("stock.transfer_page", transfer_id=transfer_id)))
    except DomainError as error:
        if error.code in {"transfer_not_found", "idempotency_key_missing"}:
            raise
        return _render(found, refuse(form, error), row_faults(error))


def _render(
    transfer_id: UUID, form: Form | None = None, faults: Sequence[str] = (), *, template: str = "stock/transfer.html"
) -> ResponseReturnValue:
    with current_work() as work:
        found = list_transfers(work, transfer_id=transfer_id, limit=1)
        if not found:
            raise TransferNotFound()
        lines = transfer_lines(work, transfer_id)
    page = TransferPage(
        entry=_entry(found[0]), id=to_text("trf", transfer_id), lines=lines, form=form or Form(),
        may_write=may(Permission.TRANSFER_STOCK), faults=faults,
    )  # fmt: skip
    return render_template(template, page=page), page.form.status


def _render_new(form: Form, faults: Sequence[str]) -> ResponseReturnValue:
    with current_work() as work:
        locations = place_names(work)
    return render_template(
        "stock/transfer_new.html", page=NewTransferPage(form=form, locations=locations, faults=faults)
    ), form.status


def _entry(row: Any) -> TransferEntry:
    return TransferEntry(
        row=row, url=url_for("stock.transfer_page", transfer_id=to_text("trf", row.id)), word=word(TRANSFER, row.state),
        source=named(row.from_names, row.from_location), target=named(row.to_names, row.to_location),
    )  # fmt: skip
