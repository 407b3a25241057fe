"""Between the form that changes an order and its typed actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from kernel.ids import to_text
from oms.changes.actions import ADDRESS_FIELDS
from oms.orders.read_order import OrderDetail
from web.http.forms import Form

NEW_LINES = 3  # rows for goods that come to the order


def form_of(detail: OrderDetail, actions: Sequence[Mapping[str, Any]]) -> Form:
    """The form as the actions leave the order; what they do not touch stands as it is."""
    order = detail.order
    values: dict[str, str] = {
        "requested_on": order.requested_on.isoformat() if order.requested_on else "",
        "buyer_note": order.buyer_note,
        **{f"ship_to.{name}": str(order.ship_to.get(name) or "") for name in ADDRESS_FIELDS},
    }
    for line in detail.lines:
        key = to_text("lin", line.id)
        values[f"quantity.{key}"] = f"{(line.ordered - line.cancelled).normalize():f}"
        values[f"price.{key}"] = f"{line.unit_price.normalize():f}"
    added = 0
    for action in actions:
        kind, key = action.get("do"), str(action.get("line", ""))
        if kind == "set_quantity":
            values[f"quantity.{key}"] = _plain(action["quantity"])
        elif kind == "set_price":
            values[f"price.{key}"] = _plain(action["unit_price"])
        elif kind == "substitute":
            values[f"substitute.{key}"] = str(action["sku"])
        elif kind == "add_line":
            values |= {f"sku.{added}": action["sku"], f"units.{added}": _plain(action["quantity"])}
            values[f"unit.{added}"] = action.get("unit") or ""
            added += 1
        elif kind == "set_address":
            values |= {f"ship_to.{name}": action["ship_to"].get(name, "") for name in ADDRESS_FIELDS}
        elif kind == "set_requested_on":
            values["requested_on"] = action["requested_on"]
        elif kind == "set_note":
            values["buyer_note"] = action["buyer_note"]
    return Form.of(**values)


def _plain(number: Any) -> str:
    """As one would type it."""
    return f"{Decimal(str(number)).normalize():f}"


def actions_of(detail: OrderDetail, sent: Form, *, prices: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """(actions as JSON, the form's field that each came from). Only what differs from the order is an action.

    prices  whether who asks may agree prices by hand
    """
    rows: list[tuple[dict[str, Any], str]] = []
    for line in detail.lines:
        rows += _of_line(line, sent, prices=prices)
    for number in range(NEW_LINES):
        if sent.value(f"sku.{number}").strip() or sent.value(f"units.{number}").strip():
            row = {
                "do": "add_line",
                "sku": sent.value(f"sku.{number}").strip(),
                "quantity": sent.value(f"units.{number}"),
            }
            rows.append(({**row, "unit": sent.value(f"unit.{number}").strip()}, f"sku.{number}"))
    order = detail.order
    was = {name: str(order.ship_to.get(name) or "") for name in ADDRESS_FIELDS}
    address = {name: sent.value(f"ship_to.{name}", was[name]).strip() for name in ADDRESS_FIELDS}
    if address != was:
        rows.append(({"do": "set_address", "ship_to": address}, "ship_to"))
    day = order.requested_on.isoformat() if order.requested_on else ""
    if sent.value("requested_on", day).strip() != day:
        rows.append(({"do": "set_requested_on", "requested_on": sent.value("requested_on").strip()}, "requested_on"))
    note = sent.value("buyer_note", order.buyer_note).replace("\r\n", "\n").strip()
    if note != order.buyer_note.strip():
        rows.append(({"do": "set_note", "buyer_note": note}, "buyer_note"))
    return [row for row, _ in rows], [field for _, field in rows]


def _of_line(line: Any, sent: Form, *, prices: bool) -> list[tuple[dict[str, Any], str]]:
    key, rows = to_text("lin", line.id), []
    stands = f"{(line.ordered - line.cancelled).normalize():f}"
    if instead := sent.value(f"substitute.{key}").strip():
        return [({"do": "substitute", "line": key, "sku": instead}, f"substitute.{key}")]
    quantity = sent.value(f"quantity.{key}", stands).strip()
    if quantity != stands:
        rows.append(({"do": "set_quantity", "line": key, "quantity": quantity or "0"}, f"quantity.{key}"))
    price = f"{line.unit_price.normalize():f}"
    if prices and sent.value(f"price.{key}", price).strip() != price:
        asked = {"do": "set_price", "line": key, "unit_price": sent.value(f"price.{key}")}
        rows.append((asked, f"price.{key}"))
    return rows


def point_at_fields(sent: Form, problems: Sequence[Any], fields: Sequence[str], say: Any) -> None:
    """Puts each problem of the actions beside the field that it came from; what has none goes above the form."""
    for problem in problems:
        parts = problem.pointer.split("/")[1:]
        at = int(parts[1]) if parts[:1] == ["actions"] and len(parts) > 1 and parts[1].isdecimal() else None
        sentence = say(problem.message, **problem.facts)
        if at is None or at >= len(fields):
            sent.message = f"{sent.message} {sentence}".strip()
            sent.status = max(sent.status, 422)
        else:
            sent.refuse_field(_field(fields[at], parts[2:]), sentence)


def _field(name: str, inside: Sequence[str]) -> str:
    """The box of the form that a fault inside one action belongs to."""
    if name == "ship_to" and len(inside) > 1:
        return f"ship_to.{inside[1]}"
    if name.startswith("sku.") and inside[:1] in (["quantity"], ["unit"]):
        return name.replace("sku.", "units." if inside[0] == "quantity" else "unit.")
    return name
