"""A table as one SQL statement: a hundred thousand subjects decided by hash joins.

Rows of one shape (the same kinds of cell in the same columns) become one set of typed arrays, joined by
equality where cells name values and by comparison where they are bounds. A row that names several values
stands once for each. The winner of each subject is the least rank among the rows that it meets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from kernel.money import Money
from low_code.expressions import Checked, Kind, SqlBinding
from low_code.expressions.nodes import Literal
from low_code.expressions.sql import CASTS, SqlCompiler, bindable
from low_code.rules.cells import AnyValue, Bounds, Cell, Emptiness, OneOf
from low_code.rules.model import Hit, OnNone, Output, Row, Table

MAX_COPIES = 200  # of one row that names several values in several columns; above, it stands alone

_AGGREGATES = {Hit.SUM: "sum", Hit.LEAST: "min", Hit.MOST: "max"}


@dataclass(frozen=True, slots=True)
class TableSql:
    """A SELECT over subjects.

    text     gives `key`, `row_id` (null where no row accepted) and one column per output: `names` in order.
             Money outputs are `ox_money`.
             One row per subject; for R, O and C one per hit, with `place` from 1.
             For C+ C< C> C# `row_id` is null, and `hits` says how many rows accepted.
    params   without those of the moment, see Environment.params()
    names    column of each output, by the output's name
    """

    text: str
    params: dict[str, object]
    names: dict[str, str]


def table_sql(
    table: Table, binding: SqlBinding, *, source: str, key: str, where: str = "true", prefix: str = "tb"
) -> TableSql:
    """The table over every row of `source`.

    source  what follows FROM, with the aliases that `binding` uses: `parcels p`
    key     SQL of what tells subjects apart, unique in source: `p.id`
    where   which of them are asked; may hold placeholders of the caller's (a literal % stands twice)
    prefix  begins the name of every placeholder
    """
    return _Statement(table, binding, source, key, where, prefix).build()


class _Statement:
    def __init__(self, table: Table, binding: SqlBinding, source: str, key: str, where: str, prefix: str) -> None:
        self._table = table
        self._rows = table.ranked_rows()
        self._compiler = SqlCompiler(binding, prefix)
        self._binding = binding
        self._source, self._key, self._where = source, key, where

    def build(self) -> TableSql:
        names = {output.name: f"out_{index}" for index, output in enumerate(self._table.outputs)}
        inputs = "".join(
            f", {self._compiler.value(column.checked.root)} AS c{index}"
            for index, column in enumerate(self._table.inputs)
        )
        asked = f"SELECT {self._key} AS key{inputs} FROM {self._source} WHERE {self._where}"
        text = (
            f"WITH ox_asked AS MATERIALIZED ({asked}), "
            f"ox_met AS ({' UNION ALL '.join(self._groups())}), "
            f"ox_ranked AS ({self._ranked()}), "
            f"ox_decided AS ({self._decided(names)}) "
            f"{self._answer(names)}"
        )
        return TableSql(text, self._compiler.params, names)

    # which rows a subject meets

    def _groups(self) -> list[str]:
        groups: dict[tuple[Any, ...], list[tuple[int, Row, tuple[Cell, ...]]]] = {}
        for rank, row in enumerate(self._rows):
            for cells in _copies(row.cells):
                shape = (row.starts is None, row.ends is None, *(_shape(cell) for cell in cells))
                groups.setdefault(shape, []).append((rank, row, cells))
        if not groups:
            return ["SELECT key, 0 AS rank FROM ox_asked WHERE false"]
        return [self._group(members) for members in groups.values()]

    def _group(self, members: list[tuple[int, Row, tuple[Cell, ...]]]) -> str:
        columns: list[tuple[str, str]] = [("rank", self._array([rank for rank, _, _ in members], "integer"))]
        conditions = []
        for name, sign, days in (
            ("starts", "<=", [row.starts for _, row, _ in members]),
            ("ends", ">=", [row.ends for _, row, _ in members]),
        ):
            if days[0] is not None:
                columns.append((name, self._array(days, "date")))
                conditions.append(f"r.{name} {sign} {self._binding.today}")
        for index in range(len(self._table.inputs)):
            cells = [cells[index] for _, _, cells in members]
            conditions += self._column(index, cells, columns)
        arrays = ", ".join(text for _, text in columns)
        names = ", ".join(name for name, _ in columns)
        test = " AND ".join(conditions) or "true"
        return f"SELECT a.key, r.rank FROM ox_asked a JOIN unnest({arrays}) AS r({names}) ON {test}"

    def _column(self, index: int, cells: Sequence[Cell], columns: list[tuple[str, str]]) -> list[str]:
        """The conditions of one column for rows of one shape; adds the arrays that they need."""
        first = cells[0]
        if isinstance(first, AnyValue):
            return []
        if isinstance(first, Emptiness):
            return [f"a.c{index} IS {'NULL' if first.empty else 'NOT NULL'}"]
        if isinstance(first, OneOf) and len(first.values) == 1:
            values = [value for cell in cells if isinstance(cell, OneOf) for value in cell.values]
            return self._compared(index, "=", values, columns, "eq")
        if isinstance(first, Bounds):
            return self._bounded(index, [cell for cell in cells if isinstance(cell, Bounds)], columns)
        values = sorted(first.values, key=str)
        listed = self._compiler.literal(_listed(self._table.inputs[index].type, values))
        test = f"a.c{index} = ANY ({listed})"
        return [test if isinstance(first, OneOf) else f"(({test}) IS NOT TRUE)"]

    def _bounded(self, index: int, cells: list[Bounds], columns: list[tuple[str, str]]) -> list[str]:
        first, conditions = cells[0], []
        for name, bound, sign in (
            ("low", first.low, ">=" if first.with_low else ">"),
            ("high", first.high, "<=" if first.with_high else "<"),
        ):
            if bound is None:
                continue
            edges = [cell.low if name == "low" else cell.high for cell in cells]
            values = [
                Money(edge, cell.currency) if cell.currency else edge for edge, cell in zip(edges, cells, strict=True)
            ]
            conditions += self._compared(index, sign, values, columns, name)
        return conditions

    def _compared(
        self, index: int, sign: str, values: Sequence[Any], columns: list[tuple[str, str]], name: str
    ) -> list[str]:
        kind, column = self._table.inputs[index].type.kind, f"{name}_{index}"
        if kind is Kind.MONEY:
            columns.append((column, self._array([value.amount for value in values], "numeric")))
            columns.append((f"{column}_in", self._array([value.currency for value in values], "text")))
            return [f"(a.c{index}).amount {sign} r.{column}", f"(a.c{index}).currency = r.{column}_in"]
        columns.append((column, self._array([bindable(value) for value in values], CASTS[kind])))
        collate = ' COLLATE "C"' if kind is Kind.STRING and sign != "=" else ""
        return [f"a.c{index} {sign} r.{column}{collate}"]

    def _array(self, values: Sequence[Any], cast: str) -> str:
        return self._compiler.param(list(values), f"{cast}[]")

    # what the rows give

    def _ranked(self) -> str:
        """Subjects with the ranks that count for them; rank null where none does."""
        if self._table.hit.single:
            best = "SELECT key, min(rank) AS rank FROM ox_met GROUP BY key"
            return f"SELECT a.key, b.rank FROM ox_asked a LEFT JOIN ({best}) b USING (key)"
        return "SELECT a.key, m.rank FROM ox_asked a LEFT JOIN ox_met m USING (key)"

    def _decided(self, names: dict[str, str]) -> str:
        ranks = self._array(range(len(self._rows)), "integer")
        ids = self._array([row.id for row in self._rows], "text")
        arrays, columns, outputs = [ranks, ids], ["rank", "row_id"], []
        for index, output in enumerate(self._table.outputs):
            given = [row.outputs[index] for row in self._rows]
            constants = [None if isinstance(value, Checked) else value for value in given]
            arrays_here, columns_here, text = self._constants(output, index, constants)
            arrays, columns = arrays + arrays_here, columns + columns_here
            outputs.append(f"{self._computed(output, given, text)} AS {names[output.name]}")
        told = ", ".join(["ox_k.key", "ox_k.rank", "ox_g.row_id", *outputs])
        rows = f"unnest({', '.join(arrays)}) AS ox_g({', '.join(columns)})"
        return (
            f"SELECT {told} FROM {self._source} JOIN ox_ranked ox_k ON ox_k.key = {self._key} "
            f"LEFT JOIN {rows} ON ox_g.rank = ox_k.rank WHERE {self._where}"
        )

    def _constants(self, output: Output, index: int, values: Sequence[Any]) -> tuple[list[str], list[str], str]:
        """Arrays of an output's constants, the names of their columns, and SQL of the value."""
        default = output.default if self._table.on_none is OnNone.DEFAULT else None
        otherwise = self._compiler.literal(Literal("", output.type, default))
        if output.type.kind is Kind.MONEY:
            amounts = self._array([value and value.amount for value in values], "numeric")
            currencies = self._array([value and value.currency for value in values], "text")
            text = f"ox_money_of(ox_g.o{index}, ox_g.o{index}_in)"
            names = [f"o{index}", f"o{index}_in"]
            return [amounts, currencies], names, _unless_none(text, otherwise, default)
        array = self._array([bindable(value) for value in values], CASTS[output.type.kind])
        return [array], [f"o{index}"], _unless_none(f"ox_g.o{index}", otherwise, default)

    def _computed(self, output: Output, given: Sequence[Any], text: str) -> str:
        """Rows whose output is an expression compute it; the others look their constant up."""
        cases = ""
        for rank, value in enumerate(given):
            if isinstance(value, Checked):
                cases += f" WHEN {rank} THEN {self._compiler.value(value.root)}"
        text = f"CASE ox_k.rank{cases} ELSE {text} END" if cases else text
        return f"ox_interval({text})" if output.type.kind is Kind.DURATION else f"({text})"

    def _answer(self, names: dict[str, str]) -> str:
        outputs = ", ".join(names.values())
        if self._table.hit.single:
            return f"SELECT key, row_id, {outputs} FROM ox_decided"
        if not self._table.hit.aggregates:
            place = "row_number() OVER (PARTITION BY key ORDER BY rank) AS place"
            return f"SELECT key, row_id, {outputs}, {place} FROM ox_decided"
        (output,) = self._table.outputs
        value = self._aggregated(output, names[output.name])
        return (
            f"SELECT key, NULL::text AS row_id, {value} AS {names[output.name]}, "
            "count(rank)::integer AS hits FROM ox_decided GROUP BY key"
        )

    def _aggregated(self, output: Output, column: str) -> str:
        hit = self._table.hit
        default = output.default if self._table.on_none is OnNone.DEFAULT else None
        otherwise = self._compiler.literal(Literal("", output.type, default))
        if hit is Hit.COUNT:
            text = "count(rank)::numeric"
        elif output.type.kind is Kind.MONEY:
            same = f"min(({column}).currency) = max(({column}).currency)"
            parts = f"{_AGGREGATES[hit]}(({column}).amount), min(({column}).currency)"
            text = f"CASE WHEN {same} THEN ox_money_of({parts}) END"
        else:
            text = f"{_AGGREGATES[hit]}({column})"
        return f"CASE WHEN count(rank) = 0 THEN {otherwise} ELSE {text} END"


def _copies(cells: tuple[Cell, ...]) -> list[tuple[Cell, ...]]:
    """The row once per combination of the values that its cells name, so that each copy joins by equality."""
    choices: list[list[Cell]] = []
    copies = 1
    for cell in cells:
        if isinstance(cell, OneOf) and copies * len(cell.values) <= MAX_COPIES:
            copies *= len(cell.values)
            choices.append([OneOf(frozenset({value})) for value in cell.values])
        else:
            choices.append([cell])
    return list(product(*choices))


def _shape(cell: Cell) -> Any:
    """Rows whose cells have equal shapes share arrays and conditions."""
    match cell:
        case OneOf(values) if len(values) == 1:
            return "eq"
        case Bounds():
            low = None if cell.low is None else cell.with_low
            high = None if cell.high is None else cell.with_high
            return ("bounds", low, high)
        case _:
            return cell


def _listed(kind: Any, values: Sequence[Any]) -> Literal:
    return Literal("", type(kind)(Kind.LIST, item=kind), tuple(values))


def _unless_none(text: str, otherwise: str, default: Any) -> str:
    return text if default is None else f"CASE WHEN ox_k.rank IS NULL THEN {otherwise} ELSE {text} END"
