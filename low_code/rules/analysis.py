"""What can be known of a table before it runs: rows that overlap, rows that never win, values left over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import reduce
from itertools import islice, product
from operator import and_
from typing import Any

from kernel.i18n import N_
from kernel.money import Money
from low_code.diagnostics import Diagnostic, Severity, pointer_to
from low_code.expressions.explain import shown
from low_code.rules.cells import Bounds, Cell, Domain, Emptiness, NoneOf, OneOf
from low_code.rules.index import bits, index_column
from low_code.rules.meeting import RowRelations
from low_code.rules.model import Hit, OnNone, Table

MAX_FINDINGS = 50
MAX_GAPS = 5
MAX_PAIRS = 400_000  # of cells that all columns together compare one by one, about a second
MAX_POINTS = 20_000  # combinations of values that the search for gaps looks at

OVERLAP = N_("Rows {first} and {second} can both accept; the hit policy U allows one.")
UNEQUAL = N_("Rows {first} and {second} can both accept, but give different outputs.")
FIRST_OVERLAP = N_("Row {first} takes part of what row {second} accepts, because it stands first.")
SHADOWED = N_("This row never wins: row {first} accepts everything that it accepts.")
NEVER_EMPTY_COLUMN = N_("This column is never empty, so the cell accepts nothing.")
INTRICATE = N_("This column has too many different tests to tell which rows overlap. Use fewer of not_in and in.")
GAP = N_("No row accepts {point}.")


def analyse(table: Table) -> list[Diagnostic]:
    """Errors and warnings about the rows taken together; at most 50 of each sort."""
    findings = list(_impossible_cells(table))
    intricate = list(_intricate(table))
    if intricate:
        return findings + intricate
    if table.hit in (Hit.UNIQUE, Hit.ANY):
        findings += islice(_overlaps(table), MAX_FINDINGS)
    if table.hit in (Hit.FIRST, Hit.PRIORITY, Hit.ANY):
        findings += islice(_shadowed(table), MAX_FINDINGS)
    if table.hit is Hit.FIRST:
        findings += islice(_partly_taken(table), MAX_FINDINGS)
    if table.hit.single and table.on_none is OnNone.ERROR:
        findings += islice(_gaps(table), MAX_GAPS)
    return findings


def _intricate(table: Table) -> Iterator[Diagnostic]:
    """Columns whose cells, with those of the columns before, are too many and too different to be compared. Where
    rows must not overlap that is an error, since nobody could say whether they do; elsewhere it only costs hints."""
    if not table.hit.single:
        return
    severity: Severity = "error" if table.hit in (Hit.UNIQUE, Hit.ANY) else "warning"
    compared = 0
    for column, pairs in zip(table.inputs, RowRelations(table, table.rows).pairs(), strict=True):
        compared += pairs
        if compared > MAX_PAIRS:
            yield Diagnostic(pointer=column.pointer, code="intricate", message=INTRICATE, severity=severity)


def _impossible_cells(table: Table) -> Iterator[Diagnostic]:
    for row in table.rows:
        for column, cell in zip(table.inputs, row.cells, strict=True):
            if cell == Emptiness(empty=True) and not column.domain.nullable:
                place = f"{row.pointer}/when" + pointer_to(column.id)
                yield Diagnostic(pointer=place, code="never_empty", message=NEVER_EMPTY_COLUMN, severity="warning")


def _overlaps(table: Table) -> Iterator[Diagnostic]:
    for index, met in enumerate(RowRelations(table, table.rows).meeting()):
        row = table.rows[index]
        for other in bits(met >> (index + 1) << (index + 1)):
            later = table.rows[other]
            if table.hit is Hit.ANY and row.outputs == later.outputs:
                continue
            code, message = ("overlap", OVERLAP) if table.hit is Hit.UNIQUE else ("unequal_outputs", UNEQUAL)
            facts = {"first": row.id, "second": later.id}
            yield Diagnostic(pointer=later.pointer, code=code, message=message, facts=facts)


def _shadowed(table: Table) -> Iterator[Diagnostic]:
    rows = table.ranked_rows()
    for index, covering in enumerate(RowRelations(table, rows).covering()):
        earlier = covering & ((1 << index) - 1)
        if earlier:
            facts = {"first": rows[next(bits(earlier))].id}
            yield Diagnostic(
                pointer=rows[index].pointer,
                code="shadowed",
                message=SHADOWED,
                facts=facts,
                severity="warning",
            )


def _partly_taken(table: Table) -> Iterator[Diagnostic]:
    """Rows that meet an earlier one of which neither holds the other: a slip more often than a waterfall."""
    relations = RowRelations(table, table.rows)
    covering = relations.covering()
    for index, met in enumerate(relations.meeting()):
        earlier = met & ((1 << index) - 1) & ~covering[index]
        crossing = next((other for other in bits(earlier) if not covering[other] >> index & 1), None)
        if crossing is not None:
            facts = {"first": table.rows[crossing].id, "second": table.rows[index].id}
            yield Diagnostic(
                pointer=table.rows[index].pointer,
                code="overlap",
                message=FIRST_OVERLAP,
                facts=facts,
                severity="warning",
            )


def _gaps(table: Table) -> Iterator[Diagnostic]:
    """Sample values that no row accepts: every combination of one value per region of each column."""
    rows = [row for row in table.rows if row.starts is None and row.ends is None]
    columns = []
    for index, column in enumerate(table.inputs):
        cells = [row.cells[index] for row in rows]
        find = index_column(cells)
        columns.append([(value, find(value)) for value in _samples(cells, column.domain)])
    everyone = (1 << len(rows)) - 1
    for point in islice(product(*columns), MAX_POINTS):
        if not reduce(and_, (mask for _, mask in point), everyone):
            pairs = zip(table.inputs, point, strict=True)
            said = ", ".join(f"{column.id} = {_said(value)}" for column, (value, _) in pairs)
            yield Diagnostic(pointer="/rows", code="gap", message=GAP, facts={"point": said}, severity="warning")


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
