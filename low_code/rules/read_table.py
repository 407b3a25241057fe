"""From a JSON document to a table: shapes, types of cells, ids. Every fault with its pointer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from kernel.i18n import N_
from kernel.money import Money
from low_code.diagnostics import OR, Diagnostic, pointer_to
from low_code.expressions import Checked, Kind, Subject, Type, check, option_of, ref_to
from low_code.expressions.instants import parse_date
from low_code.expressions.types import KIND_NAMES
from low_code.rules.cells import (
    ANY,
    ORDERED,
    Bounds,
    Cell,
    Emptiness,
    NoneOf,
    OneOf,
    cell_value,
)
from low_code.rules.model import Hit, Input, OnNone, Output, Row, Table

MAX_ROWS = 2_000
MAX_COLUMNS = 20

SHAPE = N_("{key} must be {expected}.")
MISSING = N_("{key} is missing.")
UNKNOWN_KEY = N_("A table has no {key} here.")
TOO_MANY = N_("More than {limit} of these are too many.")
TWIN_ID = N_("The id {id} is given twice.")
NO_SUCH_COLUMN = N_("There is no column {id}.")
BAD_CELL = N_("This cell is not {expected}.")
CELL_SHAPE = N_("A cell is any, eq, in, not_in, is_null, or bounds of ge, gt, le, lt.")
NO_ORDER = N_("Values of this column have no order; use eq, in or not_in.")
EMPTY_BOUNDS = N_("Nothing lies between these bounds.")
TWO_CURRENCIES = N_("Both bounds must be of one currency.")
INPUT_TYPE = N_("This column gives {got}, which a cell cannot test.")
BACKWARDS = N_("This row ends before it starts.")
PRIORITY_MISSING = N_("The hit policy {hit} needs the order of preference of at least one output.")
NOT_IN_PRIORITY = N_("This value is not in the order of preference of its column.")
ONE_OUTPUT = N_("The hit policy {hit} needs exactly one output, a number or (not for C#) an amount of money.")
A_LIST = N_("a list")
A_TEXT = N_("a text")
AN_OBJECT = N_("an object")

_TABLE_KEYS = frozenset(
    {"kind", "key", "name", "hit", "inputs", "outputs", "rows", "on_none", "next_table", "tests", "note"}
)
_ROW_KEYS = frozenset({"id", "when", "then", "from", "to", "note"})
_TESTED = frozenset(Kind) - {Kind.LIST, Kind.ROWS}
_TYPES = {kind.value: Type(kind) for kind in _TESTED - {Kind.OPTION, Kind.REF}}


class TableReader:
    """Reads one surveyed document; `findings` holds everything that is wrong with it."""

    def __init__(self, subject: Subject) -> None:
        self.findings: list[Diagnostic] = []
        self._subject = subject

    def read(self, document: Any) -> Table | None:
        """The table, or None where a finding is so bad that there is none."""
        if not isinstance(document, dict):
            self._fault("", "shape", SHAPE, key="table", expected=AN_OBJECT)
            return None
        for key in document.keys() - _TABLE_KEYS:
            self._fault(pointer_to(key), "unknown_key", UNKNOWN_KEY, key=key)
        hit = self._choice(document, "hit", Hit, Hit.UNIQUE)
        on_none = self._choice(document, "on_none", OnNone, OnNone.DEFAULT)
        inputs = self._inputs(document)
        outputs = self._outputs(document, hit)
        next_table = self._text(document, "next_table", "", default="")
        if on_none is OnNone.NEXT_TABLE and not next_table:
            self._fault("", "missing", MISSING, key="next_table")
        key = self._text(document, "key", "")
        rows = self._rows(document, inputs, outputs)
        if self.findings:
            return None
        table = Table(key, self._subject, hit, inputs, outputs, rows, on_none, next_table, document)
        self._check_policy(table)
        return None if self.findings else table

    # columns

    def _inputs(self, document: Mapping[str, Any]) -> tuple[Input, ...]:
        found = []
        for column, pointer in self._objects(document, "inputs", MAX_COLUMNS):
            name = self._text(column, "id", pointer)
            result = check(column.get("expr"), self._subject, pointer=f"{pointer}/expr")
            self.findings.extend(result.problems)
            if result.checked is None:
                continue
            kind = result.checked.type.kind
            if kind not in _TESTED:
                self._fault(f"{pointer}/expr", "input_type", INPUT_TYPE, got=KIND_NAMES[kind])
            elif column.get("type", kind.value) != kind.value:
                expected = KIND_NAMES[kind]
                self._fault(f"{pointer}/type", "shape", SHAPE, key="type", expected=expected)
            found.append(Input(name, result.checked, pointer))
        self._refuse_twins([(column.id, column.pointer) for column in found])
        return tuple(found)

    def _outputs(self, document: Mapping[str, Any], hit: Hit) -> tuple[Output, ...]:
        found, places = [], []
        for column, pointer in self._objects(document, "outputs", MAX_COLUMNS):
            name = self._text(column, "id", pointer)
            kind = self._output_type(column, pointer)
            if kind is None:
                continue
            default = self._value(kind, column.get("default"), f"{pointer}/default")
            priority = self._priority(kind, column, pointer) if hit.ranks else ()
            said = self._text(column, "name", pointer, default=name)
            found.append(Output(name, said, kind, default, priority))
            places.append((name, pointer))
        self._refuse_twins(places)
        return tuple(found)

    def _output_type(self, column: Mapping[str, Any], pointer: str) -> Type | None:
        declared = column.get("type")
        if declared == "option":
            options = column.get("options")
            if isinstance(options, list) and options and all(isinstance(one, str) for one in options):
                return option_of(options)
            self._fault(f"{pointer}/options", "shape", SHAPE, key="options", expected=A_LIST)
            return None
        if declared == "ref":
            return ref_to(str(column.get("entity", "")))
        if isinstance(declared, str) and declared in _TYPES:
            return _TYPES[declared]
        expected = OR.join(sorted([*_TYPES, "option", "ref"]))
        self._fault(f"{pointer}/type", "shape", SHAPE, key="type", expected=expected)
        return None

    def _priority(self, kind: Type, column: Mapping[str, Any], pointer: str) -> tuple[Any, ...]:
        listed = column.get("priority", [])
        if not isinstance(listed, list):
            self._fault(f"{pointer}/priority", "shape", SHAPE, key="priority", expected=A_LIST)
            return ()
        values = enumerate(listed)
        return tuple(self._value(kind, value, f"{pointer}/priority/{index}") for index, value in values)

    # rows

    def _rows(
        self, document: Mapping[str, Any], inputs: tuple[Input, ...], outputs: tuple[Output, ...]
    ) -> tuple[Row, ...]:
        found = []
        for row, pointer in self._objects(document, "rows", MAX_ROWS):
            for key in row.keys() - _ROW_KEYS:
                self._fault(pointer + pointer_to(key), "unknown_key", UNKNOWN_KEY, key=key)
            when, then = self._object(row, "when", pointer), self._object(row, "then", pointer)
            cells = tuple(
                self._cell(column, when[column.id], f"{pointer}/when" + pointer_to(column.id))
                if column.id in when
                else ANY
                for column in inputs
            )
            given = tuple(self._given(column, then, f"{pointer}/then") for column in outputs)
            self._refuse_unknown(when, [column.id for column in inputs], f"{pointer}/when")
            self._refuse_unknown(then, [column.id for column in outputs], f"{pointer}/then")
            starts, ends = self._day(row, "from", pointer), self._day(row, "to", pointer)
            if starts and ends and ends < starts:
                self._fault(f"{pointer}/to", "backwards", BACKWARDS)
            found.append(Row(self._text(row, "id", pointer), cells, given, starts, ends, pointer))
        self._refuse_twins([(row.id, row.pointer) for row in found])
        return tuple(found)

    def _cell(self, column: Input, document: Any, pointer: str) -> Cell:
        if document in ("any", None) or document == {}:
            return ANY
        if not isinstance(document, dict):
            self._fault(pointer, "cell_shape", CELL_SHAPE)
            return ANY
        keys = set(document)
        if keys == {"any"}:
            return ANY
        if keys == {"is_null"} and isinstance(document["is_null"], bool):
            return Emptiness(document["is_null"])
        if keys == {"eq"}:
            value = self._cell_value(column, document["eq"], f"{pointer}/eq")
            return OneOf(frozenset({value}))
        if keys in ({"in"}, {"not_in"}):
            return self._listed(column, document, pointer)
        if keys <= {"ge", "gt", "le", "lt"} and not {"ge", "gt"} <= keys and not {"le", "lt"} <= keys:
            return self._bounds(column, document, pointer)
        self._fault(pointer, "cell_shape", CELL_SHAPE)
        return ANY

    def _listed(self, column: Input, document: Mapping[str, Any], pointer: str) -> Cell:
        ((key, listed),) = document.items()
        if not isinstance(listed, list) or not listed:
            self._fault(f"{pointer}/{key}", "shape", SHAPE, key=key, expected=A_LIST)
            return ANY
        places = enumerate(listed)
        values = [self._cell_value(column, value, f"{pointer}/{key}/{index}") for index, value in places]
        return OneOf(frozenset(values)) if key == "in" else NoneOf(frozenset(values))

    def _bounds(self, column: Input, document: Mapping[str, Any], pointer: str) -> Cell:
        if column.type.kind not in ORDERED:
            self._fault(pointer, "no_order", NO_ORDER)
            return ANY
        read = {key: self._cell_value(column, value, f"{pointer}/{key}") for key, value in document.items()}
        if None in read.values():
            return ANY
        currencies = {value.currency for value in read.values() if isinstance(value, Money)}
        if len(currencies) > 1:
            self._fault(pointer, "two_currencies", TWO_CURRENCIES)
            return ANY
        plain = {key: value.amount if isinstance(value, Money) else value for key, value in read.items()}
        low, high = plain.get("ge", plain.get("gt")), plain.get("le", plain.get("lt"))
        bounds = Bounds(low, high, "gt" not in plain, "lt" not in plain, "".join(currencies))
        if bounds.is_empty() or _closed(bounds).is_empty():
            self._fault(pointer, "empty_bounds", EMPTY_BOUNDS)
            return ANY
        return _closed(bounds)

    def _cell_value(self, column: Input, document: Any, pointer: str) -> Any:
        value = cell_value(column.type, document)
        if value is None:
            self._fault(pointer, "bad_cell", BAD_CELL, expected=KIND_NAMES[column.type.kind])
        return value

    def _given(self, column: Output, then: Mapping[str, Any], pointer: str) -> Any:
        document = then.get(column.id)
        if column.id not in then:
            return column.default
        place = pointer + pointer_to(column.id)
        return self._value(column.type, document, place, expression=True)

    def _value(self, kind: Type, document: Any, pointer: str, *, expression: bool = False) -> Any:
        """A constant of the column's type, or where allowed an expression of it; None for null."""
        value = cell_value(kind, document)
        if value is not None or document is None:
            return value
        if expression and isinstance(document, dict):
            result = check(document, self._subject, kind, pointer=pointer)
            self.findings.extend(result.problems)
            return result.checked
        self._fault(pointer, "bad_cell", BAD_CELL, expected=KIND_NAMES[kind.kind])
        return None

    def _day(self, row: Mapping[str, Any], key: str, pointer: str) -> date | None:
        given = row.get(key)
        day = parse_date(given) if isinstance(given, str) else None
        if given is not None and day is None:
            self._fault(f"{pointer}/{key}", "bad_cell", BAD_CELL, expected=KIND_NAMES[Kind.DATE])
        return day

    # the whole

    def _check_policy(self, table: Table) -> None:
        hit = table.hit
        if hit.aggregates and (len(table.outputs) != 1 or not _adds_up(hit, table.outputs[0])):
            self._fault("/outputs", "one_output", ONE_OUTPUT, hit=hit.value)
        if not hit.ranks:
            return
        if not any(output.priority for output in table.outputs):
            self._fault("/outputs", "priority_missing", PRIORITY_MISSING, hit=hit.value)
        for row in table.rows:
            for output, value in zip(table.outputs, row.outputs, strict=True):
                if output.priority and (isinstance(value, Checked) or value not in output.priority):
                    place = f"{row.pointer}/then" + pointer_to(output.id)
                    self._fault(place, "not_in_priority", NOT_IN_PRIORITY)

    # shapes

    def _objects(self, document: Mapping[str, Any], key: str, limit: int) -> list[tuple[dict[str, Any], str]]:
        listed = document.get(key)
        if not isinstance(listed, list):
            self._fault(pointer_to(key), "shape", SHAPE, key=key, expected=A_LIST)
            return []
        if len(listed) > limit:
            self._fault(pointer_to(key), "too_many", TOO_MANY, limit=limit)
            return []
        found = []
        for index, item in enumerate(listed):
            if isinstance(item, dict):
                found.append((item, f"/{key}/{index}"))
            else:
                self._fault(f"/{key}/{index}", "shape", SHAPE, key=f"{key}[{index}]", expected=AN_OBJECT)
        return found

    def _object(self, row: Mapping[str, Any], key: str, pointer: str) -> Mapping[str, Any]:
        found = row.get(key, {})
        if isinstance(found, dict):
            return found
        self._fault(f"{pointer}/{key}", "shape", SHAPE, key=key, expected=AN_OBJECT)
        return {}

    def _text(self, document: Mapping[str, Any], key: str, pointer: str, *, default: str | None = None) -> str:
        value = document.get(key, default)
        if value is None:
            self._fault(pointer, "missing", MISSING, key=key)
        elif not isinstance(value, str):
            self._fault(f"{pointer}/{key}", "shape", SHAPE, key=key, expected=A_TEXT)
        return value if isinstance(value, str) else ""

    def _choice(self, document: Mapping[str, Any], key: str, among: Any, default: Any) -> Any:
        given = document.get(key, default.value)
        values = [one.value for one in among]
        if given in values:
            return among(given)
        self._fault(pointer_to(key), "shape", SHAPE, key=key, expected=OR.join(values))
        return default

    def _refuse_twins(self, ids: list[tuple[str, str]]) -> None:
        seen: set[str] = set()
        for name, pointer in ids:
            if name in seen:
                self._fault(f"{pointer}/id", "twin_id", TWIN_ID, id=name)
            seen.add(name)

    def _refuse_unknown(self, given: Mapping[str, Any], known: list[str], pointer: str) -> None:
        for name in given.keys() - set(known):
            self._fault(pointer + pointer_to(name), "no_such_column", NO_SUCH_COLUMN, id=name)

    def _fault(self, pointer: str, code: str, message: str, **facts: Any) -> None:
        self.findings.append(Diagnostic(pointer=pointer, code=code, message=message, facts=facts))


def _adds_up(hit: Hit, output: Output) -> bool:
    return output.type.kind is Kind.NUMBER or (output.type.kind is Kind.MONEY and hit is not Hit.COUNT)


def _closed(bounds: Bounds) -> Bounds:
    """Open bounds of days as closed ones, so that neighbours are seen not to meet."""
    one = timedelta(days=1)
    if isinstance(bounds.low, date) and not bounds.with_low and type(bounds.low) is date:
        bounds = replace(bounds, low=min(bounds.low, date.max - one) + one, with_low=True)
    if isinstance(bounds.high, date) and not bounds.with_high and type(bounds.high) is date:
        bounds = replace(bounds, high=max(bounds.high, date.min + one) - one, with_high=True)
    return bounds
