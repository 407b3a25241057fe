"""A calendar, ready to count by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from low_code.flows.business_time import BusinessCalendar, Hours
from low_code.registry import Configuration

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> BusinessCalendar:
    week = {WEEKDAYS.index(day): hours_of(hours) for day, hours in body["week"].items() if hours}
    special: dict[date, Hours] = {}
    for holiday in body.get("holidays", ()):
        first = date.fromisoformat(holiday["from"])
        last = date.fromisoformat(holiday.get("to", holiday["from"]))
        for ahead in range((last - first).days + 1):
            special[first + timedelta(days=ahead)] = ()
    usual = next((week[day] for day in sorted(week)), ())
    for working in body.get("working_days", ()):
        special[date.fromisoformat(working["on"])] = hours_of(working["hours"]) if "hours" in working else usual
    return BusinessCalendar(week=week, special=special)


def hours_of(hours: Sequence[Sequence[str]]) -> Hours:
    """`[["09:00", "12:00"]]` as times, in their order."""
    return tuple(sorted((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in hours))
