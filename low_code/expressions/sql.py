"""Checked expression -> SQL that answers the same as the closure, for a hundred thousand rows at once.

Truth by polarity: every condition can be asked for yes and for no. Each answer is a predicate that IS TRUE
exactly when the language says so, whatever nulls make of it otherwise. So the usual `a = 'x' AND b > 1`
stays bare for the planner's indexes, and only a denial pays for IS DISTINCT FROM or IS NOT TRUE.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kernel.money import Money
from low_code.expressions.check import Checked
from low_code.expressions.instants import microseconds
from low_code.expressions.nodes import Call, Each, Field, Literal, Node, walk
from low_code.expressions.numbers import plain
from low_code.expressions.sql_binding import Column, JsonKey, Sql, SqlBinding
from low_code.expressions.sql_calls import SqlCalls
from low_code.expressions.types import Kind

# SQL type of a value of each kind
CASTS: Mapping[Kind, str] = {
    Kind.BOOL: "boolean",
    Kind.NUMBER: "numeric",
    Kind.MONEY: "ox_money",
    Kind.STRING: "text",
    Kind.OPTION: "text",
    Kind.REF: "text",
    Kind.DATE: "date",
    Kind.DATETIME: "timestamptz",
    Kind.DURATION: "numeric",  # microseconds
    Kind.LIST: "text[]",
}
_JSON_READERS: Mapping[Kind, str] = {
    Kind.BOOL: "cf_bool",
    Kind.NUMBER: "cf_num",
    Kind.MONEY: "cf_money",
    Kind.STRING: "cf_text",
    Kind.OPTION: "cf_text",
    Kind.REF: "cf_text",
    Kind.DATE: "cf_date",
    Kind.DATETIME: "cf_instant",
    Kind.DURATION: "cf_duration",
    Kind.LIST: "cf_list",
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_GIN_KINDS = frozenset({Kind.STRING, Kind.OPTION, Kind.REF, Kind.NUMBER, Kind.BOOL})
_PREFIX = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?", re.ASCII)


def compile_sql(checked: Checked, binding: SqlBinding, *, prefix: str = "ox") -> Sql:
    """The expression as SQL text with named placeholders.

    prefix  begins the name of every placeholder, so that several expressions fit into one statement
    raises  LookupError where the binding lacks a field that the expression reads
    """
    compiler = SqlCompiler(binding, prefix)
    root = checked.root
    text = compiler.predicate(root) if root.type.kind is Kind.BOOL else compiler.result(root)
    return Sql(text, compiler.params, root.type)


class SqlCompiler(SqlCalls):
    """Compiles top-down and collects parameters. Conditions by `predicate`, everything else by `value`."""

    def __init__(self, binding: SqlBinding, prefix: str) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"{prefix!r} cannot begin the name of a placeholder")
        self.params: dict[str, object] = {}
        self._binding = binding
        self._prefix = prefix

    def result(self, node: Node) -> str:
        """The value as callers take it: a duration as an interval, a count as numeric."""
        text = self.value(node)
        if node.type.kind is Kind.DURATION:
            return f"ox_interval({text})"
        return f"({text})::numeric" if node.type.kind is Kind.NUMBER else text

    def value(self, node: Node) -> str:
        """SQL of the value, null where it is empty. A duration is its microseconds."""
        match node:
            case Literal():
                return self.literal(node)
            case Field():
                return self._field(node)
            case Each():
                return self.each(node)
            case Call(op="now"):
                return self._binding.now
            case Call(op="today"):
                return self._binding.today
            case Call(op="if"):
                return self.choice(node, [self.value(operand) for operand in _values_of(node)])
            case Call(op="??"):
                return f"coalesce({', '.join(self.value(operand) for operand in node.operands)})"
            case Call() if node.type.kind is Kind.BOOL:
                return f"(({self.predicate(node)}) IS TRUE)"
            case Call():
                return self.function(node)

    def predicate(self, node: Node, wanted: bool = True) -> str:
        """SQL that IS TRUE exactly when the condition's answer is `wanted`."""
        match node:
            case Call(op="and" | "or"):
                word = " AND " if (node.op == "and") is wanted else " OR "
                return f"({word.join(self.predicate(operand, wanted) for operand in node.operands)})"
            case Call(op="!", operands=(only,)):
                return self.predicate(only, not wanted)
            case Call(op="if"):
                values = [self.predicate(operand, wanted) for operand in _values_of(node)]
                return self.choice(node, values)
            case Call(op="==" | "!="):
                return self._equality(node, wanted is (node.op == "=="))
            case Call(op="<" | "<=" | ">" | ">="):
                return self._ordering(node, wanted)
            case Call(op="in" | "has_any" | "has_all"):
                return self._membership(node, wanted)
            case Call(op="starts" | "ends"):
                name = "starts_with" if node.op == "starts" else "ox_ends"
                left, right = (self.value(operand) for operand in node.operands)
                return self._asked(node, f"{name}({left}, {right})", wanted)
            case Each():
                return self.quantifier(node, wanted)
            case Field(type=kind) if wanted and isinstance(self.place(node), JsonKey) and kind.kind is Kind.BOOL:
                return self._contains_json(node, True)
            case _:
                text = self.value(node)
                return text if wanted else f"({text} IS NOT TRUE)"

    def choice(self, node: Call, values: list[str]) -> str:
        """CASE over the conditions of an `if` and the texts of its values."""
        conditions = [self.predicate(operand) for operand in node.operands[:-1:2]]
        cases = " ".join(f"WHEN {condition} THEN {value}" for condition, value in zip(conditions, values, strict=False))
        return f"(CASE {cases} ELSE {values[-1]} END)"

    # leaves

    def param(self, value: object, cast: str) -> str:
        name = f"{self._prefix}_{len(self.params)}"
        self.params[name] = value
        return f"%({name})s::{cast}"

    def literal(self, node: Literal) -> str:
        kind = node.type.kind
        if node.value is None:
            return f"NULL::{CASTS[kind]}"
        if kind is Kind.MONEY:
            amount, currency = self.money_pair(node) or ("", "")
            return f"ox_money_of({amount}, {currency})"
        if kind is Kind.BOOL:
            return "TRUE" if node.value else "FALSE"
        if kind is Kind.LIST and node.type.item and node.type.item.kind is Kind.MONEY:
            each = [self.literal(Literal(node.pointer, node.type.item, value)) for value in node.value]
            return f"ARRAY[{', '.join(each)}]"
        if kind is Kind.LIST and node.type.item:
            values = [bindable(value) for value in node.value]
            return self.param(values, f"{CASTS[node.type.item.kind]}[]")
        return self.param(bindable(node.value), CASTS[kind])

    def place(self, node: Field) -> Column | JsonKey:
        return self._binding.place(node.path, node.rows)

    def _field(self, node: Field) -> str:
        place, kind = self.place(node), node.type.kind
        if isinstance(place, JsonKey):
            return f"{_JSON_READERS[kind]}({_raw(place.column)}, {self.param(place.key, 'text')})"
        if kind is Kind.MONEY:
            return f"ox_money_of({_raw(place.sql)}, {_raw(place.currency)})"
        if kind is Kind.DURATION:
            return f"(extract(epoch FROM {_raw(place.sql)}) * 1000000)"
        return _raw(place.sql)

    def money_pair(self, node: Node) -> tuple[str, str] | None:
        """Amount and currency apart, where that repeats nothing: of a column or a constant."""
        if isinstance(node, Literal) and isinstance(node.value, Money):
            return self.param(node.value.amount, "numeric"), self.param(node.value.currency, "text")
        if isinstance(node, Field):
            place = self.place(node)
            if isinstance(place, Column):
                return _raw(place.sql), _raw(place.currency)
        return None

    def _contains_json(self, node: Field, value: object) -> str:
        """`custom @> '{"key": value}'`, which one GIN index serves for every field."""
        place = self.place(node)
        if not isinstance(place, JsonKey):
            raise AssertionError("only a field in jsonb is contained in it")
        document = f"{{{json.dumps(place.key)}: {_json(value)}}}"
        return f"({_raw(place.column)} @> {self.param(document, 'jsonb')})"

    def can_be_null(self, node: Node) -> bool:
        """As the database sees it: a value in jsonb may be of another type, so it may always be null."""
        if node.nullable:
            return True
        return any(isinstance(n, Field) and isinstance(self.place(n), JsonKey) for n in walk(node))

    # comparison

    def _asked(self, node: Call, text: str, wanted: bool) -> str:
        """A strict predicate over operands that may be null, or its denial."""
        if wanted:
            return f"({text})"
        denied = any(self.can_be_null(operand) for operand in node.operands)
        return f"(({text}) IS NOT TRUE)" if denied else f"(NOT ({text}))"

    def _equality(self, node: Call, same: bool) -> str:
        left, right = node.operands
        if isinstance(left, Literal) and not isinstance(right, Literal):
            left, right = right, left
        if isinstance(right, Literal) and right.value is None:
            return f"({self.value(left)} {'IS NULL' if same else 'IS NOT NULL'})"
        if same and isinstance(right, Literal) and isinstance(left, Field):
            if isinstance(self.place(left), JsonKey) and left.type.kind in _GIN_KINDS:
                return self._contains_json(left, right.value)
        if left.type.kind is Kind.MONEY and isinstance(right, Literal):
            pair, other = self.money_pair(left), self.money_pair(right)
            if pair and other:
                text = f"{pair[0]} = {other[0]} AND {pair[1]} = {other[1]}"
                return f"({text})" if same else f"(({text}) IS NOT TRUE)"
        nullable = [self.can_be_null(left), self.can_be_null(right)]
        if same:
            word = "IS NOT DISTINCT FROM" if all(nullable) else "="
        else:
            word = "IS DISTINCT FROM" if any(nullable) else "<>"
        if left.type.kind is Kind.MONEY:
            word = "IS NOT DISTINCT FROM" if same else "IS DISTINCT FROM"
        return f"({self.value(left)} {word} {self.value(right)})"

    def _ordering(self, node: Call, wanted: bool) -> str:
        operands = node.operands
        if operands[0].type.kind is Kind.MONEY:
            text = self.money_ordering(node)  # null between two currencies, even of amounts that are never null
            return f"({text})" if wanted else f"(({text}) IS NOT TRUE)"
        collate = ' COLLATE "C"' if operands[0].type.is_text else ""
        if len(operands) == 3:
            return self._asked(node, self.between(node, collate), wanted)
        left, right = (self.value(operand) for operand in operands)
        if wanted or any(self.can_be_null(operand) for operand in operands):
            return self._asked(node, f"{left} {node.op} {right}{collate}", wanted)
        return f"({left} {_OPPOSITE[node.op]} {right}{collate})"

    def _membership(self, node: Call, wanted: bool) -> str:
        left, right = node.operands
        if node.op == "has_any":
            return self._asked(node, f"{self.value(left)} && {self.value(right)}", wanted)
        if node.op == "has_all":
            return self._asked(node, f"{self.value(left)} @> {self.value(right)}", wanted)
        if right.type.kind is not Kind.LIST:
            return self._asked(node, f"strpos({self.value(right)}, {self.value(left)}) > 0", wanted)
        text = f"{self.value(left)} = ANY ({self.value(right)})"
        if wanted and isinstance(left, Literal) and isinstance(right, Field):
            if isinstance(self.place(right), JsonKey):  # the index finds it, the reader has the last word
                text = f"{self._contains_json(right, [left.value])} AND {text}"
        return self._asked(node, text, wanted)


def _values_of(node: Call) -> list[Node]:
    return [*node.operands[1::2], node.operands[-1]]


def _raw(sql: str) -> str:
    """SQL of a binding, as psycopg wants it; parenthesised unless it is a plain name."""
    return sql if _NAME.fullmatch(sql) else f"({sql.replace('%', '%%')})"


def bindable(value: Any) -> object:
    """A constant as a parameter: a duration is its microseconds."""
    return Decimal(microseconds(value)) if isinstance(value, timedelta) else value


def _json(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return json.dumps(value, ensure_ascii=False)
