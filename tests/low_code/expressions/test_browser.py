"""The browser's interpreter answers as the server's closures do: on the tables of cases and on random expressions."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kernel.money import Money
from low_code.expressions import Checked, browser_form, browser_value, check, compile_closure
from low_code.expressions.instants import microseconds
from low_code.expressions.nodes import Call, Each, walk
from low_code.expressions.numbers import plain
from low_code.expressions.operators import OPERATORS
from tests.support.node import run_module

from ..order_subject import ENV, SUBJECT, random_order
from .random_expressions import random_checked
from .test_cases import ANSWERED, order_of

Orders = list[dict[str, Any]]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encoded(value: Any) -> Any:
    """An answer as `vectors.ts` writes it."""
    match value:
        case Decimal():
            return plain(value)
        case Money():
            return [plain(value.amount), value.currency]
        case datetime():
            return str(microseconds(value - EPOCH))
        case timedelta():
            return str(microseconds(value))
        case None | bool() | str():
            return value
        case tuple():
            return list(value)
        case _:
            return value.isoformat()


def in_the_browser(expressions: list[Checked], orders: Orders, mutant: tuple[str, str, str] | None) -> list[list[Any]]:
    given = {
        "moment": {"now": str(microseconds(ENV.now - EPOCH)), "today": ENV.today.isoformat()},
        "values": [{"order": browser_value(order)} for order in orders],
        "expressions": [browser_form(checked) for checked in expressions],
    }
    written = run_module("form-conditions/vectors.ts", "answers", json.dumps(given), mutant=mutant)
    answers: list[list[Any]] = json.loads(written)
    return answers


def differing(expressions: list[Checked], orders: Orders, mutant: tuple[str, str, str] | None = None) -> list[Any]:
    found = []
    for checked, answers in zip(expressions, in_the_browser(expressions, orders, mutant), strict=True):
        evaluate = compile_closure(checked)
        expected = [encoded(evaluate({"order": order}, ENV)) for order in orders]
        found += [
            (browser_form(checked), order, wanted, got)
            for order, wanted, got in zip(orders, expected, answers, strict=True)
            if wanted != got
        ]
    return found


@pytest.fixture(scope="module")
def expressions() -> list[Checked]:
    return [checked for seed in range(100, 104) for _, checked in random_checked(seed, 300)]


@pytest.fixture(scope="module")
def orders() -> Orders:
    rng = random.Random(20261122)
    return [random_order(rng) for _ in range(120)]


def test_random_expressions_answer_the_same_in_the_browser(expressions: list[Checked], orders: Orders) -> None:
    assert differing(expressions, orders)[:1] == []


def test_every_operator_was_among_them(expressions: list[Checked]) -> None:
    drawn = {node.op for checked in expressions for node in walk(checked.root) if isinstance(node, Call | Each)}

    assert drawn == set(OPERATORS)


def test_the_tables_of_cases_answer_the_same_in_the_browser() -> None:
    checked = [check(case["expr"], SUBJECT).checked for case in ANSWERED]

    assert differing([one for one in checked if one], [order_of(case) for case in ANSWERED])[:1] == []


MUTANTS = {
    "half down": ("decimal.ts", "(2n * abs(a.digits) + unit)", "(2n * abs(a.digits) + unit - 1n)"),
    "quotients cut off": ("decimal.ts", "+ abs(y)) / (2n", ") / (2n"),
    "texts by halves of characters": ("values.ts", "return byCodePoints(a, b)", "return a < b ? -1 : a > b ? 1 : 0"),
    "all over no rows": ("evaluate.ts", "rows.length > 0 && ", ""),
    "empty equals nothing": ("values.ts", "return a === b;", "return a !== null && a === b;"),
    "any blank": ("evaluate.ts", "return trimmed(a as string);", "return (a as string).toUpperCase();"),
    "days of any month": ("instants.ts", "Math.min(date, daysIn(y, m))", "date"),
    "unbounded operands": ("evaluate.ts", "? decimal.bounded(value) : value", "? value : value"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_interpreter_is_caught(name: str, expressions: list[Checked], orders: Orders) -> None:
    assert differing(expressions, orders, MUTANTS[name])
