"""A cell of a table as a person types it in a spreadsheet, and back.

Tests are written as in DMN: `5`, `"a", "b"`, `not("a")`, `>= 5`, `[0..5)`, `empty`, `not empty`, and `-` or nothing for
anything. A text needs quotes only where it would be taken for something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from low_code.expressions import Kind, Type, load_document
from low_code.expressions.literals import LITERALS
from low_code.rules.cells import ORDERED, cell_value

_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
_BY_SIGN = {sign: key for key, sign in _SIGNS.items()}
_BOUND = re.compile(r"(>=|<=|>|<)\s*(.+)", re.DOTALL)
_RANGE = re.compile(r"([\[(])(.+?)\.\.(.+?)([\])])", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_EMPTY, _NOT_EMPTY = "empty", "not empty"
# A text that holds or begins with one of these, or is one of these words, is written in quotes.
_SPECIAL = re.compile(r'^[<>\[({"\'=+@-]|[,"\n]|\.\.|^\s|\s$|^$|^(empty|not empty|true|false)$|^not\s*\(')


class Unreadable(Exception):
    """The text says nothing that this cell could hold."""


def test_text(cell: Any, kind: Type) -> str:
    """The test of one input cell, as a document holds it, in words of the sheet; "" accepts anything."""
    if not isinstance(cell, Mapping) or not cell or "any" in cell:
        return ""
    if "is_null" in cell:
        return _EMPTY if cell["is_null"] else _NOT_EMPTY
    if "eq" in cell:
        return value_text(cell["eq"], kind)
    if "in" in cell or "not_in" in cell:
        listed = ", ".join(value_text(value, kind) for value in cell.get("in", cell.get("not_in")))
        return f"not({listed})" if "not_in" in cell else listed
    low, high = _side(cell, "ge", "gt", kind), _side(cell, "le", "lt", kind)
    if low and high:
        return f"{'[' if 'ge' in cell else '('}{low}..{high}{']' if 'le' in cell else ')'}"
    ((key, value),) = cell.items()
    return f"{_SIGNS[key]} {value_text(value, kind)}"


def _side(cell: Mapping[str, Any], closed: str, opened: str, kind: Type) -> str:
    key = closed if closed in cell else opened if opened in cell else None
    return value_text(cell[key], kind) if key else ""


def value_text(document: Any, kind: Type) -> str:
    """A constant of a column, or an expression as its JSON; None is `empty`."""
    if document is None:
        return _EMPTY
    if isinstance(document, dict) and not document.keys() <= LITERALS.keys():
        return json.dumps(document, ensure_ascii=False, default=str)
    inner = next(iter(document.values())) if isinstance(document, dict) else document
    match inner:
        case bool():
            return "true" if inner else "false"
        case [amount, currency]:
            return f"{amount} {currency}"
        case str() if kind.is_text:
            return '"' + inner.replace('"', '""') + '"' if _SPECIAL.search(inner) else inner
        case Decimal():
            return format(inner, "f")
        case _:
            return str(inner)


def read_test(text: str, kind: Type) -> dict[str, Any] | None:
    """The test that `text` states; None accepts anything.

    raises  Unreadable
    """
    text = text.strip()
    if text in ("", "-"):
        return None
    if text in (_EMPTY, _NOT_EMPTY):
        return {"is_null": text == _EMPTY}
    if (inner := _within(text, "not")) is not None:
        return {"not_in": [read_constant(part, kind) for part in _parts(inner)]}
    if kind.kind in ORDERED:
        if found := _BOUND.fullmatch(text):
            return {_BY_SIGN[found[1]]: read_constant(found[2], kind)}
        if found := _RANGE.fullmatch(text):
            low, high = ("ge" if found[1] == "[" else "gt"), ("le" if found[4] == "]" else "lt")
            return {low: read_constant(found[2], kind), high: read_constant(found[3], kind)}
    values = [read_constant(part, kind) for part in _parts(text)]
    return {"in": values} if len(values) > 1 else {"eq": values[0]}


def read_constant(text: str, kind: Type) -> Any:
    """The document of one constant.

    raises  Unreadable
    """
    text = text.strip()
    document: Any = text
    if kind.is_text:
        quoted = _QUOTED.fullmatch(text)
        if not quoted and '"' in text:
            raise Unreadable
        document = quoted[1].replace('""', '"') if quoted else text
    elif kind.kind is Kind.BOOL:
        document = {"true": True, "false": False}.get(text.lower())
    elif kind.kind is Kind.MONEY:
        document = {"money": text.split()}
    if not text or document is None or cell_value(kind, document) is None:
        raise Unreadable
    return document


def read_output(text: str, kind: Type) -> Any:
    """What an output cell gives: a constant, None for `empty`, or the document of an expression.

    raises  Unreadable
    """
    text = text.strip()
    if text == _EMPTY:
        return None
    if not text.startswith("{"):
        return read_constant(text, kind)
    document, problems = load_document(text)
    if problems or not isinstance(document, dict):
        raise Unreadable
    return document


def _within(text: str, word: str) -> str | None:
    found = re.fullmatch(rf"{word}\s*\((.*)\)", text, re.DOTALL)
    return found[1] if found else None


def _parts(text: str) -> Sequence[str]:
    """What commas part, but for those in quotes.

    raises  Unreadable where a part is empty
    """
    parts = [part.strip() for part in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', text)]
    if not all(parts):
        raise Unreadable
    return parts
