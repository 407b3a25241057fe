"""What a check says of a decision table, and what the checked table gives."""

from __future__ import annotations

import copy
import json
import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kernel.money import Money
from low_code.expressions import Environment
from low_code.rules import CompiledTable, Hit, check_table, compile_table
from low_code.rules.cells import covers, meet
from low_code.rules.meeting import RowRelations

from ..order_subject import ENV, SUBJECT
from .test_tables_at_random import random_table, read

FOLDER = Path(__file__).parents[2] / "cases" / "rules"
SHIP_FEE = json.loads((FOLDER / "ship_fee.json").read_text(), parse_float=Decimal)
REFUSALS = json.loads((FOLDER / "refusals.json").read_text(), parse_float=Decimal)


def changed(document: Any, changes: dict[str, Any]) -> Any:
    document = copy.deepcopy(document)
    for pointer, value in changes.items():
        *above, last = pointer.split("/")[1:]
        holder = document
        for step in above:
            holder = holder[int(step) if isinstance(holder, list) else step]
        holder[int(last) if isinstance(holder, list) else last] = value
    return document


def compiled(**changes: Any) -> CompiledTable:
    table = check_table({**SHIP_FEE, "tests": [], **changes}, SUBJECT).table
    assert table is not None
    return compile_table(table)


def test_the_example_is_right_and_its_own_tests_pass() -> None:
    result = check_table(SHIP_FEE, SUBJECT)

    assert result.table is not None
    assert {problem.severity for problem in result.problems} == {"warning"}


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case["name"])
def test_a_fault_is_found_where_it_is(case: dict[str, Any]) -> None:
    document = changed(SHIP_FEE, case["set"])
    if case.get("float"):
        document = json.loads(json.dumps(document, default=float))

    result = check_table(document, SUBJECT)

    errors = [[problem.code, problem.pointer] for problem in result.problems if problem.severity == "error"]
    warnings = [[problem.code, problem.pointer] for problem in result.problems if problem.severity == "warning"]
    assert errors == case["errors"]
    assert (result.table is None) == bool(errors)
    if "warnings" in case:
        assert warnings == case["warnings"]


@pytest.mark.parametrize("document", [None, [], "x", {}, {"rows": [1]}, {"inputs": {}, "outputs": [[]]}])
def test_what_is_no_table_is_a_finding(document: Any) -> None:
    assert check_table(document, SUBJECT).table is None


POLICIES = [
    (Hit.RULE_ORDER, ["a", "b", "d"], {"n": Decimal(3)}),
    (Hit.COLLECT, ["a", "b", "d"], {"n": Decimal(3)}),
    (Hit.OUTPUT_ORDER, ["d", "b", "a"], {"n": Decimal(1)}),
    (Hit.PRIORITY, ["d"], {"n": Decimal(1)}),
    (Hit.FIRST, ["a"], {"n": Decimal(3)}),
    (Hit.SUM, ["a", "b", "d"], {"n": Decimal(6)}),
    (Hit.LEAST, ["a", "b", "d"], {"n": Decimal(1)}),
    (Hit.MOST, ["a", "b", "d"], {"n": Decimal(3)}),
    (Hit.COUNT, ["a", "b", "d"], {"n": Decimal(3)}),
]


@pytest.mark.parametrize(("hit", "row_ids", "outputs"), POLICIES)
def test_the_hit_policy_decides(hit: Hit, row_ids: list[str], outputs: dict[str, Any]) -> None:
    table = compiled(
        hit=hit.value,
        inputs=[{"id": "total", "expr": {"var": "order.total"}}],
        outputs=[{"id": "n", "type": "number", "priority": [1, 2, 3]}],
        rows=[
            {"id": "a", "when": {"total": {"ge": 0}}, "then": {"n": 3}},
            {"id": "b", "when": {"total": {"le": 10}}, "then": {"n": 2}},
            {"id": "c", "when": {"total": {"gt": 10}}, "then": {"n": 1}},
            {"id": "d", "when": {}, "then": {"n": 1}},
        ],
    )

    result = table.evaluate({"order": {"total": Decimal(10)}}, ENV)

    assert list(result.row_ids) == row_ids
    assert dict(result.outputs) == outputs


@pytest.mark.parametrize(
    ("on_none", "outcome"), [("default", "default"), ("error", "error"), ("next_table", "next_table")]
)
def test_no_row_is_an_answer_too(on_none: str, outcome: str) -> None:
    result = compiled(rows=[], on_none=on_none, next_table="other").evaluate({"order": {}}, ENV)

    assert result.outcome == outcome
    assert result.row_ids == ()
    expected = {"fee": Money("20", "CNY"), "carrier": "ems"} if outcome == "default" else {}
    assert dict(result.outputs) == expected


def test_a_trace_says_why_each_row_won_or_lost() -> None:
    values = {"order": {"channel": "tmall", "cf": {"vip": True}, "lines": [{"qty": 2}]}}
    env = Environment(ENV.now, date(2027, 1, 1))

    trace = compiled().trace(values, env)

    assert trace["inputs"] == {"channel": "tmall", "units": "2", "vip": True}
    assert trace["outputs"] == {"fee": {"amount": "0", "currency": "CNY"}, "carrier": "sf"}
    assert trace["rows"] == [
        {"id": "r1", "verdict": "decided"},
        {"id": "r2", "verdict": "outranked"},
        {"id": "r3", "verdict": "refused", "inputs": ["units"]},
        {"id": "r4", "verdict": "not_valid"},
    ]
    json.dumps(trace)


def test_rows_that_meet_or_cover_are_found_as_pair_by_pair() -> None:
    rng = random.Random(11)
    for _ in range(60):
        table = read(random_table(rng, Hit.FIRST))
        relations = RowRelations(table, table.rows)
        days = [(row.starts or date.min, row.ends or date.max) for row in table.rows]
        for i, (met, covered) in enumerate(zip(relations.meeting(), relations.covering(), strict=True)):
            for j, other in enumerate(table.rows):
                columns = list(zip(table.inputs, table.rows[i].cells, other.cells, strict=True))
                together = days[i][0] <= days[j][1] and days[j][0] <= days[i][1]
                within = days[j][0] <= days[i][0] and days[j][1] >= days[i][1]
                expected = together and all(meet(a, b, c.domain) for c, a, b in columns)
                assert bool(met >> j & 1) == expected
                assert bool(covered >> j & 1) == (within and all(covers(b, a, c.domain) for c, a, b in columns))


@pytest.mark.parametrize(("hit", "severity"), [("U", "error"), ("A", "error"), ("F", "warning")])
def test_cells_that_nobody_could_compare_are_said_and_not_compared(hit: str, severity: str) -> None:
    rows = [
        {"id": f"r{n}", "when": {"note": {"not_in": [f"a{n}", f"b{n}"]}}, "then": {"fee": str(n)}} for n in range(800)
    ]
    document = {
        "kind": "table", "key": "t", "hit": hit, "rows": rows, "on_none": "default",
        "inputs": [{"id": "note", "expr": {"var": "order.note"}}], "outputs": [{"id": "fee", "type": "number"}],
    }  # fmt: skip

    result = check_table(document, SUBJECT)

    assert [(p.code, p.pointer, p.severity) for p in result.problems] == [("intricate", "/inputs/0", severity)]
    assert (result.table is None) == (severity == "error")


def test_columns_that_could_be_compared_alone_are_not_compared_all() -> None:
    columns = [f"i{number}" for number in range(20)]
    document = {
        "kind": "table", "key": "t", "hit": "U", "on_none": "default",
        "inputs": [{"id": column, "expr": {"var": "order.note"}} for column in columns],
        "outputs": [{"id": "fee", "type": "number"}],
        "rows": [
            {"id": f"r{n}", "when": {column: {"not_in": [f"{n}"]} for column in columns}, "then": {"fee": "1"}}
            for n in range(600)
        ],
    }  # fmt: skip

    assert [p.code for p in check_table(document, SUBJECT).problems] == ["intricate"] * 19
