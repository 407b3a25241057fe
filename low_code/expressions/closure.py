"""Checked expression -> a Python function of one row of values. Composed by hand; nothing is `exec`uted.

Every function takes (values, frame). Outside rows `values` are the subject's and `frame` is the
environment; within rows `values` are one row's and `frame` is the pair (subject's values, environment).
A condition may give None for an empty yes-or-no, which whoever asks takes for no.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from low_code.expressions.check import Checked
from low_code.expressions.closure_calls import FOLDS, RESULTS, equal, extreme_of, ordered
from low_code.expressions.environment import Environment
from low_code.expressions.nodes import Call, Each, Field, Literal, Node, round_places
from low_code.expressions.stored import MISSING, READERS, read_bounded, reader, rows_reader
from low_code.expressions.types import Kind

Run = Callable[[Any, Any], Any]
Evaluate = Callable[[Mapping[str, Any], Environment], Any]

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_closure(checked: Checked) -> Evaluate:
    """The expression as a function of nested mappings and the moment; it never raises.

    A condition answers True or False, a number Decimal, a duration timedelta, a list tuple; empty is None.
    `{"parcel": {"weight": Decimal(5), "cf": {...}, "items": [{"qty": 1}]}}` is what it reads; a missing key
    or a value of another type reads as empty.
    """
    run = ClosureCompiler().compile(checked.root)
    if checked.type.kind is Kind.BOOL:
        return (lambda values, env: run(values, env) is True) if checked.nullable else run
    if checked.type.kind is Kind.NUMBER:
        return _as_decimal(run)
    return run


def compile_value(checked: Checked) -> Evaluate:
    """As `compile_closure`, but an empty yes-or-no stays None, for whoever stores the value."""
    run = ClosureCompiler().compile(checked.root)
    return _as_decimal(run) if checked.type.kind is Kind.NUMBER else run


def _as_decimal(run: Run) -> Run:
    def number(values: Any, frame: Any) -> Any:
        value = run(values, frame)
        return Decimal(value) if type(value) is int else value

    return number


class ClosureCompiler:
    """Compiles bottom-up; `runs` keeps the function of every node by identity, for explanations."""

    def __init__(self) -> None:
        self.runs: dict[int, Run] = {}
        self._in_rows = False

    def compile(self, node: Node) -> Run:
        run = self._compile(node)
        self.runs[id(node)] = run
        return run

    def _compile(self, node: Node) -> Run:
        match node:
            case Literal(value=value):
                return lambda _values, _frame: value
            case Field():
                return self._field(node, READERS[node.type.kind])
            case Each():
                return self._each(node)
            case Call(op="and" | "or" | "!" | "if" | "??"):
                return self._logic(node)
            case Call(op="==" | "!=" | "<" | "<=" | ">" | ">="):
                return self._comparison(node)
            case Call(op="in" | "has_any" | "has_all"):
                return self._membership(node)
            case Call(op="now" | "today" as name):
                read = operator.attrgetter(name)
                return (lambda _, frame: read(frame[1])) if self._in_rows else (lambda _, env: read(env))
            case Call():
                return self._function(node)

    def _field(self, node: Field, convert: Callable[[Any], Any]) -> Run:
        read = reader(node.keys, convert)
        if self._in_rows and not node.rows:
            return lambda _, frame: read(frame[0], None)
        return read

    # logic

    def _logic(self, node: Call) -> Run:
        runs = tuple(self.compile(operand) for operand in node.operands)
        match node.op:
            case "and":
                return _all_of(runs)
            case "or":
                return _any_of(runs)
            case "!":
                (only,) = runs
                return lambda values, frame: not only(values, frame)
            case "??":
                return _first_of(runs)
            case _:
                return _choice(runs)

    # comparison and membership

    def _comparison(self, node: Call) -> Run:
        runs = tuple(self.compile(operand) for operand in node.operands)
        fast = self._against_literal(node)
        if fast:
            return fast
        if node.op in ("==", "!="):
            return equal(*runs, wanted=node.op == "==")
        return ordered(runs, _ORDER[node.op], money=node.operands[0].type.kind is Kind.MONEY)

    def _against_literal(self, node: Call) -> Run | None:
        """The usual case, a field against a number or text, without a call per operand."""
        if len(node.operands) != 2:
            return None
        field, literal = node.operands
        if not isinstance(field, Field) or not isinstance(literal, Literal) or literal.value is None:
            return None
        if (self._in_rows and not field.rows) or len(field.keys) > 3:
            return None
        if field.type.kind in (Kind.STRING, Kind.OPTION) and node.op in ("==", "!="):
            return _text_equal(field.keys, literal.value, wanted=node.op == "==")
        if field.type.kind is Kind.NUMBER and node.op not in ("==", "!="):
            return _number_ordered(field.keys, _ORDER[node.op], literal.value)
        return None

    def _membership(self, node: Call) -> Run:
        first, second = node.operands
        left = self.compile(first)
        if node.op == "in" and isinstance(second, Literal) and second.type.kind is Kind.LIST:
            among = frozenset(second.value)
            self.compile(second)
            return lambda values, frame: left(values, frame) in among
        right = self.compile(second)
        if node.op == "in":
            return _contains(left, right)
        return _sets(left, right, all_of=node.op == "has_all")

    # functions

    def _function(self, node: Call) -> Run:
        runs = [self._operand(operand) for operand in node.operands]
        if node.op == "round":
            return RESULTS["round"](node, runs[:1], round_places(node))
        return RESULTS[node.op](node, runs, 0)

    def _operand(self, node: Node) -> Run:
        """An operand of arithmetic: numbers come as Decimals within bounds."""
        if node.type.kind is not Kind.NUMBER:
            return self.compile(node)
        run = self.compile(node)
        if isinstance(node, Field):
            return self._field(node, read_bounded)
        return run if isinstance(node, Literal) else _as_decimal(run)

    # rows

    def _each(self, node: Each) -> Run:
        rows = rows_reader(node.keys)
        if node.body is None:
            return lambda values, env: Decimal(len(rows(values)))
        self._in_rows = True
        body = self._operand(node.body) if node.op in ("sum", "min_of", "max_of") else self.compile(node.body)
        self._in_rows = False
        fold = FOLDS.get(node.op) or extreme_of(node.op, money=node.type.kind is Kind.MONEY)
        if node.op == "sum" and node.type.kind is Kind.MONEY:
            fold = FOLDS["sum of money"]

        def run(values: Any, env: Any) -> Any:
            frame = (values, env)
            return fold(body(row, frame) for row in rows(values))

        return run


def _all_of(runs: tuple[Run, ...]) -> Run:
    def run(values: Any, frame: Any) -> bool:
        for condition in runs:
            if not condition(values, frame):
                return False
        return True

    return run


def _any_of(runs: tuple[Run, ...]) -> Run:
    def run(values: Any, frame: Any) -> bool:
        for condition in runs:
            if condition(values, frame):
                return True
        return False

    return run


def _first_of(runs: tuple[Run, ...]) -> Run:
    def run(values: Any, frame: Any) -> Any:
        for candidate in runs:
            value = candidate(values, frame)
            if value is not None:
                return value
        return None

    return run


def _choice(runs: tuple[Run, ...]) -> Run:
    cases = tuple(zip(runs[:-1:2], runs[1::2], strict=True))
    otherwise = runs[-1]

    def run(values: Any, frame: Any) -> Any:
        for condition, value in cases:
            if condition(values, frame):
                return value(values, frame)
        return otherwise(values, frame)

    return run


def _contains(left: Run, right: Run) -> Run:
    def run(values: Any, frame: Any) -> bool:
        part, whole = left(values, frame), right(values, frame)
        return part is not None and whole is not None and part in whole

    return run


def _sets(left: Run, right: Run, *, all_of: bool) -> Run:
    def run(values: Any, frame: Any) -> bool:
        has, wanted = left(values, frame), right(values, frame)
        if has is None or wanted is None:
            return False
        return set(has).issuperset(wanted) if all_of else not set(has).isdisjoint(wanted)

    return run


def _text_equal(keys: tuple[str, ...], text: str, *, wanted: bool) -> Run:
    if len(keys) == 3:
        first, second, third = keys

        def of_three(values: Any, _: Any) -> bool:
            try:
                return (values[first][second][third] == text) is wanted
            except MISSING:
                return not wanted

        return of_three
    *above, last = keys
    parent = above[0] if above else None

    def run(values: Any, _: Any) -> bool:
        try:
            return ((values if parent is None else values[parent])[last] == text) is wanted
        except MISSING:
            return not wanted

    return run


def _number_ordered(keys: tuple[str, ...], compare: Callable[[Any, Any], bool], limit: Decimal) -> Run:
    *above, last = keys

    def run(values: Any, _: Any) -> bool:
        try:
            for key in above:
                values = values[key]
            value = values[last]
            return (type(value) is Decimal or type(value) is int) and compare(value, limit)
        except MISSING:
            return False

    return run
