"""Which rows of a table meet or cover which, column by column, without comparing every pair of cells.

Sets of rows are bit masks: bit n is row n.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from operator import or_
from typing import Any

from low_code.rules.cells import Bounds, Cell, Domain, OneOf, covers, meet
from low_code.rules.index import index_column
from low_code.rules.model import Row, Table

Place = tuple[Any, int]  # an edge, and -1 just before it, 0 on it, 1 just after it


class RowRelations:
    """For each of `rows`: those that some value would meet together with it, and those that cover it."""

    def __init__(self, table: Table, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._columns = [
            (_Column([row.cells[index] for row in rows], column.domain), index)
            for index, column in enumerate(table.inputs)
        ]
        self._days = _Column([Bounds(row.starts, row.ends) for row in rows], Domain(nullable=False))

    def pairs(self) -> list[int]:
        """How many pairs of cells each column would have compared one by one; the rest is found by sorting."""
        return [column.pairs() for column, _ in self._columns]

    def meeting(self) -> list[int]:
        """Rows whose cells and days all have something in common with those of the row (itself included)."""
        return self._all_columns(lambda column, cell: column.meeting(cell))

    def covering(self) -> list[int]:
        """Rows that accept everything that the row accepts (itself included); never too many."""
        return self._all_columns(lambda column, cell: column.covering(cell))

    def _all_columns(self, ask: Callable[[_Column, Cell], int]) -> list[int]:
        masks = []
        for row in self._rows:
            mask = ask(self._days, Bounds(row.starts, row.ends))
            for column, index in self._columns:
                mask &= ask(column, row.cells[index])
            masks.append(mask)
        return masks


class _Column:
    def __init__(self, cells: Sequence[Cell], domain: Domain) -> None:
        self._domain = domain
        self._holders: dict[Cell, int] = {}
        for index, cell in enumerate(cells):
            self._holders[cell] = self._holders.get(cell, 0) | 1 << index
        self._find = index_column(cells)
        self._odd = [cell for cell in self._holders if not isinstance(cell, Bounds | OneOf)]
        self._named = _named_values(self._holders)
        currencies = {cell.currency for cell in self._holders if isinstance(cell, Bounds)}
        self._intervals = {currency: _Intervals(self._holders, currency) for currency in currencies}
        self._met: dict[Cell, int] = {}
        self._covered: dict[Cell, int] = {}

    def pairs(self) -> int:
        odd, bounds = len(self._odd), sum(isinstance(cell, Bounds) for cell in self._holders)
        return odd * len(self._holders) + bounds * (odd + len(self._named))

    def meeting(self, cell: Cell) -> int:
        if cell not in self._met:
            self._met[cell] = self._meeting(cell)
        return self._met[cell]

    def covering(self, cell: Cell) -> int:
        if cell not in self._covered:
            self._covered[cell] = self._covering(cell)
        return self._covered[cell]

    def _meeting(self, cell: Cell) -> int:
        match cell:
            case OneOf(values):
                return _union(self._find(value) for value in values)
            case Bounds():
                found = self._intervals[cell.currency].meeting(cell)
                found |= _union(mask for value, mask in self._named if cell.accepts(value))
                return found | self._by_pairs(self._odd, lambda other: meet(cell, other, self._domain))
            case _:
                return self._by_pairs(self._holders, lambda other: meet(cell, other, self._domain))

    def _covering(self, cell: Cell) -> int:
        match cell:
            case OneOf(values):
                found = -1
                for value in values:
                    found &= self._find(value)
                return found
            case Bounds():
                found = self._intervals[cell.currency].covering(cell)
                return found | self._by_pairs(self._odd, lambda other: covers(other, cell, self._domain))
            case _:
                return self._by_pairs(self._holders, lambda other: covers(other, cell, self._domain))

    def _by_pairs(self, cells: Iterable[Cell], holds: Callable[[Cell], bool]) -> int:
        return _union(self._holders[other] for other in cells if holds(other))


class _Intervals:
    """The bounds of a column in one currency, sorted by where they begin and by where they end."""

    def __init__(self, holders: dict[Cell, int], currency: str) -> None:
        bounds = [(b, m) for b, m in holders.items() if isinstance(b, Bounds) and b.currency == currency]
        self._without_low = _union(mask for cell, mask in bounds if cell.low is None)
        self._without_high = _union(mask for cell, mask in bounds if cell.high is None)
        lows = sorted(((_begin(b), m) for b, m in bounds if b.low is not None), key=lambda pair: pair[0])
        highs = sorted(((_end(b), m) for b, m in bounds if b.high is not None), key=lambda pair: pair[0])
        self._lows, self._highs = [place for place, _ in lows], [place for place, _ in highs]
        self._up_to = list(accumulate((mask for _, mask in lows), or_, initial=0))
        self._from = list(accumulate((mask for _, mask in reversed(highs)), or_, initial=0))[::-1]

    def meeting(self, cell: Bounds) -> int:
        begun = self._up_to[-1] if cell.high is None else self._begun_by(_end(cell))
        lasting = self._from[0] if cell.low is None else self._lasting_to(_begin(cell))
        return (begun | self._without_low) & (lasting | self._without_high)

    def covering(self, cell: Bounds) -> int:
        begun = 0 if cell.low is None else self._begun_by(_begin(cell))
        lasting = 0 if cell.high is None else self._lasting_to(_end(cell))
        return (begun | self._without_low) & (lasting | self._without_high)

    def _begun_by(self, place: Place) -> int:
        return self._up_to[bisect_right(self._lows, place)]

    def _lasting_to(self, place: Place) -> int:
        return self._from[bisect_left(self._highs, place)]


def _begin(bounds: Bounds) -> Place:
    return (bounds.low, 0 if bounds.with_low else 1)


def _end(bounds: Bounds) -> Place:
    return (bounds.high, 0 if bounds.with_high else -1)


def _named_values(holders: dict[Cell, int]) -> list[tuple[Any, int]]:
    """Values that cells accept by name, with the rows that do."""
    found: dict[Any, int] = {}
    for cell, mask in holders.items():
        if isinstance(cell, OneOf):
            for value in cell.values:
                found[value] = found.get(value, 0) | mask
    return list(found.items())


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
