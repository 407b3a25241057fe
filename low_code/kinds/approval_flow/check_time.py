"""That time limits can be counted: durations, reminders before the limit, waits until a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.expressions import Kind, Subject
from low_code.flows.business_time import Duration

NO_DURATION = N_("“{text}” is not a length of time between a minute and a year.")
REMINDED_LATE = N_("This reminder comes only when time is up.")
NO_DAY_FIELD = N_("“{path}” does not hold a day.")


def check_time(step: Mapping[str, Any], pointer: str, subject: Subject | None) -> Iterator[Diagnostic]:
    due = step.get("due")
    if due is not None:
        yield from _duration(due["after"], f"{pointer}/due/after")
        limit = Duration.parse(due["after"])
        for index, text in enumerate(due.get("remind", ())):
            here = f"{pointer}/due/remind/{index}"
            yield from _duration(text, here)
            reminder = Duration.parse(text)
            if limit and reminder and reminder.plain >= limit.plain:
                yield Diagnostic(pointer=here, code="reminded_late", message=REMINDED_LATE, severity="warning")
    if step["type"] == "wait" and "after" in step:
        yield from _duration(step["after"], f"{pointer}/after")
    if step["type"] == "wait" and subject is not None and "until" in step:
        spec = subject.all_fields().get(step["until"])
        if spec is not None and spec.type.kind not in {Kind.DATE, Kind.DATETIME}:
            facts = {"path": step["until"]}
            yield Diagnostic(pointer=f"{pointer}/until", code="no_day", message=NO_DAY_FIELD, facts=facts)


def _duration(text: str, pointer: str) -> Iterator[Diagnostic]:
    if Duration.parse(text) is None:
        yield Diagnostic(pointer=pointer, code="no_duration", message=NO_DURATION, facts={"text": text})
