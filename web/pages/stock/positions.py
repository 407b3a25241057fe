"""Stock: positions by SKU and location, and one SKU with its movements and the forms that move it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import to_text
from oms.catalog.queries import sku_id_of
from oms.inventory.errors import LocationNotFound, SkuNotFound
from oms.inventory.move_stock import (
    AdjustStock,
    ReceiveStock,
    TransferStock,
    adjust_stock,
    receive_stock,
    transfer_stock,
)
from oms.inventory.queries import (
    bin_id_of,
    list_contents,
    list_locations,
    list_lots,
    list_movements,
    list_positions,
    list_serials,
    location_id_of,
    lot_id_of,
)
from oms.inventory.words import ADJUSTMENT_CAUSES, RECEIPT_CAUSES, STATUSES
from oms.receipts.available_to_promise import Outlook
from oms.receipts.read_outlook import read_outlook
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.formats import quantity
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import typed_day, typed_quantity
from web.pages.run_once import run_once
from web.pages.stock.blueprint import may_plan, stock
from web.pages.stock.insight import MovementEntry, movement_entry
from web.pages.stock.typed_rows import names_in
from web.pages.words import CAUSE, STOCK_STATUS, TRACKING

_ROWS = 50
_MOVEMENTS = 30
_FIELDS = {
    "quantity_invalid": "quantity", "stock_is_promised": "quantity", "location_not_found": "location",
    "status_short": "quantity", "lot_missing": "lot", "lot_not_wanted": "lot", "lot_not_found": "lot",
    "lot_short": "lot", "lot_differs": "expires_on", "serials_missing": "serials", "serials_not_wanted": "serials",
    "serial_is_there": "serials", "serial_not_there": "serials", "bin_not_found": "bin", "bin_short": "bin",
    "bin_needed": "bin", "status_invalid": "to_status", "cause_invalid": "cause", "tracking_in_use": "tracking",
}  # fmt: skip
REASON_MISSING = N_("Say why the books were wrong.")
SAME_LOCATION = N_("Choose another location than the one it comes from.")
ZERO = N_("Write how many units more, or with a minus how many fewer.")
Move = Callable[[Work, UUID, Form], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """row: of `list_positions`; location: its name"""

    row: Any
    url: str
    location: str


@dataclass(slots=True, kw_only=True)
class StockPage:
    """locations: (key, name); chips: (label, url without it)"""

    rows: Sequence[Position]
    search: str
    location: str
    short_only: bool
    locations: Sequence[tuple[str, str]]
    chips: Sequence[tuple[str, str]]
    next_url: str | None
    previous_url: str | None


@dataclass(slots=True, kw_only=True)
class SkuPage:
    """lots, serials, contents: of the queries of the same names; tracking: how the SKU is kept
    form_of: name of the form that was refused; choices: options of the forms by field
    """

    code: str
    name: str
    unit: str
    positions: Sequence[Position]
    totals: Sequence[tuple[str, str]]
    movements: Sequence[MovementEntry]
    locations: Sequence[tuple[str, str]]
    lots: Sequence[Any]
    serials: Sequence[Any]
    contents: Sequence[Any]
    tracking: str
    outlook: Outlook
    choices: Mapping[str, Sequence[tuple[str, str]]]
    may_move: bool
    may_plan: bool
    form_of: str
    form: Form

    def form_for(self, name: str) -> Form:
        return self.form if self.form_of == name else Form()


@stock.get("")
@requires(Permission.VIEW_STOCK)
def index() -> ResponseReturnValue:
    search, location = request.args.get("q", "").strip()[:200], request.args.get("location", "").strip()
    short_only = request.args.get("short") == "1"
    trail = [each for each in request.args.getlist("after") if "\n" in each][-60:]
    with current_work() as work:
        locations = _locations(work)
        found = list_positions(
            work, search=search, location=location or None, short_only=short_only, limit=_ROWS + 1,
            after=_after(trail[-1]) if trail else None,
        )  # fmt: skip
    state = {"q": search or None, "location": location or None, "short": "1" if short_only else None}
    more = len(found) > _ROWS
    last = found[_ROWS - 1] if more else None
    page = StockPage(
        rows=[_position(row) for row in found[:_ROWS]],
        search=search,
        location=location,
        short_only=short_only,
        locations=locations,
        chips=_chips(state, dict(locations)),
        next_url=_url(state, after=[*trail, f"{last.sku}\n{last.location}"]) if last else None,
        previous_url=_url(state, after=trail[:-1]) if trail else None,
    )
    return render_template("stock/index.html", page=page)


@stock.get("/<path:code>")
@requires(Permission.VIEW_STOCK)
def sku(code: str) -> ResponseReturnValue:
    return _render(code)


@stock.post("/<path:code>/receive")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def receive(code: str) -> ResponseReturnValue:
    def move(work: Work, sku_id: UUID, sent: Form) -> str:
        units, place = typed_quantity(sent, "quantity"), place_of(work, sent, "location")
        cause = sent.value("cause") or "purchase"
        command = ReceiveStock(
            sku_id=sku_id, location_id=place, quantity=units, reason=_reason(sent), cause=cause,
            lot=sent.value("lot").strip()[:80], expires_on=typed_day(sent, "expires_on"),
            serials=names_in(sent.value("serials")), bin_id=bin_of(work, sent, place),
            status="quarantined" if sent.checked("quarantine") else "good",
        )  # fmt: skip
        moved = receive_stock(work, command)
        return _("{count} units received; {total} are on hand.", count=quantity(units), total=quantity(moved.on_hand))

    return move_sku(code, "receive", move, lambda sent: typed_day(sent, "expires_on"))


@stock.post("/<path:code>/adjust")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def adjust(code: str) -> ResponseReturnValue:
    def move(work: Work, sku_id: UUID, sent: Form) -> str:
        change, place = typed_quantity(sent, "quantity"), place_of(work, sent, "location")
        command = AdjustStock(
            sku_id=sku_id, location_id=place, change=change, reason=_reason(sent),
            cause=sent.value("cause") or "correction", lot_id=lot_of(work, sent, sku_id),
            serials=names_in(sent.value("serials")), bin_id=bin_of(work, sent, place),
        )  # fmt: skip
        moved = adjust_stock(work, command)
        return _("The books are corrected; {total} are on hand.", total=quantity(moved.on_hand))

    def check(sent: Form) -> None:
        if not _reason(sent):
            sent.refuse_field("reason", _(REASON_MISSING))
        if not typed_quantity(sent, "quantity"):
            sent.refuse_field("quantity", _(ZERO))

    return move_sku(code, "adjust", move, check)


@stock.post("/<path:code>/transfer")
@requires(Permission.VIEW_STOCK, Permission.ADJUST_STOCK)
def transfer(code: str) -> ResponseReturnValue:
    def move(work: Work, sku_id: UUID, sent: Form) -> str:
        units = typed_quantity(sent, "quantity")
        command = TransferStock(
            sku_id=sku_id, from_location_id=place_of(work, sent, "location"),
            to_location_id=place_of(work, sent, "target"),
            quantity=units, reason=_reason(sent), lot_id=lot_of(work, sent, sku_id),
            serials=names_in(sent.value("serials")),
        )  # fmt: skip
        transfer_stock(work, command)
        return _("{count} units are transferred.", count=quantity(units))

    def check(sent: Form) -> None:
        if sent.value("location") == sent.value("target"):
            sent.refuse_field("target", _(SAME_LOCATION))

    return move_sku(code, "transfer", move, check)


def move_sku(code: str, kind: str, move: Move, check: Callable[[Form], object] | None = None) -> ResponseReturnValue:
    sent = Form.sent()
    if check is not None:
        check(sent)
    units = typed_quantity(sent, "quantity")
    if sent.refused:
        return _render(code, sent, kind)

    def run(work: Work) -> tuple[str, str]:
        sku_id = sku_id_of(work, code)
        if sku_id is None:
            raise SkuNotFound()
        said = move(work, sku_id, sent)
        changes = {"location": (None, sent.value("location")), "quantity": (None, str(units))}
        audit(work, f"stock.{kind}", "sku", to_text("sku", sku_id), changes)
        return said, url_for("stock.sku", code=code)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"sku_not_found", "idempotency_key_missing"}:
            raise
        return _render(code, sent.refuse(error, _FIELDS), kind)


def _render(code: str, form: Form | None = None, form_of: str = "") -> ResponseReturnValue:
    """raises SkuNotFound"""
    with current_work() as work:
        product = work.row(
            "SELECT id, code, name, base_unit, tracking, min_remaining_days FROM skus"
            " WHERE tenant_id = %(tenant)s AND code = %(code)s",
            {"tenant": work.tenant_id, "code": code},
        )
        if product is None:
            raise SkuNotFound()
        rows = list_positions(work, sku=code, limit=200)
        movements = list_movements(work, product.id, limit=_MOVEMENTS)
        lots = list_lots(work, product.id) if product.tracking == "lot" else []
        serials = list_serials(work, product.id) if product.tracking == "serial" else []
        contents = list_contents(work, product.id)
        outlook = read_outlook(work, [product.id])[product.id]
        locations = _locations(work)
    page = SkuPage(
        code=product.code,
        name=product.name,
        unit=product.base_unit,
        positions=[_position(row) for row in rows],
        totals=[
            (_("On hand"), quantity(sum(row.on_hand for row in rows))),
            (_("Allocated"), quantity(sum(row.allocated for row in rows))),
            (_("Available"), quantity(sum(row.available for row in rows))),
            (_("Quarantined"), quantity(sum(row.quarantined for row in rows))),
            (_("Damaged"), quantity(sum(row.damaged for row in rows))),
        ],
        movements=[movement_entry(row, dict(locations)) for row in movements],
        lots=lots,
        serials=serials,
        contents=contents,
        tracking=product.tracking,
        outlook=outlook,
        choices={
            "receipt": [(key, _(CAUSE[key])) for key in RECEIPT_CAUSES],
            "adjustment": [(key, _(CAUSE[key])) for key in ADJUSTMENT_CAUSES],
            "status": [(key, _(STOCK_STATUS[key])) for key in STATUSES],
            "tracking": [(key, _(TRACKING[key])) for key in TRACKING],
        },
        locations=locations,
        may_move=may(Permission.ADJUST_STOCK) and bool(locations),
        may_plan=may_plan() and bool(locations),
        form_of=form_of,
        form=form or Form(),
    )
    return render_template("stock/sku.html", page=page), page.form.status


def _position(row: Any) -> Position:
    name = name_in(row.location_names, current_locale()) or row.location
    return Position(row=row, url=url_for("stock.sku", code=row.sku), location=name)


def _locations(work: Work) -> list[tuple[str, str]]:
    """(key, name) of those within the reader's reach."""
    locale = current_locale()
    return [(row.key, name_in(row.names, locale) or row.key) for row in list_locations(work)]


def place_of(work: Work, sent: Form, name: str) -> UUID:
    """raises LocationNotFound"""
    found = location_id_of(work, sent.value(name))
    if found is None:
        raise LocationNotFound()
    return found


def bin_of(work: Work, sent: Form, location_id: UUID, name: str = "bin") -> UUID | None:
    """raises BinNotFound"""
    code = sent.value(name).strip()
    return bin_id_of(work, location_id, code) if code else None


def lot_of(work: Work, sent: Form, sku_id: UUID) -> UUID | None:
    """raises LotNotFound"""
    code = sent.value("lot").strip()
    return lot_id_of(work, sku_id, code) if code else None


def _reason(sent: Form) -> str:
    return sent.value("reason").strip()[:500]


def _chips(state: dict[str, str | None], locations: dict[str, str]) -> list[tuple[str, str]]:
    chips = []
    if state["location"]:
        name = locations.get(state["location"], state["location"])
        chips.append((_("{name}: {value}", name=_("Location"), value=name), _url({**state, "location": None})))
    if state["short"]:
        chips.append((_("Nothing available"), _url({**state, "short": None})))
    return chips


def _after(text: str) -> tuple[str, str]:
    code, _newline, location = text.partition("\n")
    return code, location


def _url(state: Mapping[str, Any], **more: Any) -> str:
    return url_for("stock.index", **state, **more)
