"""Due dates by a calendar, as tables: what is due when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from low_code.flows.business_time import USUAL, Duration, due_at
from low_code.kinds.calendar.check import check
from low_code.kinds.calendar.compile import compile_document
from low_code.registry.checking import check_document
from tests.support.low_code import a_configuration, named

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
NATIONAL_DAY = {
    "name": named("China 2026", "2026 年"),
    "week": WEEK,
    "holidays": [{"from": "2026-10-01", "to": "2026-10-07", "name": named("National Day", "国庆节")}],
    "working_days": [{"on": "2026-10-10", "name": named("Worked Saturday", "调休")}],
}


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due(start: str, after: str, document: dict[str, Any] = NATIONAL_DAY) -> str:
    duration, calendar = Duration.parse(after), compile_document("c", document, a_configuration())
    assert duration is not None
    found = due_at(local(start).astimezone(UTC), duration, calendar, SHANGHAI)
    return found.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "after", "expected"),
    [
        ("2026-09-29 10:00", "PT2H", "2026-09-29 12:00"),
        ("2026-09-29 11:00", "PT2H", "2026-09-29 14:00"),  # over lunch
        ("2026-09-29 17:00", "PT2H", "2026-09-30 10:00"),  # over night
        ("2026-09-30 17:00", "PT2H", "2026-10-08 10:00"),  # over the holidays
        ("2026-10-09 17:00", "PT2H", "2026-10-10 10:00"),  # the Saturday that is worked instead
        ("2026-10-10 17:00", "PT2H", "2026-10-12 10:00"),  # the Sunday after it is free
        ("2026-10-03 03:00", "PT1H", "2026-10-08 10:00"),  # asked in the holidays, at night
        ("2026-09-29 10:00", "PT24H", "2026-10-09 10:00"),  # 7 hours, 8, 8, and one more
        ("2026-09-29 10:00", "P2D", "2026-10-08 10:00"),
        ("2026-09-29 20:00", "P1D", "2026-10-08 09:00"),  # at a time that nobody works at: when work begins
        ("2026-09-21 10:00", "P1W", "2026-09-28 10:00"),
        ("2026-09-29 10:00", "P1DT4H", "2026-09-30 15:00"),
    ],
)
def test_hours_and_days_count_as_the_company_works(start: str, after: str, expected: str) -> None:
    assert due(start, after) == expected


def test_without_a_calendar_every_hour_counts() -> None:
    start, duration = datetime(2026, 10, 2, 23, tzinfo=UTC), Duration.parse("P1DT2H")
    assert duration is not None

    assert due_at(start, duration, None, SHANGHAI) == start + timedelta(days=1, hours=2)


@pytest.mark.parametrize("text", ["", "P", "PT", "24H", "PT0H", "P400D", "-PT1H", "PT1.5H", "P1Y", "PT1S"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert Duration.parse(text) is None


@given(
    minutes=st.integers(1, 60 * 24 * 60),
    more=st.integers(0, 60 * 24 * 10),
    hours=st.integers(0, 40),
    days=st.integers(0, 10),
)
def test_what_is_due_never_lies_before_its_start_and_later_starts_are_never_due_earlier(
    minutes: int, more: int, hours: int, days: int
) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)  # over the change of clocks in Berlin
    duration, berlin = Duration(0, days, timedelta(hours=hours)), ZoneInfo("Europe/Berlin")

    first = due_at(start, duration, USUAL, berlin)
    later = due_at(start + timedelta(minutes=more), duration, USUAL, berlin)

    assert start <= first <= later
    assert USUAL.hours(first.astimezone(berlin).date()), "due on a day that nobody works on"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"week": {}}, "/week", "no_working_hours"),
        ({"week": {"mon": []}}, "/week", "no_working_hours"),
        ({"week": {"mon": [["18:00", "09:00"]]}}, "/week/mon/0", "ends_before_start"),
        ({"week": {"mon": [["09:00", "13:00"], ["12:00", "18:00"]]}}, "/week/mon", "hours_overlap"),
        ({"holidays": [{"from": "2026-02-30"}]}, "/holidays/0/from", "day_unknown"),
        ({"holidays": [{"from": "2026-02-03", "to": "2026-02-01"}]}, "/holidays/0/to", "ends_before_start"),
        ({"holidays": [{"from": "2026-02-03", "to": "2036-02-01"}]}, "/holidays/0/to", "holiday_too_long"),
        ({"working_days": [{"on": "2026-13-01"}]}, "/working_days/0/on", "day_unknown"),
        ({"week": {"mon": [["9", "18:00"]]}}, "/week/mon/0/0", None),
    ],
)
def test_a_calendar_says_what_is_wrong_with_it(change: dict[str, Any], pointer: str, code: str | None) -> None:
    problems = check_document("calendar", "c", {**NATIONAL_DAY, **change}, a_configuration())

    assert pointer in [problem.pointer for problem in problems]
    assert code is None or code in [problem.code for problem in problems]


def test_a_sound_calendar_has_no_problems() -> None:
    assert check("c", NATIONAL_DAY, a_configuration()) == []
