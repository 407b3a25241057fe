"""Reservations: what is kept for whom and until when; and how long one lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from oms.catalog.queries import sku_id_of
from oms.customers.errors import CustomerNotFound
from oms.inventory.errors import LocationNotFound, SkuNotFound
from oms.inventory.queries import location_id_of
from oms.reservations.models import PURPOSES
from oms.reservations.queries import list_reservations
from oms.reservations.release_reservation import release_reservation
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from tenants.directory.tenant_settings import set_stock_settings, tenant_settings
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.amounts import typed_quantity
from web.pages.orders.asked import channels
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.stock.blueprint import place_names, refuse, stock
from web.pages.words import PURPOSE, RESERVATION, Word, word

_ROWS = 50
_FIELDS = {
    "sku_not_found": "sku", "location_not_found": "location", "customer_not_found": "customer",
    "quantity_invalid": "quantity", "not_enough_to_reserve": "quantity", "life_invalid": "minutes",
}  # fmt: skip
_BOUNDS = {"reservation_minutes": (1, 129_600), "expiry_warning_days": (0, 3650), "stale_days": (1, 3650)}
WHOLE_NUMBER = N_("Write a whole number between {least} and {most}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationEntry:
    """row: of `list_reservations`"""

    row: Any
    id: str
    word: Word
    purpose: str


@dataclass(slots=True, kw_only=True)
class ReservationsPage:
    entries: Sequence[ReservationEntry]
    tabs: Sequence[tuple[str, str, int | None, bool]]
    locations: Sequence[tuple[str, str]]
    channels: Sequence[tuple[str, str]]
    names: Mapping[str, str]
    purposes: Sequence[tuple[str, str]]
    may_reserve: bool
    may_set: bool
    form: Form
    settings: Form
    next_url: str | None


@stock.get("/reservations")
@requires(Permission.VIEW_STOCK)
def reservations() -> ResponseReturnValue:
    return _render(Form())


@stock.post("/reservations")
@requires(Permission.VIEW_STOCK, Permission.RESERVE_STOCK)
def reserve() -> ResponseReturnValue:
    sent = Form.sent()
    units, minutes = typed_quantity(sent, "quantity"), _whole(sent, "minutes", 1, 129_600)
    purpose = sent.value("purpose") if sent.value("purpose") in PURPOSES else "customer"
    if sent.refused:
        return _render(sent)

    def run(work: Work) -> tuple[str, str]:
        sku = sku_id_of(work, sent.value("sku").strip())
        if sku is None:
            raise SkuNotFound()
        place = sent.value("location")
        location = location_id_of(work, place) if place else None
        if place and location is None:
            raise LocationNotFound()
        command = ReserveStock(
            sku_id=sku, quantity=units, purpose=purpose, location_id=location, minutes=minutes,
            reference=sent.value("reference")[:200], channel=sent.value("channel").strip()[:50],
            customer_id=_customer(work, sent.value("customer").strip()),
        )  # fmt: skip
        made = reserve_stock(work, command)
        told = {"quantity": (None, str(units)), "purpose": (None, purpose)}
        audit(work, "reservation.create", "reservation", to_text("rsv", made.reservation_id), told)
        return _("The units are reserved."), url_for("stock.reservations")

    try:
        return run_once(run)
    except DomainError as error:
        return _render(refuse(sent, error, _FIELDS))


@stock.post("/reservations/<reservation_id>/release")
@requires(Permission.VIEW_STOCK, Permission.RESERVE_STOCK)
def release_units_of(reservation_id: str) -> ResponseReturnValue:
    def run(work: Work) -> tuple[str, str]:
        release_reservation(work, id_in("rsv", reservation_id))
        audit(work, "reservation.release", "reservation", reservation_id)
        return _("The units are free again."), url_for("stock.reservations")

    return run_once(run)


@stock.post("/settings")
@requires(Permission.VIEW_STOCK, Permission.EDIT_SETTINGS)
def store_settings() -> ResponseReturnValue:
    sent = Form.sent()
    values = {name: _whole(sent, name, *bounds) for name, bounds in _BOUNDS.items()}
    for name, value in values.items():
        if value is None and not sent.error(name):
            sent.refuse_field(name, _(WHOLE_NUMBER, least=_BOUNDS[name][0], most=_BOUNDS[name][1]))
    if sent.refused:
        return _render(Form(), sent)

    def run(work: Work) -> tuple[str, str]:
        set_stock_settings(work, **{name: value or 0 for name, value in values.items()})
        return _("The settings are saved."), url_for("stock.reservations")

    return run_once(run)


def _whole(form: Form, name: str, least: int, most: int) -> int | None:
    """None where the field is empty; a fault goes to the form."""
    text = form.value(name).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= most):
        form.refuse_field(name, _(WHOLE_NUMBER, least=least, most=most))
        return None
    return int(text)


def _customer(work: Work, number: str) -> UUID | None:
    if not number:
        return None
    found = work.scalar(
        "SELECT id FROM customers WHERE tenant_id = %(tenant)s AND number = %(number)s",
        {"tenant": work.tenant_id, "number": number},
    )
    if found is None or not work.actor.may_see("customer", found):
        raise CustomerNotFound()
    return UUID(str(found))


def _render(form: Form, settings: Form | None = None) -> ResponseReturnValue:
    everything = request.args.get("all") == "1"
    with current_work() as work:
        rows = list_reservations(
            work, active_only=not everything, limit=_ROWS + 1, before=from_text("rsv", request.args.get("before", ""))
        )
        locations = place_names(work)
        now = tenant_settings(work)
    last = rows[_ROWS - 1] if len(rows) > _ROWS else None
    shown = settings or Form.of(**{name: str(getattr(now, name)) for name in _BOUNDS})
    page = ReservationsPage(
        entries=[
            ReservationEntry(
                row=row, id=to_text("rsv", row.id), word=word(RESERVATION, row.state),
                purpose=_(PURPOSE.get(row.purpose, row.purpose)),
            )
            for row in rows[:_ROWS]
        ],
        tabs=[
            (_("In force"), url_for("stock.reservations"), None, not everything),
            (_("All"), url_for("stock.reservations", all=1), None, everything),
        ],
        locations=locations, names=dict(locations), channels=channels(),
        purposes=[(key, _(PURPOSE[key])) for key in PURPOSES],
        may_reserve=may(Permission.RESERVE_STOCK), may_set=may(Permission.EDIT_SETTINGS), form=form, settings=shown,
        next_url=url_for("stock.reservations", all=1 if everything else None, before=to_text("rsv", last.id))
        if last else None,
    )  # fmt: skip
    return render_template("stock/reservations.html", page=page), max(form.status, shown.status)
