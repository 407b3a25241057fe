"""What of a received document became what of the order, and where the two differ now. Pure.

Two forms are known: what the API takes (an object with lines), and the rows of a file (a list with a row's number and
its values by field each). Anything else is shown as it came, without a mapping.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from oms.intake.received import ReceivedDocument
from oms.orders.read_order import OrderDetail

# Field of the document -> field of the order that it became.
_ORDER = {
    "order_type": "order_type", "channel": "channel", "customer_number": "customer_number",
    "outside_number": "outside_number", "currency": "currency", "requested_on": "requested_on", "priority": "priority",
    "promise_on": "promise_on", "buyer_note": "buyer_note",
}  # fmt: skip
_LINE = {"sku": "sku", "unit": "unit", "unit_price": "unit_price", "outside_line": "outside_line"}
_NUMBERS = {"quantity", "unit_price", "priority"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedField:
    """at      where it stands in the document: a JSON pointer, or "2:sku" for row 2 of a file
    sent    as the channel sent it
    field   "sku", "ship_to.city", "custom.po": what it became; "" where it became nothing that the order keeps
    line    number of the order's line, None: of the order itself
    now     as the order has it; None where it is not there any more
    """

    at: str
    sent: str
    field: str
    line: int | None
    now: str | None

    @property
    def differs(self) -> bool:
        if not self.field:
            return False
        return self.now is None or not _same(self.field, self.sent, self.now)


def mapped_fields(document: ReceivedDocument, detail: OrderDetail) -> list[MappedField]:
    """In the order of the document; [] where it is cut off or of a form that nobody knows."""
    if document.cut:
        return []
    try:
        body = json.loads(document.body)
    except (ValueError, RecursionError):
        return []
    if isinstance(body, dict) and isinstance(body.get("lines"), list):
        return list(_of_order(body, detail))
    if isinstance(body, list):
        return list(_of_rows(body, detail))
    return []


def _of_order(body: Mapping[str, Any], detail: OrderDetail) -> Iterator[MappedField]:
    for key, value in body.items():
        if key == "lines":
            continue
        for at, sent, path in _leaves(value, f"/{key}", key):
            yield _of_the_order(at, sent, path, detail)
    by_outside = {line.outside_line: line for line in detail.lines if line.outside_line}
    by_number = {line.line_no: line for line in detail.lines}
    for index, sent_line in enumerate(body["lines"]):
        if not isinstance(sent_line, dict):
            continue
        line = by_outside.get(sent_line.get("outside_line")) or by_number.get(index + 1)
        for key, value in sent_line.items():
            for at, sent, path in _leaves(value, f"/lines/{index}/{key}", key):
                yield _of_a_line(at, sent, path, index + 1, line)


def _of_rows(rows: Sequence[Any], detail: OrderDetail) -> Iterator[MappedField]:
    """What concerns the order stands in each row; it is told of the first that has it."""
    by_outside = {line.outside_line: line for line in detail.lines if line.outside_line}
    by_number = {line.line_no: line for line in detail.lines}
    told: set[tuple[str, str]] = set()
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or not isinstance(row.get("values"), dict):
            continue
        values = row["values"]
        line = by_outside.get(values.get("outside_line")) or by_number.get(index + 1)
        for key, value in values.items():
            if value in (None, ""):
                continue
            at, sent = f"{row.get('row', index + 2)}:{key}", str(value)
            if key in _LINE or key in {"quantity", "amount"} or key.startswith("line.custom."):
                yield _of_a_line(at, sent, key.removeprefix("line."), index + 1, line)
            elif (key, sent) not in told:
                told.add((key, sent))
                yield _of_the_order(at, sent, key, detail)


def _of_the_order(at: str, sent: str, path: str, detail: OrderDetail) -> MappedField:
    order = detail.order
    field, now = path, None
    head, _, rest = path.partition(".")
    if path in _ORDER:
        now = getattr(order, _ORDER[path])
    elif head in {"ship_to", "bill_to"} and rest:
        now = getattr(order, head).get(rest)
    elif head == "custom" and rest:
        now = order.custom.get(rest)
    elif head == "tags":
        now = sent if sent in order.tags else None
    else:
        field = ""
    return MappedField(at=at, sent=sent, field=field, line=None, now=None if now is None else _text(now))


def _of_a_line(at: str, sent: str, path: str, number: int, line: Any) -> MappedField:
    field, now = path, None
    if path == "quantity":
        now = _units(line)
    elif path in _LINE:
        now = getattr(line, _LINE[path], None)
    elif path.startswith("custom."):
        now = line.custom.get(path.removeprefix("custom.")) if line is not None else None
    else:
        field = ""
    return MappedField(at=at, sent=sent, field=field, line=number, now=None if now is None else _text(now))


def _units(line: Any) -> Decimal | None:
    """In the unit that was ordered, as long as nothing of the line was cancelled; then in base units."""
    if line is None:
        return None
    found: Decimal = line.ordered - line.cancelled if line.cancelled else line.unit_quantity
    return found


def _leaves(value: Any, at: str, path: str) -> Iterator[tuple[str, str, str]]:
    """(pointer, text, field) of every value that says something."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{at}/{key}", f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{at}/{index}", path)
    elif value is not None and value != "":
        yield at, _text(value), path


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _same(field: str, sent: str, now: str) -> bool:
    if sent.strip() == now.strip():
        return True
    if field not in _NUMBERS and not field.startswith("custom."):
        return False
    try:
        return Decimal(sent) == Decimal(now)
    except InvalidOperation:
        return False
