"""The versions that an order has had, and what is different between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.changes.differences import Difference, Version, version_difference, versions_of
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.formats import money, quantity
from web.http.work import current_work
from web.pages.orders.blueprint import orders
from web.pages.row_ids import id_in
from web.pages.words import ORDER_STATUS, word

CAUSES = {
    "before": N_("As placed, or before the change"),
    "changed": N_("Changed"),
    "cancelled": N_("Cancelled"),
    "split": N_("Split"),
    "merged": N_("Merged"),
    "undone": N_("Split or merge undone"),
}
FIELDS = {
    "status": N_("State"),
    "ship_to": N_("Ships to"),
    "bill_to": N_("Bill to"),
    "requested_on": N_("Requested day"),
    "buyer_note": N_("Buyer's note"),
    "tags": N_("Tags"),
    "net_total": N_("Net"),
    "tax_total": N_("Tax"),
    "total": N_("Total"),
    "sku": N_("SKU"),
    "ordered": N_("Quantity"),
    "line": N_("Quantity"),
    "unit_price": N_("Unit price"),
    "net": N_("Net"),
    "gross": N_("Amount with tax"),
}
_MONEY = {"net_total", "tax_total", "total", "net", "gross"}


@dataclass(slots=True, kw_only=True)
class VersionsPage:
    """rows: (what, before, after) in words"""

    id: str
    number: str
    versions: Sequence[tuple[Version, str]]
    before: int
    after: int
    rows: Sequence[tuple[str, str, str]]


@orders.get("/<order_id>/versions")
@requires(Permission.VIEW_ORDERS)
def versions(order_id: str) -> ResponseReturnValue:
    key = id_in("ord", order_id)
    with current_work() as work:
        order = read_order(work, key, with_history=False).order
        kept = versions_of(work, key)
        numbers = [version.number for version in kept]
        before, after = _asked("from", numbers, -2), _asked("to", numbers, -1)
        found = version_difference(work, key, before, after) if len(kept) > 1 else ()
    page = VersionsPage(
        id=to_text("ord", key), number=order.number, before=before, after=after,
        versions=[(version, _(CAUSES.get(version.cause, version.cause))) for version in kept],
        rows=[_row(one, order.currency) for one in found],
    )  # fmt: skip
    return render_template("orders/versions.html", page=page)


def _asked(name: str, numbers: Sequence[int], default: int) -> int:
    text = request.args.get(name, "")
    number = int(text) if text.isdecimal() and len(text) < 10 else 0
    if number in numbers:
        return number
    return numbers[default] if len(numbers) > 1 else 0


def _row(one: Difference, currency: str) -> tuple[str, str, str]:
    label = _(FIELDS.get(one.what, one.what))
    if one.line is not None:
        label = _("Line {line}, {sku}: {what}", line=one.line, sku=one.sku, what=label)
    return label, _value(one, one.before, currency), _value(one, one.after, currency)


def _value(one: Difference, value: Any, currency: str) -> str:
    if value in (None, "", [], {}):
        return "–"
    if one.what == "status":
        return str(word(ORDER_STATUS, str(value)))
    if one.what in _MONEY:
        return money(Decimal(value), currency)
    if one.what in {"ordered", "line"}:
        return quantity(Decimal(value))
    if one.what == "unit_price":
        return f"{Decimal(value).normalize():f} {currency}"
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part)
    return ", ".join(value) if isinstance(value, list) else str(value)
