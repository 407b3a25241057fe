"""Which units leave an order, and the exact share of the money that goes with them: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from kernel.ids import new_id
from kernel.money import Money, apportion
from oms.orders.errors import LineNotFound
from oms.orders.lock_order import LockedLine, LockedOrder
from oms.regrouping.errors import NothingToSplit, TooManyUnits

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OpenPromise:
    """Units of one line that a location has promised and not shipped."""

    id: UUID
    line_id: UUID
    location_id: UUID
    sku_id: UUID
    lot_id: UUID | None
    open: Decimal


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of one line that go to one new order.

    open      units that nobody has promised
    promised  allocation -> units of it
    """

    line_id: UUID
    open: Decimal = _ZERO
    promised: Mapping[UUID, Decimal] = field(default_factory=dict)

    @property
    def units(self) -> Decimal:
        return self.open + sum(self.promised.values(), _ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A piece with its money. to_line is from_line where the whole line goes, with its row.

    backordered  of the units that nobody promised
    """

    piece: Piece
    line: LockedLine
    to_line: UUID
    backordered: Decimal
    net: Decimal
    tax: Decimal
    discount: Decimal

    @property
    def whole(self) -> bool:
        return self.to_line == self.line.id

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


class Pool:
    """What of an order can still go elsewhere while groups are made of it, one after the other."""

    def __init__(self, order: LockedOrder, promises: Sequence[OpenPromise]) -> None:
        self._lines = {line.id: line for line in order.lines}
        self._open = {line.id: line.open for line in order.lines}
        self._promises = {promise.id: promise for promise in promises}
        self._promised = {promise.id: promise.open for promise in promises}

    def take_units(self, line_id: UUID, units: Decimal) -> Piece:
        """So many units of a line: first those that nobody has promised, then the newest promises.

        raises  LineNotFound, TooManyUnits
        """
        line = self._lines.get(line_id)
        if line is None:
            raise LineNotFound()
        free = min(units, self._open[line_id])
        left, promised = units - free, {}
        for key in sorted((key for key, one in self._promises.items() if one.line_id == line_id), reverse=True):
            if (taken := min(left, self._promised[key])) > 0:
                promised[key] = taken
                left -= taken
        if units < 0 or left > 0:
            raise TooManyUnits(line=line.line_no, units=f"{line.cancellable.normalize():f}")
        return self._took(Piece(line_id, free, promised))

    def take_promised(self, allocation_id: UUID, units: Decimal) -> Piece:
        """Units that one location promised. Raises LineNotFound, TooManyUnits."""
        promise = self._promises.get(allocation_id)
        if promise is None:
            raise LineNotFound()
        if units < 0 or units > self._promised[allocation_id]:
            line = self._lines[promise.line_id]
            raise TooManyUnits(line=line.line_no, units=f"{self._promised[allocation_id].normalize():f}")
        return self._took(Piece(promise.line_id, _ZERO, {allocation_id: units}))

    def _took(self, piece: Piece) -> Piece:
        self._open[piece.line_id] -= piece.open
        for key, units in piece.promised.items():
            self._promised[key] -= units
        return piece


def joined(pieces: Sequence[Piece]) -> list[Piece]:
    """One piece per line."""
    by_line: dict[UUID, Piece] = {}
    for piece in pieces:
        had = by_line.get(piece.line_id, Piece(piece.line_id))
        promised = {key: had.promised.get(key, _ZERO) + units for key, units in piece.promised.items()}
        by_line[piece.line_id] = Piece(piece.line_id, had.open + piece.open, {**had.promised, **promised})
    return list(by_line.values())


def share_out(order: LockedOrder, groups: Sequence[Sequence[Piece]]) -> tuple[tuple[Share, ...], ...]:
    """The shares of each group. What stays and what goes add up to the line, to the cent and to the piece.

    groups  one per new order; several may take from one line
    raises  NothingToSplit where a group is empty or nothing would stay
    """
    pieces: dict[UUID, list[tuple[int, Piece]]] = {}
    for group, members in enumerate(groups):
        if not any(piece.units > 0 for piece in members):
            raise NothingToSplit()
        for piece in members:
            if piece.units > 0:
                pieces.setdefault(piece.line_id, []).append((group, piece))
    gone = {line: sum((piece.units for _, piece in taken), _ZERO) for line, taken in pieces.items()}
    if all(line.ordered - line.cancelled <= gone.get(line.id, _ZERO) for line in order.lines):
        raise NothingToSplit()
    shared: list[list[Share]] = [[] for _ in groups]
    for line in order.lines:
        taken = pieces.get(line.id, [])
        for (group, _), share in zip(taken, _of_line(order, line, taken), strict=True):
            shared[group].append(share)
    return tuple(tuple(group) for group in shared)


def _of_line(
    order: LockedOrder,
    line: LockedLine,
    taken: Sequence[tuple[int, Piece]],
) -> list[Share]:
    if not taken:
        return []
    units = [piece.units for _, piece in taken]
    weights = [line.ordered - line.cancelled - sum(units, _ZERO), *units]

    def shares(amount: Decimal) -> list[Decimal]:
        return [share.amount for share in apportion(Money(amount, order.currency), weights)][1:]

    untouched = not line.cancelled and not line.shipped
    waiting, found = line.backordered, []
    parts = (shares(line.net), shares(line.tax), shares(line.discount))
    for (_, piece), net, tax, discount in zip(taken, *parts, strict=True):
        short = min(waiting, piece.open)
        waiting -= short
        whole = untouched and piece.units == line.ordered
        found.append(
            Share(
                piece=piece, line=line, to_line=line.id if whole else new_id(), backordered=short, net=net, tax=tax,
                discount=discount,
            )
        )  # fmt: skip
    return found
