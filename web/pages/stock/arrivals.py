"""Goods that arrive by the pallet: rows pasted from a delivery note, or its file, received all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from oms.inventory.receive_named import NamedReceipt, receive_named_rows
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_work
from web.pages.amounts import number_in
from web.pages.run_once import run_once
from web.pages.stock.blueprint import ROW_FAULT, place_names, refuse, row_faults, stock
from web.pages.stock.typed_rows import day_in, names_in, typed_rows

_COLUMNS = 8
NOT_A_DAY = N_("{text} is no day such as 2026-11-22.")


@dataclass(slots=True, kw_only=True)
class ArrivalsPage:
    """faults: what is wrong with which row; nothing is received then"""

    locations: Sequence[tuple[str, str]]
    form: Form
    faults: Sequence[str] = field(default_factory=list)


@stock.get("/arrivals")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def arrivals() -> ResponseReturnValue:
    return _render(Form())


@stock.post("/arrivals")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def receive_arrivals() -> ResponseReturnValue:
    """All rows or none."""
    sent = Form.sent()
    typed = typed_rows(sent, "rows", _COLUMNS)
    faults = [
        _(ROW_FAULT, row=number, field=_("Expires on"), reason=_(NOT_A_DAY, text=row[4][:40]))
        for number, row in enumerate(typed, start=1)
        if row[4] and day_in(row[4]) is None
    ]
    if faults:
        sent.status = 422
    if sent.refused:
        return _render(sent, faults)
    note = sent.value("reason").strip()[:300]
    rows = [
        NamedReceipt(
            sku=sku, location=location or sent.value("location"), quantity=number_in(units), lot=lot[:80],
            expires_on=day_in(day), bin=of_bin, serials=names_in(serials), reason=(why or note)[:300],
            status="quarantined" if sent.checked("quarantine") else "good",
        )
        for sku, location, units, lot, day, of_bin, serials, why in typed
    ]  # fmt: skip

    def run(work: Work) -> tuple[str, str]:
        count = receive_named_rows(work, rows)
        return _("{count} rows are received.", count=count), url_for("stock.movements")

    try:
        return run_once(run)
    except DomainError as error:
        if error.code == "idempotency_key_missing":
            raise
        return _render(refuse(sent, error), row_faults(error))


def _render(form: Form, faults: Sequence[str] = ()) -> ResponseReturnValue:
    with current_work() as work:
        page = ArrivalsPage(locations=place_names(work), form=form, faults=faults)
    return render_template("stock/arrivals.html", page=page), form.status
