"""One expression, two back ends, the same answer on every row."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from kernel.money import Money
from low_code.expressions import (
    Checked,
    Kind,
    canonical,
    check,
    closure,
    closure_calls,
    compile_closure,
    compile_sql,
    numbers,
    sql,
)
from low_code.expressions.nodes import Call, Each, walk
from low_code.expressions.operators import OPERATORS

from ..order_subject import BINDING, ENV, SUBJECT, random_order, store
from .random_expressions import random_checked

ROWS = 120
Orders = list[dict[str, Any]]


@pytest.fixture(scope="module")
def orders(sql_connection: psycopg.Connection[Any]) -> Orders:
    rng = random.Random(20261122)
    made = [random_order(rng) for _ in range(ROWS)]
    store(sql_connection, made)
    return made


def answers_by_closure(checked: Checked, orders: Orders) -> list[Any]:
    evaluate = compile_closure(checked)
    return [evaluate({"order": order}, ENV) for order in orders]


def answers_by_sql(checked: Checked, connection: psycopg.Connection[Any]) -> list[Any]:
    compiled = compile_sql(checked, BINDING, prefix="t")
    shape = {Kind.BOOL: "({}) IS TRUE", Kind.MONEY: "({0}).amount, ({0}).currency"}.get(checked.type.kind, "{}")
    statement = f"SELECT {shape.format(compiled.text)} FROM orders o ORDER BY o.id"
    rows = connection.execute(statement, {**compiled.params, **ENV.params()}).fetchall()
    if checked.type.kind is Kind.MONEY:
        return [None if row[0] is None else Money(*row) for row in rows]
    return [row[0] for row in rows]


def differing(seed: int, count: int, orders: Orders, connection: psycopg.Connection[Any]) -> list[Any]:
    """The documents whose two answers differ on some row."""
    found = []
    for document, checked in random_checked(seed, count):
        expected, got = answers_by_closure(checked, orders), answers_by_sql(checked, connection)
        if expected != got:
            row = next(i for i, pair in enumerate(zip(expected, got, strict=True)) if pair[0] != pair[1])
            found.append((document, orders[row], expected[row], got[row]))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_random_expressions_answer_the_same_in_python_and_in_sql(
    seed: int, orders: Orders, sql_connection: psycopg.Connection[Any]
) -> None:
    assert differing(seed, 300, orders, sql_connection)[:1] == []


@pytest.fixture(scope="module")
def orders_sorted_for_people(sorted_for_people: psycopg.Connection[Any]) -> Orders:
    rng = random.Random(11)
    made = [random_order(rng) for _ in range(ROWS)]
    store(sorted_for_people, made)
    return made


def test_the_sort_order_of_the_database_changes_no_answer(
    orders_sorted_for_people: Orders, sorted_for_people: psycopg.Connection[Any]
) -> None:
    assert sorted_for_people.execute("SELECT 'a' < 'B'").fetchone() == (True,)

    assert differing(77, 400, orders_sorted_for_people, sorted_for_people)[:1] == []


def test_a_compiler_that_forgets_the_sort_order_is_caught(
    orders_sorted_for_people: Orders,
    sorted_for_people: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exact = compile_sql

    def forgetful(*given: Any, **named: Any) -> Any:
        compiled = exact(*given, **named)
        return replace(compiled, text=compiled.text.replace(' COLLATE "C"', ""))

    monkeypatch.setitem(globals(), "compile_sql", forgetful)

    assert differing(77, 400, orders_sorted_for_people, sorted_for_people)


def _negation_that_trusts_nulls(self: Any, node: Any, text: str, wanted: bool) -> str:
    return f"({text})" if wanted else f"(NOT ({text}))"


def _half_even(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, Context(prec=2500))


def _empty_is_less(runs: Any, compare: Callable[[Any, Any], bool], *, money: bool) -> Any:
    def run(values: Any, frame: Any) -> bool:
        found = [one(values, frame) for one in runs]
        if None in found:
            return compare is operator.lt
        return all(compare(a, b) for a, b in pairwise(found)) if not money else False

    return run


MUTANTS = {
    "a denial that trusts nulls": (sql.SqlCompiler, "_asked", _negation_that_trusts_nulls),
    "half to even": (numbers, "round_half_up", _half_even),
    "division by the machine": (numbers, "divide", lambda a, b: a / b if b else None),
    "empty is less than anything": (closure, "ordered", _empty_is_less),
    "all over no rows is true": (closure_calls, "_all", all),
    "= where both may be empty": (sql.SqlCompiler, "can_be_null", lambda self, node: False),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_wrong_back_end_is_caught(
    name: str, orders: Orders, sql_connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, attribute, mutant = MUTANTS[name]
    monkeypatch.setattr(owner, attribute, mutant)
    if name.startswith("all over"):
        monkeypatch.setattr(closure, "FOLDS", {**closure_calls.FOLDS, "all": mutant})

    assert any(differing(seed, 100, orders, sql_connection) for seed in range(6))


def test_every_operator_of_the_table_is_drawn_at_random() -> None:
    drawn: set[str] = set()
    for seed in range(4):
        for _, checked in random_checked(seed, 300):
            drawn |= {node.op for node in walk(checked.root) if isinstance(node, Call | Each)}

    assert drawn == set(OPERATORS)


def test_the_canonical_form_is_the_same_expression() -> None:
    for _, checked in random_checked(99, 300):
        again = check(canonical(checked), SUBJECT, checked.type).checked

        assert again is not None
        assert canonical(again) == canonical(checked)
        assert compile_sql(again, BINDING).params == compile_sql(checked, BINDING).params


def test_a_condition_stands_bare_for_the_index(sql_connection: psycopg.Connection[Any], orders: Orders) -> None:
    document = {"and": [{"==": [{"var": "order.cf.priority"}, "high"]}, {">": [{"var": "order.total"}, 5]}]}
    compiled = compile_sql(check(document, SUBJECT).checked, BINDING, prefix="c")  # type: ignore[arg-type]

    sql_connection.execute("SET enable_seqscan = off")
    statement = f"EXPLAIN SELECT 1 FROM orders o WHERE {compiled.text}"
    plan = sql_connection.execute(statement, compiled.params).fetchall()
    sql_connection.execute("RESET enable_seqscan")

    assert compiled.text == "((o.custom @> %(c_0)s::jsonb) AND (o.total > %(c_1)s::numeric))"
    assert any("orders_custom" in line for (line,) in plan)


def test_a_hostile_chain_does_not_double_the_text() -> None:
    node: Any = {"var": "order.discount"}
    for _ in range(10):
        node = {"if": [{"<": [0, {"min": [node, 5]}, 9]}, 1, 2]}
    amount: Any = {"var": "order.owed"}
    for _ in range(15):
        many = [{"money": [str(n), "CNY"]} for n in range(40)]
        amount = {"if": [{"in": [amount, many]}, {"money": ["1", "CNY"]}, None]}

    for document in (node, amount):
        checked = check(document, SUBJECT).checked
        assert checked is not None
        assert len(compile_sql(checked, BINDING).text) < 100_000
