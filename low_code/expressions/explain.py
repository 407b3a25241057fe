"""Why an expression gave what it gave: the tree of its parts with the value of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kernel.money import Money
from low_code.expressions.check import Checked
from low_code.expressions.closure import ClosureCompiler
from low_code.expressions.environment import Environment
from low_code.expressions.instants import duration_text, instant_text
from low_code.expressions.nodes import Call, Each, Field, Literal, Node
from low_code.expressions.numbers import plain
from low_code.expressions.stored import rows_reader
from low_code.expressions.types import Kind

MAX_PARTS = 300  # of one explanation; further parts are left out and counted
MAX_ROWS = 5  # of each row operator that are explained one by one
MAX_TEXT = 200  # characters of a text value
MAX_VALUES = 20  # of a list value

Tree = dict[str, Any]
Explain = Callable[[Mapping[str, Any], Environment], Tree]


def explain(checked: Checked, values: Mapping[str, Any], env: Environment) -> Tree:
    """One explanation; to explain many rows keep an `explainer`."""
    return explainer(checked)(values, env)


def explainer(checked: Checked) -> Explain:
    """Compiles once what explains any row.

    Each part is `{"pointer", "op" or "path" or nothing for a constant, "value", "operands"}`, plain JSON.
    A part over rows has `"rows"` (how many there are) and `"of_rows"` (the first few, each with `"row"`,
    its index). Every operand is shown, also those that could not change the answer any more. Where the tree
    grows too large `"left_out": true` marks a part whose operands are not shown.
    """
    compiler = ClosureCompiler()
    compiler.compile(checked.root)
    return lambda values, env: _Telling(compiler).tell(checked.root, values, env)


class _Telling:
    def __init__(self, compiler: ClosureCompiler) -> None:
        self._runs = compiler.runs
        self._left = MAX_PARTS

    def tell(self, node: Node, values: Any, frame: Any) -> Tree:
        self._left -= 1
        value = self._runs[id(node)](values, frame)
        if node.type.kind is Kind.BOOL and isinstance(node, Call | Each):
            value = bool(value) if not node.nullable else value
        tree: Tree = {"pointer": node.pointer, "value": shown(value)}
        match node:
            case Field():
                tree["path"] = node.path
            case Call():
                tree["op"] = node.op
                self._tell_operands(tree, node, values, frame)
            case Each():
                tree["op"] = node.op
                self._tell_rows(tree, node, values, frame)
            case Literal():
                pass
        return tree

    def _tell_operands(self, tree: Tree, node: Call, values: Any, frame: Any) -> None:
        if node.operands and self._left <= 0:
            tree["left_out"] = True
            return
        tree["operands"] = [self.tell(operand, values, frame) for operand in node.operands if self._left > 0]

    def _tell_rows(self, tree: Tree, node: Each, values: Any, env: Any) -> None:
        rows = rows_reader(node.keys)(values)
        tree["path"], tree["rows"], tree["of_rows"] = node.rows, len(rows), []
        if node.body is None:
            return
        for index, row in enumerate(rows[:MAX_ROWS]):
            if self._left <= 0:
                tree["left_out"] = True
                return
            tree["of_rows"].append({"row": index, **self.tell(node.body, row, (values, env))})


def shown(value: Any) -> Any:
    """A value as plain JSON: exact decimals as texts, long texts and lists cut with an ellipsis."""
    match value:
        case None | bool():
            return value
        case str():
            return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"
        case Decimal() | int():
            return plain(value)
        case Money():
            return {"amount": plain(value.amount), "currency": value.currency}
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case timedelta():
            return duration_text(value)
        case _:
            texts = [shown(item) for item in value]
            return texts if len(texts) <= MAX_VALUES else [*texts[:MAX_VALUES], "…"]
