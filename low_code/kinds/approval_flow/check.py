"""What makes a flow run to an end: unique ids, branches that always know a way, a subject that exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.expressions import Kind, Subject
from low_code.registry import Configuration

MAX_STEPS = 200

ID_REPEATED = N_("Another step has the id “{id}” too.")
ELSE_LAST = N_("The last case, and only the last, must be the one for all others.")
TOO_MANY = N_("A flow has at most {limit} steps.")
UNKNOWN_SUBJECT = N_("Nothing called “{subject}” can be approved.")
NO_PERSON = N_("“{path}” does not hold a person.")
NOBODY_ASKED = N_("No step asks anybody; whatever is submitted is approved at once.")


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    """A flow names its own subject."""
    return str(body["subject"]["of"])


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    steps = list(_steps(body["steps"], "/steps"))
    found = []
    if (of := body["subject"]["of"]) not in configuration.registry.subjects:
        found.append(_finding("/subject/of", "subject_unknown", UNKNOWN_SUBJECT, subject=of))
    if len(steps) > MAX_STEPS:
        found.append(_finding("/steps", "too_many_steps", TOO_MANY, limit=MAX_STEPS))
    times = Counter(step["id"] for _, step in steps)
    for pointer, step in steps:
        if times[step["id"]] > 1:
            found.append(_finding(f"{pointer}/id", "id_repeated", ID_REPEATED, id=step["id"]))
        if step["type"] == "branch":
            found += _cases(step["cases"], f"{pointer}/cases")
        found += _people(step, pointer, configuration.subject(of) if of in configuration.registry.subjects else None)
    if not any(step["type"] == "approve" for _, step in steps):
        found.append(Diagnostic(pointer="/steps", code="nobody_asked", message=NOBODY_ASKED, severity="warning"))
    return found


def _steps(steps: list[Mapping[str, Any]], pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every step with its pointer, outer before inner."""
    for index, step in enumerate(steps):
        here = f"{pointer}/{index}"
        yield here, step
        for number, case in enumerate(step.get("cases", ())):
            yield from _steps(case["steps"], f"{here}/cases/{number}/steps")


def _people(step: Mapping[str, Any], pointer: str, subject: Subject | None) -> Iterator[Diagnostic]:
    """Fields that are asked for people must be able to hold some; that they exist the schema's annotation sees."""
    for index, entry in enumerate(step.get("who", ())):
        spec = subject.all_fields().get(entry["field"]) if subject and "field" in entry else None
        if spec is not None and spec.type.kind not in {Kind.REF, Kind.STRING, Kind.LIST}:
            yield _finding(f"{pointer}/who/{index}/field", "no_person", NO_PERSON, path=entry["field"])


def _cases(cases: list[Mapping[str, Any]], pointer: str) -> list[Diagnostic]:
    found = []
    others = [bool(case.get("else")) for case in cases]
    if others != [False] * (len(cases) - 1) + [True]:
        found.append(_finding(pointer, "else_last", ELSE_LAST))
    times = Counter(case["id"] for case in cases)
    for index, case in enumerate(cases):
        if times[case["id"]] > 1:
            found.append(_finding(f"{pointer}/{index}/id", "id_repeated", ID_REPEATED, id=case["id"]))
    return found


def _finding(pointer: str, code: str, message: str, **facts: Any) -> Diagnostic:
    return Diagnostic(pointer=pointer, code=code, message=message, facts=facts)
