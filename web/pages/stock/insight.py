"""What needs a look, what moved, and how old stock is and how long it will last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.catalog.queries import sku_id_of
from oms.inventory.queries import list_movements
from oms.inventory.words import CAUSES, MOVEMENT_KINDS
from oms.stock_figures.age_and_turnover import age_and_turnover
from oms.stock_figures.alerts import KINDS, list_alerts
from tenants.access.permissions import Permission
from tenants.directory.tenant_settings import tenant_settings
from web.http.access import requires
from web.http.principals import may
from web.http.work import current_work
from web.pages.csv_files import csv_line, csv_response
from web.pages.stock.blueprint import named, place_names, stock
from web.pages.words import CAUSE, MOVEMENT, STOCK_STATUS, Word, word

_ALERTS = {
    "below_safety": N_("Below safety stock"),
    "reorder": N_("At the reorder point"),
    "expiring": N_("Expiring lots"),
    "oversold": N_("Oversold"),
    "stale": N_("Nothing leaves"),
}
_ROWS = 100
_PERIODS = (30, 90, 180, 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """row: of `list_alerts` or `age_and_turnover`; place: the location's name"""

    row: Any
    place: str
    url: str


@dataclass(slots=True, kw_only=True)
class AlertsPage:
    kind: str
    tabs: Sequence[tuple[str, str, int | None, bool]]
    rows: Sequence[FigureRow]
    days: int


@dataclass(slots=True, kw_only=True)
class FiguresPage:
    rows: Sequence[FigureRow]
    days: int
    periods: Sequence[int]
    location: str
    locations: Sequence[tuple[str, str]]
    csv_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementEntry:
    """place: the location's name; url: of its SKU; order_url and document_url: "" where there is none to see"""

    row: Any
    word: Word
    cause: str
    status: str
    place: str
    url: str
    order_url: str
    document_url: str


@dataclass(slots=True, kw_only=True)
class MovementsPage:
    entries: Sequence[MovementEntry]
    sku: str
    location: str
    kind: str
    cause: str
    locations: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    causes: Sequence[tuple[str, str]]
    unknown: bool
    next_url: str | None


@stock.get("/alerts")
@requires(Permission.VIEW_STOCK)
def alerts() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else KINDS[0]
    with current_work() as work:
        settings = tenant_settings(work)
        rows = list_alerts(
            work, kind, expiry_days=settings.expiry_warning_days,
            stale_since=work.now - timedelta(days=settings.stale_days),
        )  # fmt: skip
    page = AlertsPage(
        kind=kind,
        tabs=[(_(label), url_for("stock.alerts", kind=key), None, key == kind) for key, label in _ALERTS.items()],
        rows=[_figure(row) for row in rows],
        days=settings.expiry_warning_days if kind == "expiring" else settings.stale_days,
    )
    return render_template("stock/alerts.html", page=page)


@stock.get("/figures")
@requires(Permission.VIEW_STOCK)
def figures() -> ResponseReturnValue:
    days, location = _period()
    with current_work() as work:
        rows = age_and_turnover(work, days=days, location=location or None, limit=_ROWS)
        locations = place_names(work)
    page = FiguresPage(
        rows=[_figure(row) for row in rows], days=days, periods=_PERIODS, location=location, locations=locations,
        csv_url=url_for("stock.figures_file", days=days, location=location or None),
    )  # fmt: skip
    return render_template("stock/figures.html", page=page)


@stock.get("/figures.csv")
@requires(Permission.VIEW_STOCK)
def figures_file() -> Response:
    days, location = _period()
    with current_work() as work:
        rows = age_and_turnover(work, days=days, location=location or None)
    columns = (
        "sku", "name", "location", "on_hand", "average_days", "oldest_at", "went_out", "average_units", "turnover",
        "days_of_cover",
    )  # fmt: skip
    lines = (csv_line([_plain(getattr(row, column)) for column in columns]) for row in rows)
    return csv_response([csv_line(list(columns)), *lines], f"stock-figures-{days}.csv")


@stock.get("/movements")
@requires(Permission.VIEW_STOCK)
def movements() -> ResponseReturnValue:
    code, location = request.args.get("sku", "").strip()[:200], request.args.get("location", "").strip()
    kind, cause = request.args.get("kind", ""), request.args.get("cause", "")
    kind, cause = kind if kind in MOVEMENT_KINDS else "", cause if cause in CAUSES else ""
    with current_work() as work:
        sku = sku_id_of(work, code) if code else None
        unknown = bool(code) and sku is None
        rows = [] if unknown else list_movements(
            work, sku, location=location or None, kind=kind or None, cause=cause or None, limit=_ROWS + 1,
            before=from_text("mov", request.args.get("before", "")),
        )  # fmt: skip
        locations = place_names(work)
    last = rows[_ROWS - 1] if len(rows) > _ROWS else None
    state: dict[str, Any] = {
        "sku": code or None,
        "location": location or None,
        "kind": kind or None,
        "cause": cause or None,
    }
    page = MovementsPage(
        entries=[movement_entry(row, dict(locations)) for row in rows[:_ROWS]],
        sku=code, location=location, kind=kind, cause=cause, locations=locations, unknown=unknown,
        kinds=[(key, str(MOVEMENT[key])) for key in MOVEMENT_KINDS], causes=[(key, _(CAUSE[key])) for key in CAUSES],
        next_url=url_for("stock.movements", **state, before=to_text("mov", last.id)) if last else None,
    )  # fmt: skip
    return render_template("stock/movements.html", page=page)


def movement_entry(row: Any, names: dict[str, str]) -> MovementEntry:
    order_url = ""
    if row.order_id is not None and may(Permission.VIEW_ORDERS):
        order_url = url_for("orders.show", order_id=to_text("ord", row.order_id))
    return MovementEntry(
        row=row, word=word(MOVEMENT, row.kind), cause=_(CAUSE.get(row.cause, row.cause)),
        status="" if row.status == "good" else _(STOCK_STATUS[row.status]), place=names.get(row.location, row.location),
        url=url_for("stock.sku", code=row.sku), order_url=order_url, document_url=_document_url(row),
    )  # fmt: skip


def _document_url(row: Any) -> str:
    if row.document_kind == "transfer":
        return url_for("stock.transfer_page", transfer_id=to_text("trf", row.document_id))
    if row.document_kind == "count":
        return url_for("stock.count_page", count_id=to_text("cnt", row.document_id))
    if row.document_kind == "expected_receipt":
        return url_for("stock.show_expected", receipt_id=to_text("exr", row.document_id))
    return ""


def _figure(row: Any) -> FigureRow:
    return FigureRow(row=row, place=named(row.location_names, row.location), url=url_for("stock.sku", code=row.sku))


def _period() -> tuple[int, str]:
    asked = request.args.get("days", "")
    days = int(asked) if asked in {str(each) for each in _PERIODS} else 90
    return days, request.args.get("location", "").strip()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return format(value.normalize(), "f") if hasattr(value, "normalize") else str(value)
