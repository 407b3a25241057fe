"""What an order shall look like after some actions: pure, before anything is priced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.errors import Problem
from kernel.i18n import N_
from oms.changes.actions import (
    Action,
    AddLine,
    SetAddress,
    SetDay,
    SetNote,
    SetPrice,
    SetQuantity,
    Substitute,
)
from oms.orders.lock_order import LockedLine, LockedOrder
from oms.placement.plan import QUANTITY_NOT_POSITIVE

_QUANTITY_DIGITS = Decimal("0.0001")

LINE_UNKNOWN = N_("There is no such line in this order.")
BELOW_FIXED = N_("Of line {line}, {units} units are shipped or invoiced; it cannot come to less.")
PRICE_FIXED = N_("All of line {line} is invoiced; credit its invoice before its price changes.")
ADDRESS_FIXED = N_("Goods have left already; the address can no longer change.")
NOTHING_LEFT = N_("Nothing of the order would be left; cancel it instead.")
TOO_FINE = N_("A quantity has at most four decimals.")
ASKED_TWICE = N_("This line is changed twice.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLine:
    """A line as it shall be.

    line        the line that it is; None: a new one
    action      index of the action that made it so; None: untouched
    quantity    in `unit` of a new line; effective base units of one that is there
    price       agreed by hand for one base unit; None: by the order type's rule
    instead_of  number of the line that it substitutes
    """

    line: LockedLine | None
    sku: str
    quantity: Decimal
    unit: str | None = None
    action: int | None = None
    price: Decimal | None = None
    instead_of: int | None = None

    @property
    def touched(self) -> bool:
        """Whether it is new or its quantity is another."""
        return self.line is None or self.quantity != effective(self.line)

    @property
    def is_billed(self) -> bool:
        """Whether all of it, as it shall be, is invoiced."""
        return self.line is not None and 0 < self.line.invoiced == self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The order as it shall be. head: columns that change, with their new values"""

    lines: tuple[WantedLine, ...]
    head: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changes_content(self) -> bool:
        """Whether goods, prices or the address change: what approvers have looked at."""
        return "ship_to" in self.head or any(line.touched or line.price is not None for line in self.lines)


def effective(line: LockedLine) -> Decimal:
    """Base units that still count."""
    return line.ordered - line.cancelled


def apply_actions(
    order: LockedOrder, actions: Sequence[Action], fixed: Mapping[UUID, Decimal]
) -> tuple[Wanted, list[Problem]]:
    """fixed  line -> base units that cannot go any more, shipped or invoiced"""
    builder = _Builder(order, fixed)
    for index, action in enumerate(actions):
        builder.apply(index, action)
    builder.refuse_billed_prices()
    wanted = Wanted(lines=tuple(builder.lines.values()) + tuple(builder.added), head=builder.head)
    if not builder.problems and not any(line.quantity for line in wanted.lines):
        builder.problems.append(Problem("/actions", "nothing_left", NOTHING_LEFT))
    return wanted, builder.problems


class _Builder:
    def __init__(self, order: LockedOrder, fixed: Mapping[UUID, Decimal]) -> None:
        self.order, self.fixed = order, fixed
        self.lines = {line.id: WantedLine(line=line, sku=line.sku, quantity=effective(line)) for line in order.lines}
        self.added: list[WantedLine] = []
        self.head: dict[str, Any] = {}
        self.problems: list[Problem] = []

    def apply(self, index: int, action: Action) -> None:
        if isinstance(action, AddLine):
            self._add(index, action)
        elif isinstance(action, SetQuantity):
            self._set_quantity(index, action.line_id, action.quantity)
        elif isinstance(action, Substitute):
            self._substitute(index, action)
        elif isinstance(action, SetPrice):
            self._set_price(index, action)
        elif isinstance(action, SetAddress):
            self._set_address(index, action)
        elif isinstance(action, SetDay):
            self.head["requested_on"] = action.requested_on
        elif isinstance(action, SetNote):
            self.head["buyer_note"] = action.buyer_note

    def _refuse(self, index: int, name: str, code: str, message: str, **facts: Any) -> None:
        self.problems.append(Problem(f"/actions/{index}/{name}", code, message, facts))

    def _add(self, index: int, action: AddLine) -> None:
        if action.quantity <= 0:
            self._refuse(index, "quantity", "quantity_not_positive", QUANTITY_NOT_POSITIVE)
        self.added.append(
            WantedLine(
                line=None, sku=action.sku, quantity=action.quantity, unit=action.unit, action=index,
                price=action.unit_price,
            )
        )  # fmt: skip

    def _line(self, index: int, line_id: UUID) -> WantedLine | None:
        found = self.lines.get(line_id)
        if found is None:
            self._refuse(index, "line", "line_not_found", LINE_UNKNOWN)
        return found

    def _set_quantity(self, index: int, line_id: UUID, quantity: Decimal) -> None:
        found = self._line(index, line_id)
        if found is None or found.line is None:
            return
        least = self.fixed.get(line_id, Decimal(0))
        if quantity != quantity.quantize(_QUANTITY_DIGITS):
            self._refuse(index, "quantity", "quantity_too_fine", TOO_FINE)
        elif quantity < least:
            facts = {"line": found.line.line_no, "units": f"{least.normalize():f}"}
            self._refuse(index, "quantity", "below_fixed", BELOW_FIXED, **facts)
        elif found.action is not None and found.touched:
            self._refuse(index, "line", "asked_twice", ASKED_TWICE)
        else:
            self.lines[line_id] = replace(found, quantity=quantity, action=index)

    def _substitute(self, index: int, action: Substitute) -> None:
        found = self._line(index, action.line_id)
        if found is None or found.line is None:
            return
        least = self.fixed.get(action.line_id, Decimal(0))
        gone = effective(found.line) - least
        self._set_quantity(index, action.line_id, least)
        self.added.append(
            WantedLine(
                line=None, sku=action.sku, quantity=gone if action.quantity is None else action.quantity,
                action=index, instead_of=found.line.line_no,
            )
        )  # fmt: skip

    def _set_price(self, index: int, action: SetPrice) -> None:
        found = self._line(index, action.line_id)
        if found is not None:
            touched = found.action if found.action is not None else index
            self.lines[action.line_id] = replace(found, price=action.unit_price, action=touched)

    def refuse_billed_prices(self) -> None:
        for line in self.lines.values():
            if line.line is None or line.action is None or line.price is None:
                continue
            if line.is_billed and line.price != line.line.unit_price:
                self._refuse(line.action, "unit_price", "price_fixed", PRICE_FIXED, line=line.line.line_no)

    def _set_address(self, index: int, action: SetAddress) -> None:
        if any(line.shipped for line in self.order.lines):
            self._refuse(index, "ship_to", "address_fixed", ADDRESS_FIXED)
        self.head["ship_to"] = dict(action.ship_to)


def wished_day(wanted: Wanted, stands: date | None) -> date | None:
    """The day wished for after the change."""
    day: date | None = wanted.head.get("requested_on", stands)
    return day
