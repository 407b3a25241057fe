"""One price list: for whom it is, its rows, and changing them by hand or by file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from oms.mass.import_prices import import_prices
from oms.pricing.put_tiers import RowFault, Tier, put_tiers, remove_tier
from oms.pricing.read_lists import all_tiers, list_tiers, read_price_list
from oms.pricing.save_price_list import save_price_list
from tenants.access.audit import audit
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.problems import said
from web.http.work import current_work
from web.pages.csv_files import csv_line, csv_response
from web.pages.prices.blueprint import prices
from web.pages.prices.lists import LIST_FIELDS, read_list_form, validity
from web.pages.run_once import run_once
from web.pages.words import PRICE_SCOPES

_ROWS = 100
_FAULTS = 200
NOT_A_PRICE = N_("Write a price such as 9.95.")
FILE_MISSING = N_("Choose a file.")
_FIELDS = {
    "price_list_target_unknown": "targets",
    "price_list_target_missing": "targets",
    "validity_inverted": "valid_to",
}
FIELD_NAMES = {
    "sku": N_("SKU"), "unit_price": N_("Price"), "from_quantity": N_("From quantity"), "unit": N_("Unit"),
    "floor_price": N_("Floor price"),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class ListPage:
    """faults    (row of the file, field, sentence) each
    form_of   list, row, file or prices where that form was refused
    editing   the rows are fields
    state     of the page in its address, for links that stay on it
    """

    row: Any
    name: str
    facts: Sequence[tuple[str, str]]
    rows: Sequence[Any]
    search: str
    scopes: Sequence[tuple[str, str]]
    may_edit: bool
    editing: bool
    state: Mapping[str, Any]
    form: Form
    form_of: str
    list_form: Form
    faults: Sequence[tuple[int, str, str]]
    more_faults: int
    next_url: str | None
    previous_url: str | None

    def form_for(self, name: str) -> Form:
        return self.form if self.form_of == name else Form()

    def text(self, number: Decimal) -> str:
        """As a field has it."""
        return plain(number)


@prices.get("/lists/<key>")
@requires(Permission.VIEW_PRICES)
def show(key: str) -> ResponseReturnValue:
    with current_work() as work:
        return render_list(work, key)


@prices.post("/lists/<key>")
@requires(Permission.EDIT_PRICES)
def store(key: str) -> ResponseReturnValue:
    """Name, scope, validity: all but the rows."""
    sent = Form.sent()
    command = read_list_form(sent, key)

    def save(work: Work) -> tuple[str, str]:
        read_price_list(work, key)
        save_price_list(work, command)
        return _("The price list is saved."), url_for("prices.show", key=key)

    return _tried(key, sent, "list", save)


@prices.post("/lists/<key>/rows")
@requires(Permission.EDIT_PRICES)
def put_row(key: str) -> ResponseReturnValue:
    """One row, made or changed by SKU and quantity."""
    sent = Form.sent()
    price, quantity = _typed(sent, "unit_price"), _typed(sent, "from_quantity", default=Decimal(0))
    floor = _typed(sent, "floor_price") if sent.value("floor_price").strip() else None
    tier = Tier(
        sent.value("sku").strip(),
        price or Decimal(0),
        quantity or Decimal(0),
        sent.value("unit").strip() or None,
        floor,
    )

    def save(work: Work) -> tuple[str, str]:
        found, _targets = read_price_list(work, key)
        faults = put_tiers(work, found.id, [tier])
        for fault in faults:
            sent.refuse_field(fault.field, said(fault.message, {"value": fault.value}))
        if faults:
            raise _Refused()
        changes = {"sku": (None, tier.sku), "unit_price": (None, str(tier.unit_price))}
        audit(work, "price_list.row", "price_list", key, changes)
        return _("The price of {sku} is saved.", sku=tier.sku), url_for("prices.show", key=key)

    return _tried(key, sent, "row", save)


@prices.post("/lists/<key>/rows/remove")
@requires(Permission.EDIT_PRICES)
def remove_row(key: str) -> ResponseReturnValue:
    sent = Form.sent()
    sku, quantity = sent.value("sku").strip(), _typed(sent, "from_quantity", default=Decimal(0)) or Decimal(0)

    def remove(work: Work) -> tuple[str, str]:
        found, _targets = read_price_list(work, key)
        if remove_tier(work, found.id, sku, quantity):
            changes = {"sku": (sku, None), "from_quantity": (str(quantity), None)}
            audit(work, "price_list.row_removed", "price_list", key, changes)
        return _("The price of {sku} is removed.", sku=sku), url_for("prices.show", key=key)

    return _tried(key, sent, "row", remove)


@prices.post("/lists/<key>/upload")
@requires(Permission.EDIT_PRICES)
def upload(key: str) -> ResponseReturnValue:
    """Every row is judged; where one is at fault, none is saved and all faults are shown."""
    sent, file = Form.sent(), request.files.get("file")
    with current_work() as work:
        found, _targets = read_price_list(work, key)
        if file is None or not file.filename:
            return render_list(work, key, sent.refuse_field("file", _(FILE_MISSING)), "file"), 422
        try:
            with work.connection.begin_nested():
                name = PurePath(file.filename).name[:200]
                done = import_prices(work, found.id, key, cast(BinaryIO, file.stream), name)
        except DomainError as error:
            return render_list(work, key, sent.refuse(error, {error.code: "file"}), "file"), sent.status
        if done.faults:
            return render_list(work, key, sent, "file", faults=done.faults), 422
    flash(_("{count} prices are saved.", count=done.saved), "ok")
    return redirect(url_for("prices.show", key=key), 303)


@prices.get("/lists/<key>/file")
@requires(Permission.VIEW_PRICES)
def download(key: str) -> ResponseReturnValue:
    """All rows, in the columns that an upload reads."""
    with current_work() as work:
        found, _targets = read_price_list(work, key)
        lines = list(_lines(work, found.id))
    return csv_response(lines, f"prices-{key}.csv")


def _lines(work: Work, list_id: Any) -> Iterator[str]:
    yield csv_line(["sku", "from quantity", "price", "unit", "floor"])
    for row in all_tiers(work, list_id):
        floor = "" if row.floor_price is None else plain(row.floor_price)
        yield csv_line([row.sku, plain(row.from_quantity), plain(row.unit_price), row.unit or "", floor])


class _Refused(Exception):
    """The form says why."""


def _tried(key: str, sent: Form, form_of: str, use_case: Callable[[Work], tuple[str, str]]) -> ResponseReturnValue:
    if not sent.refused:
        try:
            return run_once(use_case)
        except _Refused:
            pass
        except DomainError as error:
            if error.code == "price_list_not_found":
                raise
            sent.refuse(error, LIST_FIELDS)
    with current_work() as work:
        return render_list(work, key, sent, form_of), sent.status


def render_list(
    work: Work, key: str, form: Form | None = None, form_of: str = "", faults: Sequence[RowFault] = ()
) -> str:
    """Raises PriceListNotFound."""
    row, targets = read_price_list(work, key)
    search, trail = request.args.get("q", "").strip()[:200], request.args.getlist("after")[-100:]
    found = list_tiers(work, row.id, search=search, limit=_ROWS + 1, after=_after(trail))
    last = found[_ROWS - 1] if len(found) > _ROWS else None
    name = name_in(row.names, current_locale()) or row.key
    whom = [_target(one) for one in targets]
    facts = [
        (_("Scope"), _(PRICE_SCOPES[row.scope])),
        (_("For"), ", ".join(whom[:20]) + ("…" if len(whom) > 20 else "") or _("everybody")),
        (_("Currency"), row.currency),
        (_("Priority"), str(row.priority)),
        (_("Valid"), validity(row.valid_from, row.valid_to) or _("always")),
        (_("In use"), _("Yes") if row.active else _("No")),
    ]
    page = ListPage(
        row=row, name=name, facts=facts, rows=found[:_ROWS], search=search,
        scopes=[(scope, _(label)) for scope, label in PRICE_SCOPES.items()], may_edit=may(Permission.EDIT_PRICES),
        editing=may(Permission.EDIT_PRICES) and (form_of == "prices" or request.args.get("edit") == "1"),
        state={"q": search or None, "after": trail or None}, form=form or Form(), form_of=form_of,
        list_form=form if form is not None and form_of == "list" else _list_form(row, name, whom),
        faults=[
            (one.row, _(FIELD_NAMES[one.field]), said(one.message, {"value": one.value})) for one in faults[:_FAULTS]
        ],
        more_faults=max(len(faults) - _FAULTS, 0),
        next_url=url_for("prices.show", key=key, q=search or None,
                         after=[*trail, f"{last.sku}|{plain(last.from_quantity)}"]) if last else None,
        previous_url=url_for("prices.show", key=key, q=search or None, after=trail[:-1]) if trail else None,
    )  # fmt: skip
    return render_template("prices/show.html", page=page)


def _list_form(row: Any, name: str, whom: Sequence[str]) -> Form:
    return Form.of(
        name=name, currency=row.currency, scope=row.scope, priority=str(row.priority), targets=", ".join(whom),
        valid_from=str(row.valid_from or ""), valid_to=str(row.valid_to or ""), active="1" if row.active else None,
    )  # fmt: skip


def _target(one: Any) -> str:
    if one.country:
        return f"{one.country}/{one.region}" if one.region else str(one.country)
    return str(one.customer or one.customer_group or one.channel)


def _after(trail: Sequence[str]) -> tuple[str, Decimal] | None:
    if not trail:
        return None
    sku, _bar, quantity = trail[-1].rpartition("|")
    return sku, number_in(quantity) or Decimal(0)


def _typed(form: Form, name: str, default: Decimal | None = None) -> Decimal | None:
    text = form.value(name).strip()
    if not text and default is not None:
        return default
    number = number_in(text.replace(",", ""))
    if number is None:
        form.refuse_field(name, _(NOT_A_PRICE))
    return number


def number_in(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 40 else None


def plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
