"""What may be changed of a placed order, as typed actions; JSON in, JSON out, with a problem for every fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import from_text, to_text

MOST_ACTIONS = 500
LONGEST_TEXT = 2_000
ADDRESS_FIELDS = ("recipient", "phone", "street", "city", "region", "postal_code", "country")
_NEEDED = ("recipient", "street", "city", "country")

ACTION_UNKNOWN = N_("There is no such kind of change.")
FIELD_MISSING = N_("This is needed.")
NOT_A_NUMBER = N_("Write a number, such as 3 or 0.5.")
NOT_A_DAY = N_("Write a day as 2026-11-22.")
TOO_LONG = N_("At most {most} characters.")
TOO_MANY = N_("At most {most} changes at once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLine:
    """quantity in `unit`; unit None: the SKU's base unit. unit_price: of one `unit`, where the order type takes
    prices as given"""

    sku: str
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuantity:
    """quantity  base units that the line shall come to, shipped ones among them; 0 takes the line out"""

    line_id: UUID
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """Another SKU instead of what of the line has not been shipped. quantity: base units; None: as many"""

    line_id: UUID
    sku: str
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrice:
    """The price of one base unit, agreed by hand."""

    line_id: UUID
    unit_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAddress:
    ship_to: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDay:
    """The day that the buyer wishes; None: any"""

    requested_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNote:
    buyer_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAll:
    """The buyer asks for the whole order to be cancelled; it stands alone in its set."""


Action = AddLine | SetQuantity | Substitute | SetPrice | SetAddress | SetDay | SetNote | CancelAll


def actions_from_json(rows: Any) -> tuple[tuple[Action, ...], list[Problem]]:
    """The actions, and everything that is wrong with what was sent, by pointer."""
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        return (), [Problem("/actions", "actions_missing", FIELD_MISSING)]
    if len(rows) > MOST_ACTIONS:
        return (), [Problem("/actions", "too_many_actions", TOO_MANY, {"most": MOST_ACTIONS})]
    actions: list[Action] = []
    problems: list[Problem] = []
    for index, row in enumerate(rows):
        reader = _Reader(row if isinstance(row, Mapping) else {}, f"/actions/{index}", problems)
        action = _read(reader)
        if action is not None:
            actions.append(action)
    return tuple(actions), problems


class _Reader:
    """Takes fields out of one row; what is missing or wrong becomes a problem."""

    def __init__(self, row: Mapping[str, Any], pointer: str, problems: list[Problem]) -> None:
        self.row, self.pointer, self.problems = row, pointer, problems
        self.failed = False

    def refuse(self, name: str, code: str, message: str, **facts: Any) -> None:
        self.failed = True
        self.problems.append(Problem(f"{self.pointer}/{name}", code, message, facts))

    def text(self, name: str, *, needed: bool = True) -> str:
        value = self.row.get(name)
        said = value.strip() if isinstance(value, str) else ""
        if len(said) > LONGEST_TEXT:
            self.refuse(name, "too_long", TOO_LONG, most=LONGEST_TEXT)
        if not said and needed:
            self.refuse(name, "field_missing", FIELD_MISSING)
        return said

    def number(self, name: str, *, needed: bool = True) -> Decimal | None:
        value = self.row.get(name)
        if value in (None, ""):
            if needed:
                self.refuse(name, "field_missing", FIELD_MISSING)
            return None
        try:
            number = Decimal(str(value).strip())
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or number < 0 or number >= 10**12:
            self.refuse(name, "not_a_number", NOT_A_NUMBER)
            return None
        return number

    def line(self) -> UUID | None:
        found = from_text("lin", self.text("line"))
        if found is None and not self.failed:
            self.refuse("line", "line_not_found", FIELD_MISSING)
        return found


def _read(reader: _Reader) -> Action | None:
    made = _READERS.get(str(reader.row.get("do")), _unknown)(reader)
    return None if reader.failed else made


def _unknown(reader: _Reader) -> Action | None:
    reader.refuse("do", "action_unknown", ACTION_UNKNOWN)
    return None


def _add(reader: _Reader) -> Action | None:
    sku, quantity = reader.text("sku"), reader.number("quantity")
    unit, price = reader.text("unit", needed=False) or None, reader.number("unit_price", needed=False)
    return AddLine(sku=sku, quantity=quantity, unit=unit, unit_price=price) if quantity is not None else None


def _quantity(reader: _Reader) -> Action | None:
    line, quantity = reader.line(), reader.number("quantity")
    return SetQuantity(line_id=line, quantity=quantity) if line and quantity is not None else None


def _remove(reader: _Reader) -> Action | None:
    line = reader.line()
    return SetQuantity(line_id=line, quantity=Decimal(0)) if line else None


def _substitute(reader: _Reader) -> Action | None:
    line, sku = reader.line(), reader.text("sku")
    quantity = reader.number("quantity", needed=False)
    return Substitute(line_id=line, sku=sku, quantity=quantity) if line else None


def _price(reader: _Reader) -> Action | None:
    line, price = reader.line(), reader.number("unit_price")
    return SetPrice(line_id=line, unit_price=price) if line and price is not None else None


def _address(reader: _Reader) -> Action | None:
    sent = reader.row.get("ship_to")
    inner = _Reader(sent if isinstance(sent, Mapping) else {}, f"{reader.pointer}/ship_to", reader.problems)
    address = {name: inner.text(name, needed=name in _NEEDED) for name in ADDRESS_FIELDS}
    reader.failed = reader.failed or inner.failed
    return SetAddress(ship_to={name: value for name, value in address.items() if value})


def _day(reader: _Reader) -> Action | None:
    said = reader.text("requested_on", needed=False)
    try:
        return SetDay(requested_on=date.fromisoformat(said) if said else None)
    except ValueError:
        reader.refuse("requested_on", "not_a_day", NOT_A_DAY)
        return None


def _note(reader: _Reader) -> Action | None:
    return SetNote(buyer_note=reader.text("buyer_note", needed=False))


def _cancel(reader: _Reader) -> Action | None:
    return CancelAll()


_READERS = {
    "cancel": _cancel,
    "add_line": _add, "set_quantity": _quantity, "remove_line": _remove, "substitute": _substitute,
    "set_price": _price, "set_address": _address, "set_requested_on": _day, "set_note": _note,
}  # fmt: skip


def action_json(action: Action) -> dict[str, Any]:
    """As it is kept and as `actions_from_json` reads it."""
    if isinstance(action, AddLine):
        price = None if action.unit_price is None else str(action.unit_price)
        quantity = str(action.quantity)
        return {"do": "add_line", "sku": action.sku, "quantity": quantity, "unit": action.unit, "unit_price": price}
    if isinstance(action, SetQuantity):
        return {"do": "set_quantity", "line": to_text("lin", action.line_id), "quantity": str(action.quantity)}
    if isinstance(action, Substitute):
        units = None if action.quantity is None else str(action.quantity)
        return {"do": "substitute", "line": to_text("lin", action.line_id), "sku": action.sku, "quantity": units}
    if isinstance(action, SetPrice):
        return {"do": "set_price", "line": to_text("lin", action.line_id), "unit_price": str(action.unit_price)}
    if isinstance(action, SetAddress):
        return {"do": "set_address", "ship_to": dict(action.ship_to)}
    if isinstance(action, SetDay):
        day = action.requested_on.isoformat() if action.requested_on else ""
        return {"do": "set_requested_on", "requested_on": day}
    if isinstance(action, CancelAll):
        return {"do": "cancel"}
    return {"do": "set_note", "buyer_note": action.buyer_note}
