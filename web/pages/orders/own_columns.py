"""Own fields as further columns of the order list, as each reader chose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import _
from low_code.kinds.fields.definition import FieldDefinition
from oms.orders.list_orders import OrderSummary
from tenants.access.choose_columns import ChooseColumns, TooManyColumns, choose_columns, chosen_columns
from tenants.access.permissions import Permission
from web.http.access import requires, safe_next
from web.http.problems import said
from web.http.work import current_work
from web.pages.orders.blueprint import orders
from web.pages.own_fields.shown import Names, export_columns, label_of, text_of

LIST = "orders"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnColumns:
    """choices: (key, label, chosen) of all fields that the reader may see; labels: of the chosen ones; texts: of each
    row, as many as labels"""

    choices: Sequence[tuple[str, str, bool]] = ()
    labels: Sequence[str] = ()
    texts: Sequence[Sequence[str]] = ()


def own_columns(work: Work, rows: Sequence[OrderSummary]) -> OwnColumns:
    """Nothing is asked of the database where there are no own fields."""
    fields = export_columns(work, "order")
    if not fields:
        return OwnColumns()
    wanted = chosen_columns(work, LIST)
    by_key = {one.key: one for one in fields}
    chosen = [by_key[key] for key in wanted if key in by_key]  # a field may have gone, or the right to see it
    return OwnColumns(
        choices=[(one.key, label_of(one), one in chosen) for one in fields],
        labels=[label_of(one) for one in chosen],
        texts=_texts(work, chosen, rows) if chosen else [()] * len(rows),
    )


def _texts(work: Work, chosen: Sequence[FieldDefinition], rows: Sequence[OrderSummary]) -> list[list[str]]:
    keys = {one.key for one in chosen}
    shown = [{key: value for key, value in row.custom.items() if key in keys} for row in rows]
    names = Names(work, chosen, shown)
    return [[text_of(one, values.get(one.key), names, work.tenant.zone) for one in chosen] for values in shown]


@orders.post("/columns")
@requires(Permission.VIEW_ORDERS)
def store_columns() -> ResponseReturnValue:
    """Keeps the reader's choice; what he may not see is left out."""
    asked = set(request.form.getlist("column"))
    with current_work() as work:
        keys = tuple(one.key for one in export_columns(work, "order") if one.key in asked)
        assert work.actor.id is not None
        try:
            choose_columns(work, ChooseColumns(user_id=work.actor.id, listed=LIST, columns=keys))
        except TooManyColumns as error:
            flash(said(error.message, error.facts), "bad")
        else:
            flash(_("The columns are yours now, on every device."), "ok")
    return redirect(safe_next(request.form.get("next")) or url_for("orders.index"), 303)
