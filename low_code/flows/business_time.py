"""Business time: when something is due that has a number of hours or days, counted as this company works."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Hours = tuple[tuple[time, time], ...]  # the working hours of a day, in order, each from before to

_DURATION = re.compile(r"P(?=.)(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?")
_LONGEST = timedelta(days=366)
_LOOKED_AHEAD = 3660  # days; a calendar without working time in ten years is treated as one without a calendar


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration of weeks, days, hours and minutes. On business time `days` are working days and `rest`
    is working time; a week is five working days there."""

    weeks: int
    days: int
    rest: timedelta

    @staticmethod
    def parse(text: str) -> Duration | None:
        """`PT24H`, `P2D`, `P1W`, `P1DT4H`; None for anything else, for nothing at all and for more than a year.

        >>> Duration.parse("P1DT4H")
        Duration(weeks=0, days=1, rest=datetime.timedelta(seconds=14400))
        """
        found = _DURATION.fullmatch(text)
        if found is None:
            return None
        weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
        parsed = Duration(weeks, days, timedelta(hours=hours, minutes=minutes))
        return parsed if timedelta(0) < parsed.plain <= _LONGEST else None

    @property
    def plain(self) -> timedelta:
        """As time goes by on a clock."""
        return timedelta(days=7 * self.weeks + self.days) + self.rest


def _usual_week() -> Mapping[int, Hours]:
    return {weekday: ((time(9), time(18)),) for weekday in range(5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessCalendar:
    """When a company works, in its own zone.

    week     weekday (0 is Monday) -> hours; a day that is missing is free
    special  day -> hours of that day alone: () for a holiday, hours for a working day in the place of another
    """

    week: Mapping[int, Hours] = field(default_factory=_usual_week)
    special: Mapping[date, Hours] = field(default_factory=dict)

    def hours(self, day: date) -> Hours:
        return self.special[day] if day in self.special else self.week.get(day.weekday(), ())


USUAL = BusinessCalendar()  # Monday to Friday, nine to six: what holds where a company says nothing


def due_at(start: datetime, duration: Duration, calendar: BusinessCalendar | None, zone: ZoneInfo) -> datetime:
    """The instant at which `duration` from `start` is over.

    calendar  None counts every hour; else only its working days and hours count, in `zone`
    returns   an instant in the zone of `start`, never before it
    """
    if calendar is None:
        return start + duration.plain
    began = next(_working_from(calendar, start.astimezone(zone), zone), None)
    if began is None:
        return start + duration.plain
    at = _after_days(began[0].astimezone(zone), 5 * duration.weeks + duration.days, calendar, zone)
    left = duration.rest
    for begins, ends in _working_from(calendar, at, zone):
        if left <= ends - begins:
            return (begins + left).astimezone(start.tzinfo)
        left -= ends - begins
    return start + duration.plain


def _after_days(local: datetime, days: int, calendar: BusinessCalendar, zone: ZoneInfo) -> datetime:
    """The same time of day, `days` working days later; it may lie outside that day's hours."""
    if not days:
        return local
    for number, day in enumerate(_working_days(calendar, local.date() + timedelta(days=1)), start=1):
        if number == days:
            return datetime.combine(day, local.time(), zone)
    return local


def _working_days(calendar: BusinessCalendar, first: date) -> Iterator[date]:
    for ahead in range(_LOOKED_AHEAD):
        day = first + timedelta(days=ahead)
        if calendar.hours(day):
            yield day


def _working_from(calendar: BusinessCalendar, at: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of working time from `at` on, in UTC, so that a change of clocks counts as it should."""
    for day in _working_days(calendar, at.date()):
        for opens, closes in calendar.hours(day):
            begins = max(datetime.combine(day, opens, zone).astimezone(UTC), at.astimezone(UTC))
            ends = datetime.combine(day, closes, zone).astimezone(UTC)
            if begins < ends:
                yield begins, ends
