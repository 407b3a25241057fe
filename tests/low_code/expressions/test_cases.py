"""The tables of cases: what every operator gives, alone and as SQL, and what is refused where."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kernel.money import Money
from low_code.expressions import BOOL, Kind, check, compile_closure, compile_sql, load_document
from low_code.expressions.explain import shown
from low_code.expressions.nodes import Call, Each, walk
from low_code.expressions.operators import OPERATORS
from low_code.expressions.stored import READERS

from ..order_subject import BINDING, ENV, SUBJECT, store

FOLDER = Path(__file__).parents[2] / "cases" / "expressions"
Case = dict[str, Any]


def cases(*, refused: bool) -> list[Case]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        listed = json.loads(path.read_text(), parse_float=Decimal, parse_int=Decimal)
        found += [case for case in listed if ("errors" in case) is refused]
    return found


ANSWERED = cases(refused=False)
REFUSED = cases(refused=True)
EMPTY: Case = {
    **dict.fromkeys(["discount", "note", "gift", "owed", "due_on", "lead", "customer", "tags"]),
    "total": Decimal(0),
    "number": "",
    "channel": "tmall",
    "paid": Money(0, "CNY"),
    "placed_at": "2026-11-22T08:00:00Z",
    "cf": {},
    "lines": [],
}
EMPTY_LINE: Case = {"qty": Decimal(1), "sku": "", "price": None, "ship_on": None, "cf": {}}


def order_of(case: Case) -> Case:
    given = case.get("given", {})
    order = {**EMPTY, **given}
    order["total"] = Decimal(order["total"])
    for path, spec in SUBJECT.fields.items():
        name = path.removeprefix("order.")
        if name in order and spec.type.kind not in (Kind.ROWS, Kind.NUMBER):
            order[name] = READERS[spec.type.kind](order[name]) if order[name] is not None else None
    order["tags"] = list(order["tags"]) if order["tags"] is not None else None
    order["lines"] = [line_of(line) for line in given.get("lines", [])]
    return order


def line_of(given: Case) -> Case:
    line = {**EMPTY_LINE, **given}
    for name, kind in (("price", Kind.MONEY), ("ship_on", Kind.DATE)):
        line[name] = READERS[kind](line[name]) if line[name] is not None else None
    return line


@pytest.fixture(scope="module")
def stored_cases(sql_connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    store(sql_connection, [order_of(case) for case in ANSWERED])
    return sql_connection


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case["name"])
def test_an_expression_gives_what_its_case_says(case: Case) -> None:
    result = check(case["expr"], SUBJECT)
    assert result.checked is not None, result.problems

    answer = compile_closure(result.checked)({"order": order_of(case)}, ENV)

    assert shown(answer) == case["expect"]


@pytest.mark.parametrize("number", range(len(ANSWERED)), ids=lambda n: ANSWERED[n]["name"])
def test_sql_gives_the_same(number: int, stored_cases: psycopg.Connection[Any]) -> None:
    case = ANSWERED[number]
    checked = check(case["expr"], SUBJECT).checked
    assert checked is not None
    sql = compile_sql(checked, BINDING)
    shape = {Kind.BOOL: "({}) IS TRUE", Kind.MONEY: "({0}).amount, ({0}).currency"}.get(checked.type.kind, "{}")
    statement = f"SELECT {shape.format(sql.text)} FROM orders o WHERE o.id = {number}"

    row = stored_cases.execute(statement, {**sql.params, **ENV.params()}).fetchone()

    assert row is not None
    answer = Money(*row) if len(row) == 2 and row[0] is not None else row[0]
    assert shown(answer) == case["expect"]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_a_wrong_expression_is_refused_where_it_is_wrong(case: Case) -> None:
    result = check(case["expr"], SUBJECT, BOOL if case.get("expects") == "bool" else None)

    assert result.checked is None
    assert [[problem.code, problem.pointer] for problem in result.problems] == case["errors"]
    for problem in result.problems:
        assert "{" not in problem.sentence("en").replace('{"var"', "")


def test_the_cases_use_every_operator() -> None:
    used: set[str] = set()
    for case in ANSWERED:
        checked = check(case["expr"], SUBJECT).checked
        if checked:
            used |= {node.op for node in walk(checked.root) if isinstance(node, Call | Each)}

    assert used == set(OPERATORS)


def test_a_document_text_is_loaded_exactly() -> None:
    document, problems = load_document('{"+": [0.1, 0.2]}')

    assert problems == ()
    assert compile_closure(check(document, SUBJECT).checked)({}, ENV) == Decimal("0.3")  # type: ignore[arg-type]
