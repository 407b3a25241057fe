"""The blueprint that the modules of this package put their routes on, and the tabs above their pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, request, url_for

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from oms.inventory.queries import list_locations
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.forms import Form
from web.http.principals import may
from web.http.problems import said

stock = Blueprint("stock", __name__, url_prefix="/stock")
_TABS = (
    (N_("Positions"), "stock.index", ("index", "sku", "arrivals", "receive_arrivals")),
    (N_("Alerts"), "stock.alerts", ("alerts",)),
    (N_("Expected goods"), "stock.expected", ("expected", "show_expected")),
    (N_("Transfers"), "stock.transfers", ("transfers", "new_transfer", "transfer_page")),
    (N_("Counts"), "stock.counts", ("counts", "count_page")),
    (N_("Reservations"), "stock.reservations", ("reservations",)),
    (N_("Channels"), "stock.channels", ("channels",)),
    (N_("Bins"), "stock.bins", ("bins",)),
    (N_("Movements"), "stock.movements", ("movements",)),
    (N_("Age and turnover"), "stock.figures", ("figures",)),
)
# Fields of rows as people call them.
FIELDS: Mapping[str, str] = {
    "sku": N_("SKU"),
    "location": N_("Location"),
    "quantity": N_("Quantity"),
    "due_on": N_("Expected on"),
    "reference": N_("Reference"),
    "lot": N_("Lot"),
    "bin": N_("Bin"),
    "serials": N_("Serial numbers"),
    "counted": N_("Counted"),
    "arrived": N_("Arrived"),
    "loss_reason": N_("Reason"),
}
ROW_FAULT = N_("Row {row}, {field}: {reason}")
ROW_FAULT_PLAIN = N_("Row {row}: {reason}")


@dataclass(frozen=True, slots=True)
class StockTab:
    label: str
    url: str
    current: bool


def stock_tabs() -> list[StockTab]:
    """Above every page of stock."""
    here = (request.endpoint or "").partition(".")[2]
    return [StockTab(_(label), url_for(endpoint), here in pages) for label, endpoint, pages in _TABS]


@stock.app_context_processor
def _offer_tabs() -> dict[str, object]:
    return {"stock_tabs": stock_tabs}


def place_names(work: Work) -> list[tuple[str, str]]:
    """(key, name) of the locations within the reader's reach."""
    locale = current_locale()
    return [(row.key, name_in(row.names, locale) or row.key) for row in list_locations(work)]


def named(names: Mapping[str, str], key: str) -> str:
    return name_in(names, current_locale()) or key


def row_faults(error: DomainError) -> list[str]:
    """What is wrong with which row, as sentences: "Row 3, SKU: There is no SKU X"."""
    told = []
    for problem in error.problems:
        parts = problem.pointer.strip("/").split("/")
        if parts[0] == "rows":
            parts = parts[1:]
        if not parts or not parts[0].isdecimal():
            continue
        row, reason = int(parts[0]) + 1, said(problem.message, problem.facts)
        if len(parts) > 1:
            field = _(FIELDS.get(parts[1], parts[1]))
            told.append(_(ROW_FAULT, row=row, field=field, reason=reason))
        else:
            told.append(_(ROW_FAULT_PLAIN, row=row, reason=reason))
    return told


def refuse(form: Form, error: DomainError, fields: Mapping[str, str] | None = None) -> Form:
    """As Form.refuse; where rows were refused the error itself stands above the form, the rows below it."""
    form.refuse(error, fields)
    if row_faults(error):
        form.message = said(error.message, error.facts)
    return form


def may_plan() -> bool:
    return may(Permission.PLAN_STOCK)
