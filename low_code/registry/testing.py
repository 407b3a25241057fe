"""Tests that a document carries: samples with what is expected of them, run whenever the document is checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from kernel import clock
from kernel.db import json as exact_json
from kernel.i18n import N_
from low_code.diagnostics import Diagnostic, has_errors, pointer_to
from low_code.expressions import Environment
from low_code.expressions.instants import parse_date
from low_code.expressions.literals import parse_decimal
from low_code.registry.configuration import Configuration
from low_code.registry.kind import Kind, Sample
from low_code.registry.samples import read_sample

FAILED = N_("The test “{test}” expects {expected} for {name}, but it is {got}.")
UNKNOWN_RESULT = N_("There is no result “{name}”; use one of: {options}.")
BAD_DAY = N_("This is not a day (yyyy-mm-dd).")
NOTHING_SAID = N_("nothing")
_LONGEST = 300


def run_tests(kind: Kind, key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    """What fails. Call it on a document without errors, whose schema has seen `tests`."""
    if not body.get("tests"):
        return []
    compiled = configuration.compiled(kind.name, key)
    return [
        problem
        for index, test in enumerate(body["tests"])
        for problem in _run(kind, key, body, configuration, compiled, test, f"/tests/{index}")
    ]


def _run(
    kind: Kind,
    key: str,
    body: Mapping[str, Any],
    configuration: Configuration,
    compiled: Any,
    test: Mapping[str, Any],
    pointer: str,
) -> Iterator[Diagnostic]:
    moment = moment_of(test.get("today"))
    if moment is None:
        yield Diagnostic(pointer=f"{pointer}/today", code="bad_day", message=BAD_DAY)
        return
    name = kind.subject(key, body, configuration)
    values: dict[str, Any] = {}
    if name is not None and "given" in test:
        values, problems = read_sample(test["given"], configuration.subject(name), f"{pointer}/given")
        yield from problems
        if has_errors(problems):
            return
    result = kind.simulate(compiled, Sample(values=values, moment=moment, options=test.get("with", {})))
    yield from _compare(test["expect"], result, str(test.get("name") or test["id"]), f"{pointer}/expect")


def moment_of(day: Any) -> Environment | None:
    """The moment that a test or a trial is run at: noon of its day, or now; None where it is no day."""
    if day is None:
        now = clock.now()
        return Environment(now=now, today=now.date())
    found = parse_date(day) if isinstance(day, str) else None
    return None if found is None else Environment(now=datetime.combine(found, time(12), UTC), today=found)


def _compare(expected: Mapping[str, Any], got: Mapping[str, Any], test: str, pointer: str) -> Iterator[Diagnostic]:
    for name, wanted in expected.items():
        here = pointer + pointer_to(name)
        if name not in got or name == "trace":
            options = ", ".join(sorted(set(got) - {"trace"}))
            facts = {"name": name, "options": options}
            yield Diagnostic(pointer=here, code="unknown_result", message=UNKNOWN_RESULT, facts=facts)
        elif not _is_as_expected(wanted, got[name]):
            facts = {"test": test, "name": name, "expected": _said(wanted), "got": _said(got[name])}
            yield Diagnostic(pointer=here, code="test_failed", message=FAILED, facts=facts)


def _is_as_expected(wanted: Any, got: Any) -> bool:
    """Of objects only what is named is compared; numbers by what they are worth, written as text or not."""
    if isinstance(wanted, Mapping):
        return isinstance(got, Mapping) and all(
            name in got and _is_as_expected(value, got[name]) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(got, list | tuple)
            and len(wanted) == len(got)
            and all(_is_as_expected(one, other) for one, other in zip(wanted, got, strict=True))
        )
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if isinstance(wanted, str) and isinstance(got, str) and wanted == got:
        return True
    number, other = _number(wanted), _number(got)
    return number == other if number is not None and other is not None else bool(wanted == got)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, Decimal | int):
        return Decimal(value)
    return parse_decimal(value) if isinstance(value, str) else None


def _said(value: Any) -> str:
    text = str(value) if isinstance(value, str) else exact_json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
