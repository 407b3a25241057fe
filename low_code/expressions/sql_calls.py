"""SQL of the operators that compute: arithmetic, texts, dates, and those over rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import pairwise

from low_code.expressions.nodes import Call, Each, Field, Literal, Node, round_places
from low_code.expressions.sql_binding import JsonKey, Place, SqlBinding
from low_code.expressions.types import Kind


class SqlCalls(ABC):
    """The computing half of the compiler; `sql.SqlCompiler` is the whole."""

    params: dict[str, object]
    _binding: SqlBinding

    @abstractmethod
    def value(self, node: Node) -> str: ...

    @abstractmethod
    def predicate(self, node: Node, wanted: bool = True) -> str: ...

    @abstractmethod
    def place(self, node: Field) -> Place: ...

    @abstractmethod
    def money_pair(self, node: Node) -> tuple[str, str] | None: ...

    def operand(self, node: Node) -> str:
        """An operand of arithmetic: numeric, and within the digits that are kept exactly."""
        text = self.value(node)
        if node.type.kind is not Kind.NUMBER:
            return text
        if isinstance(node, Field) and isinstance(self.place(node), JsonKey):
            return f"ox_bounded({text})"
        return text if isinstance(node, Literal) else f"({text})::numeric"

    def function(self, node: Call) -> str:
        operands = [self.operand(operand) for operand in node.operands]
        kinds = [operand.type.kind for operand in node.operands]
        if node.op == "round":
            return _round(node, operands[0])
        write = _MONEY_CALLS.get(node.op) if Kind.MONEY in kinds else None
        if write is None and node.type.kind is Kind.DATETIME:
            write = _DATETIME_CALLS.get(node.op)
        if write is None and node.op == "-" and kinds == [Kind.DATETIME, Kind.DATETIME]:
            return f"(extract(epoch FROM ({operands[0]} - {operands[1]})) * 1000000)"
        return (write or _CALLS[node.op])(operands, kinds)

    def between(self, node: Call, collate: str) -> str:
        """`low < x < high`. A computed x stands once, or chains in chains would double the text each time."""
        low, middle, high = node.operands
        op = node.op
        if isinstance(middle, Field | Literal):
            left = f"{self.value(low)} {op} {self.value(middle)}{collate}"
            return f"{left} AND {self.value(middle)} {op} {self.value(high)}{collate}"
        inner = f"SELECT {self.value(middle)} AS x OFFSET 0"
        test = f"{self.value(low)} {op} q.x{collate} AND q.x {op} {self.value(high)}{collate}"
        return f"(SELECT {test} FROM ({inner}) q)"

    def money_ordering(self, node: Call) -> str:
        pairs = [self.money_pair(operand) for operand in node.operands]
        links = pairwise(pairs)
        if all(pair is not None for pair in pairs):
            tests = [f"{a[0]} {node.op} {b[0]} AND {a[1]} = {b[1]}" for a, b in links if a and b]
            return " AND ".join(tests)
        if len(node.operands) == 3:
            low, middle, high = (self.value(operand) for operand in node.operands)
            test = f"ox_money_order({low}, q.x) {node.op} 0 AND ox_money_order(q.x, {high}) {node.op} 0"
            return f"(SELECT {test} FROM (SELECT {middle} AS x OFFSET 0) q)"
        left, right = (self.value(operand) for operand in node.operands)
        return f"ox_money_order({left}, {right}) {node.op} 0"

    # rows

    def quantifier(self, node: Each, wanted: bool) -> str:
        """`some`, `all`, `none` as EXISTS. A row that answers neither yes nor no answers no."""
        body = node.body
        if body is None:
            raise AssertionError("only a count goes without a condition")
        match node.op:
            case "some":
                return self._exists(node, self.predicate(body), not wanted)
            case "none":
                return self._exists(node, self.predicate(body), wanted)
            case _:
                some_row = self._exists(node, "", not wanted)
                other = self._exists(node, self.predicate(body, False), wanted)
                return f"({some_row} {'AND' if wanted else 'OR'} {other})"

    def _exists(self, node: Each, condition: str, denied: bool) -> str:
        return f"({'NOT ' if denied else ''}EXISTS (SELECT 1 {self._from(node, condition)}))"

    def _from(self, node: Each, condition: str) -> str:
        rows = self._binding.rows_binding(node.rows)
        where = f"({rows.where.replace('%', '%%')})"
        tail = f" AND {condition}" if condition else ""
        return f"FROM {rows.source.replace('%', '%%')} WHERE {where}{tail}"

    def each(self, node: Each) -> str:
        if node.type.kind is Kind.BOOL:
            return f"(({self.quantifier(node, True)}) IS TRUE)"
        if node.op == "count":
            condition = self.predicate(node.body) if node.body else ""
            return f"(SELECT count(*)::numeric {self._from(node, condition)})"
        if node.body is None:
            raise AssertionError(node.op)
        body = self.operand(node.body)
        if node.type.kind is Kind.MONEY:
            pick = {"sum": "sum", "min_of": "min", "max_of": "max"}[node.op]
            rows = f"SELECT {body} AS m {self._from(node, '')} OFFSET 0"
            value = f"ox_money_of({pick}((q.m).amount), min((q.m).currency))"
            one = "min((q.m).currency) = max((q.m).currency)"
            return f"(SELECT CASE WHEN {one} THEN {value} END FROM ({rows}) q)"
        # An aggregate over nothing but outer columns would belong to the outer query: so the rows first.
        rows = f"SELECT {body} AS x {self._from(node, '')}"
        pick = {"sum": "coalesce(sum(q.x), 0)", "min_of": "min(q.x)", "max_of": "max(q.x)"}[node.op]
        return f"(SELECT {pick} FROM ({rows}) q)"


Write = Callable[[Sequence[str], Sequence[Kind]], str]


def _infix(operator: str) -> Write:
    return lambda operands, _: f"({f' {operator} '.join(operands)})"


def _call(name: str) -> Write:
    return lambda operands, _: f"{name}({', '.join(operands)})"


def _folded(name: str) -> Write:
    """A function of two over any number, from the left."""
    return lambda operands, _: reduce(lambda left, right: f"{name}({left}, {right})", operands)


def _minus(operands: Sequence[str], _: Sequence[Kind]) -> str:
    return f"(- {operands[0]})" if len(operands) == 1 else f"({operands[0]} - {operands[1]})"


def _money_minus(operands: Sequence[str], _: Sequence[Kind]) -> str:
    if len(operands) == 1:
        return f"ox_money_mul({operands[0]}, -1)"
    return f"ox_money_sub({operands[0]}, {operands[1]})"


def _money_times(operands: Sequence[str], kinds: Sequence[Kind]) -> str:
    money, number = operands if kinds[0] is Kind.MONEY else reversed(operands)
    return f"ox_money_mul({money}, {number})"


def _money_over(operands: Sequence[str], kinds: Sequence[Kind]) -> str:
    name = "ox_money_ratio" if kinds[1] is Kind.MONEY else "ox_money_div"
    return f"{name}({operands[0]}, {operands[1]})"


def _round(node: Call, operand: str) -> str:
    places = round_places(node)
    if node.type.kind is Kind.MONEY:
        return f"ox_money_round({operand}, {places})"
    return f"round({operand}, {places})"


_CALLS: Mapping[str, Write] = {
    "+": _infix("+"),
    "-": _minus,
    "*": _infix("*"),
    "/": _call("ox_div"),
    "min": _folded("ox_least"),
    "max": _folded("ox_greatest"),
    "abs": _call("abs"),
    "floor": _call("floor"),
    "ceil": _call("ceil"),
    "len": lambda operands, _: f"char_length({operands[0]})::numeric",
    "cat": _infix("||"),
    "trim": lambda operands, _: rf"btrim({operands[0]}, E' \t\n\r\f\u000B\u00A0\u3000')",
    "days": lambda operands, _: f"({operands[1]} - {operands[0]})::numeric",
    "add_days": _call("ox_add_days"),
    "add_months": _call("ox_add_months"),
    "weekday": lambda operands, _: f"extract(isodow FROM {operands[0]})",
}
_MONEY_CALLS: Mapping[str, Write] = {
    "+": _folded("ox_money_add"),
    "-": _money_minus,
    "*": _money_times,
    "/": _money_over,
    "abs": _call("ox_money_abs"),
    "floor": _call("ox_money_floor"),
    "ceil": _call("ox_money_ceil"),
}
_DATETIME_CALLS: Mapping[str, Write] = {
    "+": _call("ox_shift"),
    "-": lambda operands, _: f"ox_shift({operands[0]}, - {operands[1]})",
}
