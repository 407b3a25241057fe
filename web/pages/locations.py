"""Locations: the list, and one location with the company's own fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from oms.inventory.queries import list_locations
from oms.inventory.set_capacity import set_capacity
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work
from web.pages.navigation import MASTER_DATA, NavEntry
from web.pages.own_fields.edit import OwnCard, find_location, own_card
from web.pages.run_once import run_once

bp = Blueprint("locations", __name__, url_prefix="/locations")
NAVIGATION = (NavEntry(N_("Locations"), "map-pin", "locations.index", Permission.VIEW_STOCK, 25, MASTER_DATA),)
KINDS = {"warehouse": N_("Warehouse"), "store": N_("Store"), "supplier": N_("Supplier")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationRow:
    location: Any
    name: str
    kind: str
    place: str
    url: str


@dataclass(slots=True, kw_only=True)
class LocationsPage:
    rows: Sequence[LocationRow]


@dataclass(slots=True, kw_only=True)
class LocationPage:
    key: str
    name: str
    facts: Sequence[tuple[str, str]]
    own: OwnCard | None
    form: Form
    may_edit: bool


@bp.get("")
@requires(Permission.VIEW_STOCK)
def index() -> ResponseReturnValue:
    with current_work() as work:
        rows = [_row(row) for row in list_locations(work)]
    return render_template("locations/index.html", page=LocationsPage(rows=rows))


@bp.get("/<location_key>")
@requires(Permission.VIEW_STOCK)
def show(location_key: str) -> ResponseReturnValue:
    return _render(location_key)


@bp.post("/<location_key>/capacity")
@requires(Permission.VIEW_STOCK, Permission.PLAN_STOCK)
def store_capacity(location_key: str) -> ResponseReturnValue:
    sent = Form.sent()
    text = sent.value("daily_capacity").strip()
    orders = int(text) if text.isdecimal() and len(text) < 9 else 0 if text else None

    def run(work: Work) -> tuple[str, str]:
        set_capacity(work, location_key, orders)
        audit(work, "location.capacity", "location", location_key, {"daily_capacity": (None, text)})
        return _("The capacity is saved."), url_for("locations.show", location_key=location_key)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code != "capacity_invalid":
            raise
        return _render(location_key, sent.refuse(error, {"capacity_invalid": "daily_capacity"}))


def _render(location_key: str, form: Form | None = None) -> ResponseReturnValue:
    with current_work() as work:
        found = find_location(work, location_key)
        row = _row(found)
        edit_url = url_for("own_fields.location", location_key=location_key)
        own = own_card(work, "location", found.custom, edit_url, Permission.ADJUST_STOCK)
        page = LocationPage(
            key=found.key, name=row.name, own=own, may_edit=may(Permission.PLAN_STOCK),
            form=form or Form.of(daily_capacity=str(found.daily_capacity or "")),
            facts=[
                (label, value)
                for label, value in (
                    (_("Kind"), row.kind), (_("Place"), row.place), (_("Priority"), str(found.priority)),
                    (_("Tags"), ", ".join(found.tags)),
                )
                if value
            ],
        )  # fmt: skip
    return render_template("locations/show.html", page=page), page.form.status


def _row(row: Any) -> LocationRow:
    return LocationRow(
        location=row, name=name_in(row.names, current_locale()) or row.key, kind=_(KINDS.get(row.kind, row.kind)),
        place=", ".join(part for part in (row.city, row.region, row.country) if part),
        url=url_for("locations.show", location_key=row.key),
    )  # fmt: skip
