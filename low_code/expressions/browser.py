"""Checked expression -> what the browser's interpreter reads (web/islands/form-conditions/evaluate.ts).

The canonical form leaves types to the subject, which a browser does not have; here every part carries its own.
Numbers travel as texts, because JSON numbers are binary fractions there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.money import Money
from low_code.expressions.check import Checked
from low_code.expressions.instants import instant_text, microseconds
from low_code.expressions.nodes import Call, Each, Field, Literal, Node
from low_code.expressions.numbers import plain


def browser_form(checked: Checked) -> dict[str, Any]:
    """The expression as plain JSON: a tree of parts, each with the name of its type, `is`.

    constant  {"is", "value"}                      as `browser_value` writes it
    field     {"is", "keys": ["order", "total"]}   from the subject; `"inner": true`: from the row of a row operator
    operator  {"is", "op", "of": [parts]}
    over rows {"is", "op", "rows": ["order", "lines"], "of": [body] or []}
    """
    return _form(checked.root)


def _form(node: Node) -> dict[str, Any]:
    match node:
        case Literal():
            item = node.type.item
            form: dict[str, Any] = {"is": node.type.kind.value, "value": browser_value(node.value)}
            return {**form, "item": item.kind.value} if item else form
        case Field():
            field: dict[str, Any] = {"is": node.type.kind.value, "keys": list(node.keys)}
            return {**field, "inner": True} if node.rows else field
        case Each():
            body = [] if node.body is None else [_form(node.body)]
            return {"is": node.type.kind.value, "op": node.op, "rows": list(node.keys), "of": body}
        case Call():
            return {"is": node.type.kind.value, "op": node.op, "of": [_form(operand) for operand in node.operands]}


def browser_value(value: Any) -> Any:
    """One value, or values within mappings and lists, as the interpreter reads it: numbers as `{"dec": text}`,
    instants and days as ISO texts, durations as `{"micros": text}`."""
    match value:
        case None | bool() | str():
            return value
        case Decimal() if not value.is_finite():
            return None
        case Decimal() | int():
            return {"dec": plain(value)}
        case Money():
            return {"amount": plain(value.amount), "currency": value.currency}
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case timedelta():
            return {"micros": str(microseconds(value))}
        case Mapping():
            return {str(key): browser_value(item) for key, item in value.items()}
        case list() | tuple():
            return [browser_value(item) for item in value]
        case UUID():
            return str(value)
        case _:  # a float among them: it reads as empty on the server too
            return None
