"""Bins of the locations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import to_text
from oms.inventory.errors import LocationNotFound
from oms.inventory.queries import list_bins, location_id_of
from oms.inventory.save_bin import SaveBin, save_bin
from oms.inventory.words import BIN_KINDS
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.run_once import run_once
from web.pages.stock.blueprint import named, place_names, refuse, stock
from web.pages.words import BIN_KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class BinEntry:
    """row: of `list_bins`; place: the location's name"""

    row: Any
    place: str
    kind: str


@dataclass(slots=True, kw_only=True)
class BinsPage:
    entries: Sequence[BinEntry]
    locations: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    may_change: bool
    form: Form


@stock.get("/bins")
@requires(Permission.VIEW_STOCK)
def bins() -> ResponseReturnValue:
    return _render(Form())


@stock.post("/bins")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def store_bin() -> ResponseReturnValue:
    sent = Form.sent()

    def run(work: Work) -> tuple[str, str]:
        location = location_id_of(work, sent.value("location"))
        if location is None:
            raise LocationNotFound()
        kind = sent.value("kind") if sent.value("kind") in BIN_KINDS else "pick"
        command = SaveBin(
            location_id=location, code=sent.value("code"), kind=kind, is_default=sent.checked("is_default"),
            active=not sent.checked("inactive"),
        )  # fmt: skip
        bin_id = save_bin(work, command)
        told = {"code": (None, command.code.strip()), "kind": (None, kind), "active": (None, command.active)}
        audit(work, "bin.save", "bin", to_text("bin", bin_id), told)
        return _("Bin {code} is saved.", code=command.code.strip()), url_for("stock.bins")

    try:
        return run_once(run)
    except DomainError as error:
        return _render(refuse(sent, error, {"location_not_found": "location", "bin_in_use": "inactive"}))


def _render(form: Form) -> ResponseReturnValue:
    with current_work() as work:
        rows, locations = list_bins(work), place_names(work)
    page = BinsPage(
        entries=[
            BinEntry(row=row, place=named(row.location_names, row.location), kind=_(BIN_KIND[row.kind])) for row in rows
        ],
        locations=locations, kinds=[(key, _(BIN_KIND[key])) for key in BIN_KINDS],
        may_change=may(Permission.ADJUST_STOCK), form=form,
    )  # fmt: skip
    return render_template("stock/bins.html", page=page), form.status
