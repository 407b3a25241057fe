"""The rows of a decision table as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernel.i18n import N_, translate
from kernel.money import Money
from low_code.expressions import Checked, check, sentence
from low_code.expressions.explain import shown
from low_code.expressions.literals import literal_document
from low_code.rules.cells import AnyValue, Bounds, Cell, Emptiness, NoneOf, OneOf
from low_code.rules.model import Row, Table

MAX_TOLD = 50  # rows

ROW = N_("{when}: {then}")
ALWAYS = N_("In every case")
IF = N_("If {when}")
GIVES = N_("{name} is {value}")
NOTHING = N_("nothing")
AND = N_(" and ")
FROM = N_("it is {day} or later")
UNTIL = N_("it is {day} or before")
MORE = N_("… and {count} more rows.")


def row_sentences(table: Table, locale: str) -> list[str]:
    """One sentence per row, in the order in which rows win; at most 50, and how many there are beyond."""
    rows = table.ranked_rows()
    told = [_row(table, row, locale) for row in rows[:MAX_TOLD]]
    left = len(rows) - len(told)
    return [*told, translate(MORE, locale, {"count": left})] if left else told


def _row(table: Table, row: Row, locale: str) -> str:
    tests = [*_tests(table, row, locale), *_days(row, locale)]
    when = translate(IF, locale, {"when": translate(AND, locale).join(tests)}) if tests else translate(ALWAYS, locale)
    given = zip(table.outputs, row.outputs, strict=True)
    then = translate(AND, locale).join(
        translate(GIVES, locale, {"name": output.name, "value": _value(value, locale)}) for output, value in given
    )
    return translate(ROW, locale, {"when": when, "then": then})


def _tests(table: Table, row: Row, locale: str) -> Iterator[str]:
    for column, cell in zip(table.inputs, row.cells, strict=True):
        if isinstance(cell, AnyValue):
            continue
        asked = _asked(cell, table.document["inputs"][table.inputs.index(column)]["expr"])
        found = check(asked, table.subject).checked
        if found is not None:
            yield sentence(found, locale)


def _asked(cell: Cell, expression: Any) -> Any:
    """The test of a cell as a condition of the language, which knows how to say itself."""
    match cell:
        case OneOf(values) | NoneOf(values):
            listed = sorted((literal_document(value) for value in values), key=str)
            among = {"==": [expression, listed[0]]} if len(listed) == 1 else {"in": [expression, listed]}
            return among if isinstance(cell, OneOf) else {"!": [among]}
        case Emptiness(empty):
            return {"==" if empty else "!=": [expression, None]}
        case Bounds():
            low, high = (_edge(edge, cell.currency) for edge in (cell.low, cell.high))
            sides = [{">=" if cell.with_low else ">": [expression, low]}] if low is not None else []
            sides += [{"<=" if cell.with_high else "<": [expression, high]}] if high is not None else []
            return sides[0] if len(sides) == 1 else {"and": sides}
        case _:
            return True


def _edge(edge: Any, currency: str) -> Any:
    if edge is None:
        return None
    return literal_document(Money(edge, currency) if currency else edge)


def _days(row: Row, locale: str) -> Iterator[str]:
    if row.starts:
        yield translate(FROM, locale, {"day": row.starts.isoformat()})
    if row.ends:
        yield translate(UNTIL, locale, {"day": row.ends.isoformat()})


def _value(value: Any, locale: str) -> str:
    if value is None:
        return translate(NOTHING, locale)
    if isinstance(value, Checked):
        return sentence(value, locale)
    said = shown(value)
    return f"{said['amount']} {said['currency']}" if isinstance(said, dict) else str(said)
