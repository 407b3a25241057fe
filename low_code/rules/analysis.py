"""What can be known of a table before it runs: rows that overlap, rows that never win, values no row takes.

Sets of rows are bit masks (bit n is row n), so that "which rows meet row n in every column" is one AND per
column. Cells repeat in real tables; each distinct one is compared once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice, product
from typing import Any

from kernel.i18n import N_
from kernel.money import Money
from low_code.diagnostics import Diagnostic, pointer_to
from low_code.expressions.explain import shown
from low_code.rules.cells import Bounds, Cell, Domain, Emptiness, NoneOf, OneOf, accepts, covers, meet
from low_code.rules.model import Hit, OnNone, Row, Table

MAX_FINDINGS = 50
MAX_GAPS = 5
MAX_POINTS = 20_000  # combinations of values that the search for gaps looks at

OVERLAP = N_("Rows {first} and {second} can both accept; the hit policy U allows one.")
UNEQUAL = N_("Rows {first} and {second} can both accept, but give different outputs.")
FIRST_OVERLAP = N_("Row {first} takes part of what row {second} accepts, because it stands first.")
SHADOWED = N_("This row never wins: row {first} accepts everything that it accepts.")
NEVER_EMPTY_COLUMN = N_("This column is never empty, so the cell accepts nothing.")
GAP = N_("No row accepts {point}.")

Meets = Callable[[Cell, Cell, Domain], bool]


def analyse(table: Table) -> list[Diagnostic]:
    """Errors and warnings about the rows taken together; at most 50 of each sort."""
    findings = list(_impossible_cells(table))
    if table.hit in (Hit.UNIQUE, Hit.ANY):
        findings += islice(_overlaps(table), MAX_FINDINGS)
    if table.hit in (Hit.FIRST, Hit.PRIORITY, Hit.ANY):
        findings += islice(_shadowed(table), MAX_FINDINGS)
    if table.hit is Hit.FIRST:
        findings += islice(_partly_taken(table), MAX_FINDINGS)
    if table.hit.single and table.on_none is OnNone.ERROR:
        findings += islice(_gaps(table), MAX_GAPS)
    return findings


def _impossible_cells(table: Table) -> Iterator[Diagnostic]:
    for row in table.rows:
        for column, cell in zip(table.inputs, row.cells, strict=True):
            if cell == Emptiness(empty=True) and not column.domain.nullable:
                place = f"{row.pointer}/when" + pointer_to(column.id)
                yield Diagnostic(
                    pointer=place, code="never_empty", message=NEVER_EMPTY_COLUMN, severity="warning"
                )


def _overlaps(table: Table) -> Iterator[Diagnostic]:
    masks = _row_masks(table, table.rows, meet)
    for index, row in enumerate(table.rows):
        for other in _bits(masks[index] >> (index + 1) << (index + 1)):
            later = table.rows[other]
            if table.hit is Hit.ANY and row.outputs == later.outputs:
                continue
            code, message = ("overlap", OVERLAP) if table.hit is Hit.UNIQUE else ("unequal_outputs", UNEQUAL)
            facts = {"first": row.id, "second": later.id}
            yield Diagnostic(pointer=later.pointer, code=code, message=message, facts=facts)


def _shadowed(table: Table) -> Iterator[Diagnostic]:
    rows = table.ranked_rows()
    masks = _row_masks(table, rows, lambda inner, outer, domain: covers(outer, inner, domain))
    for index, row in enumerate(rows):
        earlier = masks[index] & ((1 << index) - 1)
        if earlier:
            facts = {"first": rows[_lowest(earlier)].id}
            yield Diagnostic(
                pointer=row.pointer, code="shadowed", message=SHADOWED, facts=facts, severity="warning"
            )


def _partly_taken(table: Table) -> Iterator[Diagnostic]:
    """Rows that meet an earlier one with other outputs: right for a waterfall, a slip elsewhere."""
    met = _row_masks(table, table.rows, meet)
    covered = _row_masks(table, table.rows, lambda inner, outer, domain: covers(outer, inner, domain))
    covering = _row_masks(table, table.rows, covers)
    for index, row in enumerate(table.rows):
        earlier = met[index] & ((1 << index) - 1) & ~covered[index] & ~covering[index]
        for other in islice(_bits(earlier), 1):
            facts = {"first": table.rows[other].id, "second": row.id}
            yield Diagnostic(
                pointer=row.pointer, code="overlap", message=FIRST_OVERLAP, facts=facts, severity="warning"
            )


def _row_masks(table: Table, rows: Sequence[Row], meets: Meets) -> list[int]:
    """For each row, the rows that `meets` holds for in every column and in the days of validity."""
    masks = [(1 << len(rows)) - 1] * len(rows)
    columns: list[tuple[list[Cell], Domain]] = [
        ([row.cells[index] for row in rows], column.domain) for index, column in enumerate(table.inputs)
    ]
    columns.append(([Bounds(row.starts, row.ends) for row in rows], Domain(nullable=False)))
    for cells, domain in columns:
        holders: dict[Cell, int] = {}
        for index, cell in enumerate(cells):
            holders[cell] = holders.get(cell, 0) | 1 << index
        met = {
            cell: sum(mask for other, mask in holders.items() if meets(cell, other, domain))
            for cell in holders
        }
        masks = [mask & met[cell] for mask, cell in zip(masks, cells, strict=True)]
    return masks


def _gaps(table: Table) -> Iterator[Diagnostic]:
    """Sample values that no row accepts: every combination of one value per region of each column."""
    samples = [_samples([row.cells[i] for row in table.rows], c.domain) for i, c in enumerate(table.inputs)]
    always = [row for row in table.rows if row.starts is None and row.ends is None]
    for point in islice(product(*samples), MAX_POINTS):
        if not any(_accepts_all(row, point) for row in always):
            pairs = zip(table.inputs, point, strict=True)
            said = ", ".join(f"{column.id} = {_said(value)}" for column, value in pairs)
            yield Diagnostic(
                pointer="/rows", code="gap", message=GAP, facts={"point": said}, severity="warning"
            )


def _accepts_all(row: Row, point: Sequence[Any]) -> bool:
    return all(accepts(cell, value) for cell, value in zip(row.cells, point, strict=True))


def _said(value: Any) -> str:
    return "∅" if value is None else str(shown(value))


def _samples(cells: Sequence[Cell], domain: Domain) -> list[Any]:
    """One value out of every region that the cells of a column tell apart."""
    found: list[Any] = list(domain.values or ())
    if domain.values is None:
        for cell in dict.fromkeys(cells):
            match cell:
                case OneOf(values) | NoneOf(values):
                    found += sorted(values, key=str)
                case Bounds():
                    found += _around(cell)
    if domain.nullable:
        found.append(None)
    return list(dict.fromkeys(found)) or [None]


def _around(bounds: Bounds) -> list[Any]:
    """The edges of an interval and a value just outside each."""
    found = []
    for edge, step in ((bounds.low, -1), (bounds.high, 1)):
        if edge is None:
            continue
        values = [edge]
        if isinstance(edge, str):
            values.append(edge[:-1] if step < 0 else f"{edge}0")
        else:
            unit: Any = timedelta(days=1) if not hasattr(edge, "as_tuple") else 1
            try:
                values.append(edge + step * unit)
            except OverflowError:
                pass
        found += [Money(value, bounds.currency) if bounds.currency else value for value in values]
    return found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
