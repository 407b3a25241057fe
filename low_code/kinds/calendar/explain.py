"""A calendar in words: the week, then what differs from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.i18n import N_, translate
from low_code.kinds.calendar.compile import WEEKDAYS
from low_code.registry import Configuration

DAYS = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}
WORKS = N_("{day}: {hours}")
FREE = N_("{day}: free")
HOLIDAY = N_("{from} to {to}: {name}, free")
INSTEAD = N_("{on}: {name}, a working day")
HOLIDAY_NAME, WORKING_NAME = N_("Holiday"), N_("Working day instead of another")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    said = []
    for day in WEEKDAYS:
        name, hours = translate(DAYS[day], locale), body["week"].get(day)
        said.append(
            translate(WORKS, locale, {"day": name, "hours": _hours(hours)})
            if hours
            else translate(FREE, locale, {"day": name})
        )
    for holiday in body.get("holidays", ()):
        facts = {"from": holiday["from"], "to": holiday.get("to", holiday["from"])}
        said.append(translate(HOLIDAY, locale, {**facts, "name": _name(holiday, HOLIDAY_NAME, locale)}))
    for working in body.get("working_days", ()):
        facts = {"on": working["on"], "name": _name(working, WORKING_NAME, locale)}
        said.append(translate(INSTEAD, locale, facts))
    return said


def _hours(hours: Sequence[Sequence[str]]) -> str:
    return ", ".join(f"{opens}–{closes}" for opens, closes in hours)


def _name(entry: Mapping[str, Any], otherwise: str, locale: str) -> str:
    names = entry.get("name", {})
    return str(names.get(locale) or names.get("en") or translate(otherwise, locale))
