"""That calls of other flows come to an end: no circle, not too deep, the same subject, not too many steps together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.approval_flow.walk import steps_of
from low_code.registry import Configuration

DEEPEST = 3
MOST_STEPS = 500
CIRCLE = N_("This call leads back to this flow: {path}.")
TOO_DEEP = N_("Flows may call each other at most {limit} deep: {path}.")
OTHER_SUBJECT = N_("“{flow}” approves something else ({subject}).")
TOO_MANY = N_("With all flows that it calls, this flow has more than {limit} steps.")


def check_calls(
    key: str, body: Mapping[str, Any], steps: Sequence[tuple[str, Mapping[str, Any]]], configuration: Configuration
) -> Iterator[Diagnostic]:
    of = body["subject"]["of"]
    sound = True
    for pointer, step in steps:
        if step["type"] != "call":
            continue
        problem = _way(step["flow"], (key,), of, configuration)
        if problem is not None:
            code, message, facts = problem
            sound = False
            yield Diagnostic(pointer=f"{pointer}/flow", code=code, message=message, facts=facts)
    if sound and _size(body, configuration) > MOST_STEPS:
        yield Diagnostic(pointer="/steps", code="too_many_steps", message=TOO_MANY, facts={"limit": MOST_STEPS})


def _way(
    key: str, path: tuple[str, ...], of: str, configuration: Configuration
) -> tuple[str, str, dict[str, Any]] | None:
    """What is wrong with calling `key` at the end of `path`. One that does not exist the schema's annotation sees."""
    shown = " → ".join((*path, key))
    if key in path:
        return "call_circle", CIRCLE, {"path": shown}
    if len(path) > DEEPEST:
        return "call_too_deep", TOO_DEEP, {"limit": DEEPEST, "path": shown}
    body = configuration.sound_body("approval_flow", key)
    if body is None:
        return None
    if body["subject"]["of"] != of:
        return "call_other_subject", OTHER_SUBJECT, {"flow": key, "subject": body["subject"]["of"]}
    for step in _calls(body):
        problem = _way(step["flow"], (*path, key), of, configuration)
        if problem is not None:
            return problem
    return None


def _size(body: Mapping[str, Any], configuration: Configuration) -> int:
    """All steps, with those of called flows as often as they are called. Only where no circle was found."""
    total = 0
    for _, step in steps_of(body["steps"], ""):
        total += 1
        called = configuration.sound_body("approval_flow", step["flow"]) if step["type"] == "call" else None
        if called is not None:
            total += _size(called, configuration)
        if total > MOST_STEPS:
            break
    return total


def _calls(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (step for _, step in steps_of(body["steps"], "") if step["type"] == "call")
