"""Random tables over random orders: index = row by row = SQL, for every hit policy."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from kernel.money import Money
from low_code.diagnostics import has_errors
from low_code.expressions import Kind, Subject
from low_code.expressions.literals import literal_document
from low_code.rules import CompiledTable, Hit, Table, check_table, compile_table, table_sql
from low_code.rules.cells import Bounds, accepts
from low_code.rules.read_table import TableReader

from ..order_subject import BINDING, CHANNELS, DATES, ENV, NUMBERS, SUBJECT, TEXTS, random_order, store

Orders = list[dict[str, Any]]
INPUTS: dict[str, tuple[Any, list[Any]]] = {
    "channel": ({"var": "order.channel"}, list(CHANNELS)),
    "total": ({"var": "order.total"}, NUMBERS),
    "weight": ({"var": "order.cf.weight"}, NUMBERS),
    "note": ({"var": "order.note"}, TEXTS),
    "vip": ({"var": "order.cf.vip"}, [True, False]),
    "owed": ({"var": "order.owed"}, [Money(n, c) for n in NUMBERS for c in ("CNY", "USD")]),
    "due": ({"var": "order.due_on"}, DATES[:3]),
    "units": ({"sum": [{"var": "order.lines"}, {"var": "qty"}]}, [Decimal(n) for n in (0, 1, 2, 10, 22)]),
}
RANGED = ("total", "weight", "note", "owed", "due", "units")


@pytest.fixture(scope="module")
def orders(sql_connection: psycopg.Connection[Any]) -> Orders:
    rng = random.Random(7)
    made = [random_order(rng) for _ in range(80)]
    store(sql_connection, made)
    return made


def random_cell(rng: random.Random, name: str) -> Any:
    values = INPUTS[name][1]

    def one() -> Any:
        return literal_document(rng.choice(values))

    sort = rng.random()
    if sort < 0.2:
        return rng.choice(["any", {"any": True}, None])
    if sort < 0.45:
        return {"eq": one()}
    if sort < 0.6:
        return {"in": [one() for _ in range(3)]}
    if sort < 0.7:
        return {"not_in": [one(), one()]}
    if sort < 0.75 or name not in RANGED:
        return {"is_null": rng.random() < 0.5}
    low, high = sorted(rng.sample(values, 2), key=lambda v: (v.currency, v.amount) if isinstance(v, Money) else v)
    if isinstance(low, Money) and low.currency != high.currency:
        return {"ge": literal_document(low)}
    bounds = {
        rng.choice(["ge", "gt"]): literal_document(low),
        rng.choice(["le", "lt"]): literal_document(high),
    }
    return {key: bounds[key] for key in rng.sample(sorted(bounds), rng.choice([1, 2, 2]))}


def random_table(rng: random.Random, hit: Hit) -> dict[str, Any]:
    names = rng.sample(sorted(INPUTS), rng.randint(1, 4))
    fee = {"id": "fee", "type": rng.choice(["number", "money"]), "default": None}
    ranked = [literal_document(Decimal(n)) for n in (3, 1, 2)]
    if hit.ranks or hit is Hit.COUNT:
        fee |= {"type": "number", "priority": ranked}

    def given() -> Any:
        if hit.ranks:
            return rng.choice(ranked)
        if fee["type"] == "money":
            return rng.choice([{"money": ["8.00", "CNY"]}, {"money": ["2", "USD"]}, {"var": "order.paid"}])
        return rng.choice([{"dec": "8"}, "2.50", None, {"*": [{"var": "order.total"}, 2]}])

    outputs = [fee] if hit.aggregates else [fee, {"id": "say", "type": "string", "default": "-"}]
    rows = []
    for index in range(rng.randint(0, 25)):
        then = {"fee": given()} if hit.aggregates else {"fee": given(), "say": rng.choice(TEXTS)}
        starts, ends = rng.choice([(None, None), (None, None), ("2026-01-01", None), (None, "2026-11-21")])
        when = {name: random_cell(rng, name) for name in names}
        rows.append({"id": f"r{index}", "when": when, "then": then, "from": starts, "to": ends})
    return {
        "kind": "table",
        "key": "t",
        "hit": hit.value,
        "inputs": [{"id": name, "expr": INPUTS[name][0]} for name in names],
        "outputs": outputs,
        "rows": rows,
        "on_none": rng.choice(["default", "error"]),
    }


def read(document: Mapping[str, Any], subject: Subject = SUBJECT) -> Table:
    """The table though its rows may overlap: what runs must agree even where a check would complain."""
    reader = TableReader(subject)
    table = reader.read(document)
    while table is None:
        bad = {int(f.pointer.split("/")[2]) for f in reader.findings}
        assert {f.code for f in reader.findings} <= {"empty_bounds"}, reader.findings
        document = {**document, "rows": [r for i, r in enumerate(document["rows"]) if i not in bad]}
        reader = TableReader(subject)
        table = reader.read(document)
    return table


def row_by_row(compiled: CompiledTable, order: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the rows that count, found the slow way."""
    table = compiled.table
    inputs = compiled.trace({"order": order}, ENV)["inputs"]
    values = [evaluate({"order": order}, ENV) for evaluate, _ in compiled._columns]
    assert list(inputs) == [column.id for column in table.inputs]
    found = [
        row.id
        for row in table.ranked_rows()
        if Bounds(row.starts, row.ends).accepts(ENV.today)
        and all(accepts(cell, value) for cell, value in zip(row.cells, values, strict=True))
    ]
    return tuple(found[:1] if table.hit.single else found)


def plain(value: Any) -> Any:
    return (value.amount, value.currency) if isinstance(value, Money) else value


def by_sql(table: Table, connection: psycopg.Connection[Any]) -> dict[int, list[tuple[Any, ...]]]:
    sql = table_sql(table, BINDING, source="orders o", key="o.id", prefix="x")
    shown = []
    for output in table.outputs:
        name = sql.names[output.name]
        shown.append(f"({name}).amount, ({name}).currency" if output.type.kind is Kind.MONEY else name)
    tail = " ORDER BY key, place" if not table.hit.single and not table.hit.aggregates else " ORDER BY key"
    statement = f"SELECT key, row_id, {', '.join(shown)} FROM ({sql.text}) q{tail}"
    found: dict[int, list[tuple[Any, ...]]] = {}
    for key, row_id, *outputs in connection.execute(statement, {**sql.params, **ENV.params()}).fetchall():
        merged: list[Any] = []
        for output in table.outputs:
            if output.type.kind is Kind.MONEY:
                amount, currency, *outputs = outputs
                merged.append(None if amount is None else (amount, currency))
            else:
                first, *outputs = outputs
                merged.append(first)
        found.setdefault(key, []).append((row_id, *merged))
    return found


def expected_rows(compiled: CompiledTable, order: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    table, result = compiled.table, compiled.evaluate({"order": order}, ENV)
    names = [output.name for output in table.outputs]
    if result.outcome != "hit" or table.hit.aggregates:
        return [(None, *(plain(result.outputs.get(name)) for name in names))]
    pairs = zip(result.row_ids, result.hits, strict=True)
    return [(row_id, *(plain(hit[name]) for name in names)) for row_id, hit in pairs]


@pytest.mark.parametrize("hit", Hit)
def test_index_rows_and_sql_agree(hit: Hit, orders: Orders, sql_connection: psycopg.Connection[Any]) -> None:
    rng = random.Random(hit.value)
    for _ in range(12):
        table = read(random_table(rng, hit))
        compiled = compile_table(table)
        answers = by_sql(table, sql_connection)

        for number, order in enumerate(orders):
            assert compiled.evaluate({"order": order}, ENV).row_ids == row_by_row(compiled, order)
            assert answers[number] == expected_rows(compiled, order), (table.document, order)


def test_the_sort_order_of_the_database_changes_no_answer(sorted_for_people: psycopg.Connection[Any]) -> None:
    rng = random.Random(13)
    orders = [random_order(rng) for _ in range(80)]
    store(sorted_for_people, orders)
    for hit in (Hit.FIRST, Hit.RULE_ORDER, Hit.COUNT):
        for _ in range(12):
            table = read(random_table(rng, hit))
            answers = by_sql(table, sorted_for_people)
            expected = [expected_rows(compile_table(table), order) for order in orders]
            assert [answers[number] for number in range(len(orders))] == expected, table.document


def test_what_overlaps_is_what_some_order_meets_twice(orders: Orders) -> None:
    rng = random.Random(5)
    clean = 0
    for _ in range(300):
        document = random_table(rng, Hit.UNIQUE)
        document["rows"] = document["rows"][: rng.choice([2, 2, 3])]
        result = check_table(document, SUBJECT)
        if result.table is None:
            assert has_errors(result.problems)
            continue
        clean += 1
        collected = compile_table(read({**document, "hit": "C"}))
        assert all(len(collected.evaluate({"order": order}, ENV).hits) <= 1 for order in orders)
    assert clean > 50


def test_a_row_called_shadowed_never_wins(orders: Orders) -> None:
    rng = random.Random(6)
    shadowed = 0
    for _ in range(200):
        result = check_table(random_table(rng, Hit.FIRST), SUBJECT)
        if result.table is None:
            continue
        compiled = compile_table(result.table)
        lost = {result.table.rows[int(p.pointer.split("/")[2])].id for p in result.problems if p.code == "shadowed"}
        shadowed += len(lost)
        winners = {row for order in orders for row in compiled.evaluate({"order": order}, ENV).row_ids}
        assert not lost & winners
    assert shadowed > 20


def test_validity_is_by_day_and_includes_its_last() -> None:
    document = random_table(random.Random(1), Hit.FIRST) | {
        "inputs": [],
        "outputs": [{"id": "say", "type": "string"}],
        "rows": [
            {"id": "old", "when": {}, "then": {"say": "old"}, "to": "2026-11-22"},
            {"id": "new", "when": {}, "then": {"say": "new"}, "from": "2026-11-23"},
        ],
    }
    compiled = compile_table(read(document))

    assert compiled.evaluate({}, ENV).row_ids == ("old",)
    later = type(ENV)(now=ENV.now, today=date(2026, 11, 23))
    assert compiled.evaluate({}, later).row_ids == ("new",)
