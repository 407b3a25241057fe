"""What makes a flow run to an end: unique ids, branches that always know a way, a subject that exists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.expressions import Subject
from low_code.kinds.approval_flow.check_calls import check_calls
from low_code.kinds.approval_flow.check_people import check_people
from low_code.kinds.approval_flow.check_time import check_time
from low_code.kinds.approval_flow.walk import steps_of
from low_code.registry import Configuration

MAX_STEPS = 200

ID_REPEATED = N_("Another step has the id “{id}” too.")
ELSE_LAST = N_("The last case, and only the last, must be the one for all others.")
TOO_MANY = N_("A flow has at most {limit} steps.")
UNKNOWN_SUBJECT = N_("Nothing called “{subject}” can be approved.")
NOBODY_ASKED = N_("No step asks anybody; whatever is submitted is approved at once.")
UNREACHABLE = N_("This step is never come to: a rule before it always rejects.")
ALWAYS_REJECTED = N_("Both ways of this rule reject; whatever comes here is refused.")
ALWAYS_APPROVED = N_("Both ways of this rule approve; it decides nothing.")
BRANCH_EMPTY = N_("This branch has no steps, so the block is left as soon as it is come to.")


def subject(key: str, body: Mapping[str, Any], configuration: Configuration) -> str | None:
    """A flow names its own subject."""
    return str(body["subject"]["of"])


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    steps = list(steps_of(body["steps"], "/steps"))
    found = []
    of = body["subject"]["of"]
    known = of in configuration.registry.subjects
    if not known:
        found.append(_finding("/subject/of", "subject_unknown", UNKNOWN_SUBJECT, subject=of))
    about: Subject | None = configuration.subject(of) if known else None
    if len(steps) > MAX_STEPS:
        found.append(_finding("/steps", "too_many_steps", TOO_MANY, limit=MAX_STEPS))
    times = Counter(step["id"] for _, step in steps)
    for pointer, step in steps:
        if times[step["id"]] > 1:
            found.append(_finding(f"{pointer}/id", "id_repeated", ID_REPEATED, id=step["id"]))
        found += _branches(step, pointer)
        found += check_time(step, pointer, about)
    found += _unreachable(body["steps"], "/steps")
    found += check_people(body, steps, about, configuration)
    found += check_calls(key, body, steps, configuration)
    if not any(step["type"] in {"approve", "call", "auto"} for _, step in steps):
        found.append(Diagnostic(pointer="/steps", code="nobody_asked", message=NOBODY_ASKED, severity="warning"))
    return found


def _branches(step: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    if step["type"] == "branch":
        yield from _cases(step["cases"], f"{pointer}/cases")
    if step["type"] == "parallel":
        yield from _ids(step["branches"], f"{pointer}/branches")
        for index, branch in enumerate(step["branches"]):
            if step.get("join") == "any" and not branch["steps"]:
                yield Diagnostic(
                    pointer=f"{pointer}/branches/{index}/steps", code="branch_empty", message=BRANCH_EMPTY,
                    severity="warning",
                )  # fmt: skip
    if step["type"] == "auto":
        then = step.get("then", "approve")
        if step.get("otherwise") == then:
            message = ALWAYS_APPROVED if then == "approve" else ALWAYS_REJECTED
            yield Diagnostic(pointer=pointer, code="rule_decides_nothing", message=message, severity="warning")


def _cases(cases: list[Mapping[str, Any]], pointer: str) -> list[Diagnostic]:
    found = []
    others = [bool(case.get("else")) for case in cases]
    if others != [False] * (len(cases) - 1) + [True]:
        found.append(_finding(pointer, "else_last", ELSE_LAST))
    return [*found, *_ids(cases, pointer)]


def _ids(blocks: list[Mapping[str, Any]], pointer: str) -> Iterator[Diagnostic]:
    times = Counter(block["id"] for block in blocks)
    for index, block in enumerate(blocks):
        if times[block["id"]] > 1:
            yield _finding(f"{pointer}/{index}/id", "id_repeated", ID_REPEATED, id=block["id"])


def _unreachable(steps: list[Mapping[str, Any]], pointer: str) -> list[Diagnostic]:
    """Steps behind one that never lets anything through. What is below such a step is not looked at again."""
    found: list[Diagnostic] = []
    stopped = False
    for index, step in enumerate(steps):
        here = f"{pointer}/{index}"
        if stopped:
            found.append(_finding(here, "step_unreachable", UNREACHABLE))
            continue
        for number, case in enumerate(step.get("cases", ())):
            found += _unreachable(case["steps"], f"{here}/cases/{number}/steps")
        for number, branch in enumerate(step.get("branches", ())):
            found += _unreachable(branch["steps"], f"{here}/branches/{number}/steps")
        stopped = _stops(step)
    return found


def _stops(step: Mapping[str, Any]) -> bool:
    """Whether nothing ever comes behind this step."""
    match step["type"]:
        case "auto":
            always = step["when"] if isinstance(step["when"], bool) else None
            then = step.get("then", "approve")
            otherwise = step.get("otherwise", "reject" if then == "approve" else "approve")
            decided = {then if always else otherwise} if always is not None else {then, otherwise}
            return decided == {"reject"}
        case "branch":
            return all(any(_stops(inner) for inner in case["steps"]) for case in step["cases"])
        case "parallel":
            stops = [any(_stops(inner) for inner in branch["steps"]) for branch in step["branches"]]
            return all(stops) if step.get("join") == "any" else any(stops)
    return False


def _finding(pointer: str, code: str, message: str, **facts: Any) -> Diagnostic:
    return Diagnostic(pointer=pointer, code=code, message=message, facts=facts)
