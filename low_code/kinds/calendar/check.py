"""That there is working time at all, and that hours and days run forwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.calendar.compile import hours_of
from low_code.registry import Configuration

NO_HOURS = N_("Nobody works on any day of the week; nothing would ever be due.")
BACKWARDS = N_("The time that this ends at must be later than the one that it begins at.")
OVERLAPPING = N_("These hours overlap.")
NO_DAY = N_("“{day}” is not a day of the calendar.")
TOO_LONG = N_("A holiday has at most {limit} days; this one has {days}.")
LONGEST_HOLIDAY = 366


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    found = [problem for day, hours in body["week"].items() for problem in _hours(hours, f"/week/{day}")]
    if not any(body["week"].values()):
        found.append(Diagnostic(pointer="/week", code="no_working_hours", message=NO_HOURS))
    for index, holiday in enumerate(body.get("holidays", ())):
        found += _holiday(holiday, f"/holidays/{index}")
    for index, working in enumerate(body.get("working_days", ())):
        found += _days(working, f"/working_days/{index}", "on")
        found += _hours(working.get("hours", ()), f"/working_days/{index}/hours")
    return found


def _holiday(holiday: Mapping[str, Any], pointer: str) -> Iterator[Diagnostic]:
    problems = list(_days(holiday, pointer, "from", "to"))
    yield from problems
    if problems:
        return
    days = date.fromisoformat(holiday.get("to", holiday["from"])) - date.fromisoformat(holiday["from"])
    if days < timedelta(0):
        yield Diagnostic(pointer=f"{pointer}/to", code="ends_before_start", message=BACKWARDS)
    elif days.days >= LONGEST_HOLIDAY:
        facts = {"limit": LONGEST_HOLIDAY, "days": days.days + 1}
        yield Diagnostic(pointer=f"{pointer}/to", code="holiday_too_long", message=TOO_LONG, facts=facts)


def _days(entry: Mapping[str, Any], pointer: str, *names: str) -> Iterator[Diagnostic]:
    for name in names:
        try:
            date.fromisoformat(entry.get(name, "2000-01-01"))
        except ValueError:
            yield Diagnostic(
                pointer=f"{pointer}/{name}", code="day_unknown", message=NO_DAY, facts={"day": entry[name]}
            )


def _hours(hours: Any, pointer: str) -> Iterator[Diagnostic]:
    for index, (opens, closes) in enumerate(hours):
        if closes <= opens:
            yield Diagnostic(pointer=f"{pointer}/{index}", code="ends_before_start", message=BACKWARDS)
            return
    times = hours_of(hours)
    if any(later[0] < earlier[1] for earlier, later in pairwise(times)):
        yield Diagnostic(pointer=pointer, code="hours_overlap", message=OVERLAPPING)
