"""The way in: a JSON document becomes a checked table, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kernel import clock
from kernel.i18n import N_
from kernel.money import Money
from low_code.diagnostics import Diagnostic, has_errors
from low_code.expressions import Environment, Subject
from low_code.expressions.explain import shown
from low_code.expressions.instants import parse_date
from low_code.expressions.limits import survey
from low_code.expressions.literals import parse_decimal
from low_code.rules.analysis import analyse
from low_code.rules.cells import cell_value
from low_code.rules.model import Output, Table
from low_code.rules.read_table import TableReader
from low_code.rules.table import CompiledTable, compile_table

MAX_BYTES = 2 * 1024 * 1024
MAX_TESTS = 200

TEST_SHAPE = N_("A test holds given, expect, and perhaps rows and today.")
TEST_FAILED = N_("This test expects {expected} for {name}, but the table gives {got}.")
TEST_ROWS = N_("This test expects the rows {expected}, but {got} decided.")
TEST_HITS = N_("This test expects {expected} hits, but there are {got}.")
TEST_NONE = N_("This test expects that no row accepts, but {got} did.")
NO_ROW = N_("no row")


@dataclass(frozen=True, slots=True)
class TableCheck:
    """What a check found: `table` is None if and only if one of the `problems` is an error."""

    table: Table | None
    problems: tuple[Diagnostic, ...] = ()


def check_table(document: Any, subject: Subject) -> TableCheck:
    """Check a decision table, its rows taken together, and run the tests that it carries.

    Bad input is answered, never raised. Pointers start at the table. Numbers in the document must be exact
    (`expressions.load_document`); a float is refused.
    """
    findings = survey(document, max_bytes=MAX_BYTES)
    if findings:
        return TableCheck(None, tuple(findings))
    reader = TableReader(subject)
    table = reader.read(document)
    if table is None:
        return TableCheck(None, tuple(reader.findings))
    findings = analyse(table)
    if not has_errors(findings):
        findings += _run_tests(table)
    return TableCheck(None if has_errors(findings) else table, tuple(findings))


def _run_tests(table: Table) -> Iterator[Diagnostic]:
    tests = table.document.get("tests", [])
    if not isinstance(tests, list) or len(tests) > MAX_TESTS:
        yield Diagnostic(pointer="/tests", code="test_shape", message=TEST_SHAPE)
        return
    compiled = compile_table(table)
    for index, test in enumerate(tests):
        yield from _run_test(compiled, test, f"/tests/{index}")


def _run_test(compiled: CompiledTable, test: Any, pointer: str) -> Iterator[Diagnostic]:
    moment = _moment(test)
    if moment is None or not isinstance(test.get("given"), dict):
        yield Diagnostic(pointer=pointer, code="test_shape", message=TEST_SHAPE)
        return
    result = compiled.evaluate(test["given"], moment)
    expected, rows = test.get("expect"), test.get("rows")
    if rows is not None and rows != list(result.row_ids):
        facts = {"expected": str(rows), "got": ", ".join(result.row_ids) or NO_ROW}
        yield Diagnostic(pointer=f"{pointer}/rows", code="test_failed", message=TEST_ROWS, facts=facts)
    here = f"{pointer}/expect"
    if isinstance(expected, dict):
        yield from _compare(compiled.table, expected, result.outputs, here)
    elif isinstance(expected, list):
        given = list(result.hits)
        for place, one in enumerate(expected):
            hit = given[place] if place < len(given) else {}
            yield from _compare(compiled.table, one if isinstance(one, dict) else {}, hit, f"{here}/{place}")
        if len(expected) != len(given):
            facts = {"expected": str(len(expected)), "got": str(len(given))}
            yield Diagnostic(pointer=here, code="test_failed", message=TEST_HITS, facts=facts)
    elif result.outcome == "hit":
        facts = {"got": ", ".join(result.row_ids)}
        yield Diagnostic(pointer=here, code="test_failed", message=TEST_NONE, facts=facts)


def _compare(table: Table, expected: Mapping[str, Any], got: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    outputs = {output.name: output for output in table.outputs}
    for name, document in expected.items():
        output = outputs.get(name)
        if output is None or not _is_as_expected(output, document, got.get(name)):
            facts = {
                "name": name,
                "expected": str(_shown_document(document)),
                "got": str(shown(got.get(name))),
            }
            yield Diagnostic(pointer=f"{pointer}/{name}", code="test_failed", message=TEST_FAILED, facts=facts)


def _is_as_expected(output: Output, document: Any, got: Any) -> bool:
    if document is None or got is None:
        return document is None and got is None
    if isinstance(got, Money) and isinstance(document, str):  # an amount alone leaves the currency open
        return parse_decimal(document) == got.amount
    return bool(cell_value(output.type, document) == got)


def _shown_document(document: Any) -> Any:
    """What a test expects, as it is said in a sentence."""
    return document if isinstance(document, str | dict | list) else shown(document)


def _moment(test: Any) -> Environment | None:
    if not isinstance(test, dict) or not test.keys() <= {"given", "expect", "rows", "today", "note"}:
        return None
    now = clock.now()
    if "today" not in test:
        return Environment(now, now.date())
    day = parse_date(test["today"]) if isinstance(test["today"], str) else None
    return None if day is None else Environment(now, day)
