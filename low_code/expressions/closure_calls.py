"""What the operators do to values once their operands are functions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from kernel.money import Money
from low_code.expressions import amounts, instants, numbers
from low_code.expressions.nodes import Call
from low_code.expressions.types import Kind

Run = Callable[[Any, Any], Any]
Build = Callable[[Call, Sequence[Run], int], Run]

ZERO = Decimal(0)
# What `trim` takes off both ends, the same letters in every back end: each has its own idea of "white space".
BLANKS = " \t\n\r\f\v\u00a0\u3000"


def equal(left: Run, right: Run, *, wanted: bool) -> Run:
    """Two empty values are equal, an empty one and another are not."""
    if wanted:
        return lambda values, frame: left(values, frame) == right(values, frame)
    return lambda values, frame: left(values, frame) != right(values, frame)


def ordered(runs: Sequence[Run], compare: Callable[[Any, Any], bool], *, money: bool) -> Run:
    """`a < b` or `a < b < c`; False where one is empty."""
    holds = amounts.compare(compare) if money else compare
    if len(runs) == 2:
        left, right = runs

        def pair(values: Any, frame: Any) -> bool:
            a, b = left(values, frame), right(values, frame)
            return a is not None and b is not None and holds(a, b)

        return pair
    low, middle, high = runs

    def chain(values: Any, frame: Any) -> bool:
        a, b, c = low(values, frame), middle(values, frame), high(values, frame)
        return a is not None and b is not None and c is not None and holds(a, b) and holds(b, c)

    return chain


def unary(function: Callable[[Any], Any], run: Run) -> Run:
    def apply(values: Any, frame: Any) -> Any:
        value = run(values, frame)
        return None if value is None else function(value)

    return apply


def binary(function: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    def apply(values: Any, frame: Any) -> Any:
        a, b = left(values, frame), right(values, frame)
        return None if a is None or b is None else function(a, b)

    return apply


def fold(function: Callable[[Any, Any], Any], runs: Sequence[Run]) -> Run:
    """`function` over two or more operands from the left; empty as soon as one of them is."""
    if len(runs) == 1:
        return runs[0]
    if len(runs) == 2:
        return binary(function, *runs)
    return fold(function, [binary(function, *runs[:2]), *runs[2:]])


def _kinds(node: Call) -> tuple[Kind, ...]:
    return tuple(operand.type.kind for operand in node.operands)


def _plus(node: Call, runs: Sequence[Run], _: int) -> Run:
    match node.type.kind:
        case Kind.NUMBER:
            return fold(numbers.add, runs)
        case Kind.MONEY:
            return fold(amounts.combine(numbers.add), runs)
        case Kind.DATETIME:
            return fold(instants.shift, runs)
        case _:
            return fold(operator.add, runs)


def _minus(node: Call, runs: Sequence[Run], _: int) -> Run:
    if len(runs) == 1:
        negate = numbers.EXACT.minus
        return unary(amounts.apply(negate) if node.type.kind is Kind.MONEY else negate, runs[0])
    match node.type.kind:
        case Kind.NUMBER:
            return binary(numbers.subtract, *runs)
        case Kind.MONEY:
            return binary(amounts.combine(numbers.subtract), *runs)
        case Kind.DATETIME:
            return binary(lambda instant, length: instants.shift(instant, -length), *runs)
        case _:
            return binary(operator.sub, *runs)


def _times(node: Call, runs: Sequence[Run], _: int) -> Run:
    return fold(amounts.scale if node.type.kind is Kind.MONEY else numbers.multiply, runs)


def _over(node: Call, runs: Sequence[Run], _: int) -> Run:
    return binary(amounts.divide if _kinds(node)[0] is Kind.MONEY else numbers.divide, *runs)


def _on_amount(function: Callable[[Decimal], Decimal]) -> Build:
    def build(node: Call, runs: Sequence[Run], _: int) -> Run:
        return unary(amounts.apply(function) if node.type.kind is Kind.MONEY else function, runs[0])

    return build


def _round(node: Call, runs: Sequence[Run], places: int) -> Run:
    return _on_amount(partial(_rounded, places))(node, runs, places)


def _rounded(places: int, value: Decimal) -> Decimal:
    return numbers.round_half_up(value, places)


def _extreme(name: str) -> Build:
    pick: Callable[..., Any] = min if name == "min" else max
    of_money = amounts.lesser if name == "min" else amounts.greater

    def build(node: Call, runs: Sequence[Run], _: int) -> Run:
        return fold(of_money if node.type.kind is Kind.MONEY else pick, runs)

    return build


def _text_test(test: Callable[[str, str], bool]) -> Build:
    def build(_node: Call, runs: Sequence[Run], _: int) -> Run:
        found = binary(test, *runs)
        return lambda values, frame: found(values, frame) is True

    return build


def _each_by(function: Callable[..., Any]) -> Build:
    """Operators that are one function of one or two operands."""

    def build(_node: Call, runs: Sequence[Run], _: int) -> Run:
        return unary(function, runs[0]) if len(runs) == 1 else binary(function, *runs)

    return build


# operator -> what makes its function out of those of its operands
RESULTS: Mapping[str, Build] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "round": _round,
    "min": _extreme("min"),
    "max": _extreme("max"),
    "abs": _on_amount(numbers.abs_exact),
    "floor": _on_amount(numbers.floor),
    "ceil": _on_amount(numbers.ceil),
    "starts": _text_test(str.startswith),
    "ends": _text_test(str.endswith),
    "len": _each_by(lambda text: Decimal(len(text))),
    "cat": lambda _node, runs, _: fold(operator.add, runs),
    "trim": _each_by(lambda text: text.strip(BLANKS)),
    "days": _each_by(instants.days_between),
    "add_days": _each_by(instants.add_days),
    "add_months": _each_by(instants.add_months),
    "weekday": _each_by(lambda day: Decimal(day.isoweekday())),
}


def _all(conditions: Iterable[Any]) -> bool:
    """False over no rows, as JSONLogic has it."""
    any_row = False
    for condition in conditions:
        if not condition:
            return False
        any_row = True
    return any_row


def _sum(values: Iterable[Decimal | None]) -> Decimal:
    total = ZERO
    for value in values:
        if value is not None:
            total = numbers.add(total, value)
    return total


def _sum_of_money(values: Iterable[Money | None]) -> Money | None:
    """Empty over no rows (an amount of which currency?) and over two currencies."""
    found = [value for value in values if value is not None]
    if len({value.currency for value in found}) != 1:
        return None
    return Money(_sum(value.amount for value in found), found[0].currency)


def extreme_of(name: str, *, money: bool) -> Callable[[Iterable[Any]], Any]:
    """`min_of` and `max_of`: over rows that have a value; empty over none, or over two currencies."""
    pick: Callable[..., Any] = min if name == "min_of" else max

    def run(values: Iterable[Any]) -> Any:
        found = [value for value in values if value is not None]
        if not money:
            return pick(found, default=None)
        if len({value.currency for value in found}) != 1:
            return None
        return pick(found, key=lambda value: value.amount)

    return run


FOLDS: Mapping[str, Callable[[Iterable[Any]], Any]] = {
    "some": any,
    "all": _all,
    "none": lambda conditions: not any(conditions),
    "count": lambda conditions: Decimal(sum(1 for condition in conditions if condition)),
    "sum": _sum,
    "sum of money": _sum_of_money,
}
