"""An order book reckoned with pencil and paper: no database, and no code of the product.

It knows orders, lines, promises, credit and payments, and what each step makes of them; prices exclude tax, amounts are
rounded by line, half up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

ZERO, CENT = Decimal(0), Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def shares(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Largest remainder: whole cents first, then one each to the largest rests, earlier ones first."""
    total = sum(weights, ZERO)
    exact = [amount * weight / total for weight in weights]
    given = [one.quantize(CENT, ROUND_DOWN) for one in exact]
    order = sorted(range(len(weights)), key=lambda at: (given[at] - exact[at], at))
    for at in order[: int((amount - sum(given, ZERO)) / CENT)]:
        given[at] += CENT
    return given


@dataclass
class Line:
    """ordered and cancelled units, promised ones, and money. `name` finds the product's line."""

    name: Any
    sku: str
    price: Decimal
    rate: Decimal
    ordered: int
    cancelled: int = 0
    promised: int = 0
    net: Decimal = ZERO
    tax: Decimal = ZERO

    def __post_init__(self) -> None:
        if not self.net and not self.tax:
            self.reckon()

    @property
    def counts(self) -> int:
        return self.ordered - self.cancelled

    @property
    def open(self) -> int:
        return self.counts - self.promised

    def reckon(self) -> None:
        exact = self.price * self.counts
        self.net = cents(exact)
        self.tax = cents(exact * (1 + self.rate)) - self.net


@dataclass
class Order:
    name: Any
    lines: list[Line]
    exposed: Decimal = ZERO
    paid: Decimal = ZERO
    stops: set[str] = field(default_factory=set)  # their reasons
    before: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))
    state: str = "placed"

    @property
    def held(self) -> bool:
        return bool(self.stops)

    @property
    def total(self) -> Decimal:
        return sum((line.net + line.tax for line in self.lines), ZERO)


@dataclass
class Shelf:
    on_hand: int = 0
    promised: int = 0

    @property
    def free(self) -> int:
        return self.on_hand - self.promised


@dataclass
class Book:
    """Steps return nothing; what the product refuses, nobody asks of the book."""

    shelves: dict[str, Shelf] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)

    def place(self, order: Order) -> None:
        self.orders.append(order)
        order.exposed = order.total
        self.promise(order)

    def promise(self, order: Order) -> None:
        """Line after line what is free, unless something holds the order."""
        if order.held or order.state != "placed":
            return
        for line in order.lines:
            units = min(line.open, self.shelves[line.sku].free)
            self._move(line, units)

    def take_back(self, order: Order) -> None:
        for line in order.lines:
            self._move(line, -line.promised)

    def _move(self, line: Line, units: int) -> None:
        line.promised += units
        self.shelves[line.sku].promised += units

    def cancel(self, order: Order, line: Line, units: int) -> None:
        before = order.total
        self._move(line, -max(units - line.open, 0))
        line.cancelled += units
        line.reckon()
        order.exposed = max(order.exposed - (before - order.total), ZERO)
        if not any(each.counts for each in order.lines):
            order.state, order.stops = "cancelled", set()

    def change(self, order: Order, line: Line, units: int) -> None:
        before = order.total
        self._move(line, -max(line.promised - units, 0))
        if units > line.counts:
            line.ordered += units - line.counts
        else:
            line.cancelled += line.counts - units
        for each in order.lines:
            each.reckon()
        order.exposed = max(order.exposed + order.total - before, ZERO)
        self.promise(order)

    def split(self, order: Order, line: Line, units: int, child_name: Any, line_name: Any) -> Order:
        """Free units go first, then promised ones. The whole line keeps its name."""
        free = min(units, line.open)
        child = Order(child_name, [], stops=set(order.stops))
        if units == line.ordered and not line.cancelled:
            order.lines.remove(line)
            child.lines.append(line)
        else:
            weights = [Decimal(line.counts - units), Decimal(units)]
            net, tax = (shares(amount, weights)[1] for amount in (line.net, line.tax))
            part = Line(line_name, line.sku, line.price, line.rate, units, promised=units - free, net=net, tax=tax)
            line.ordered -= units
            line.promised -= units - free
            line.net -= net
            line.tax -= tax
            child.lines.append(part)
        self.orders.append(child)
        weights = [order.total, child.total]
        if any(weights):
            for name in ("exposed", "paid"):
                stays, goes = shares(getattr(order, name), weights)
                setattr(order, name, stays)
                setattr(child, name, goes)
        return child

    def join(self, order: Order, child: Order, line: Line, part: Line, *, whole: bool) -> None:
        """A split taken back."""
        if whole:
            child.lines.remove(part)
            order.lines.append(part)
        else:
            line.ordered += part.ordered
            line.promised += part.promised
            line.net += part.net
            line.tax += part.tax
            part.ordered = part.promised = 0
            part.net = part.tax = ZERO
        order.exposed += child.exposed
        order.paid += child.paid
        child.exposed = child.paid = ZERO
        child.state, child.stops = "closed", set()

    def merge(self, into: Order, other: Order) -> list[Line]:
        moved = [line for line in other.lines if line.ordered]
        into.lines += moved
        other.lines = [line for line in other.lines if not line.ordered]
        into.exposed += other.exposed
        into.paid += other.paid
        other.before = set(into.stops), set(other.stops)
        into.stops |= other.stops
        other.exposed = other.paid = ZERO
        other.state, other.stops = "closed", set()
        return moved

    def part(self, into: Order, other: Order, moved: Sequence[Line], paid: Decimal) -> None:
        """A merge taken back. paid: what the other had brought and is still there"""
        for line in moved:
            into.lines.remove(line)
            other.lines.append(line)
        own, brought = other.before
        since = into.stops - own - brought
        other.state, other.stops = "placed", brought & into.stops | since
        into.stops -= brought - own
        back = min(other.total, into.exposed)
        into.exposed -= back
        other.exposed += back
        into.paid -= paid
        other.paid += paid
