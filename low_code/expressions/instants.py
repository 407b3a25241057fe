"""Dates, instants and durations: their text forms and their total arithmetic.

Each function here has a twin in `sql_functions` and must answer the same. Results outside the years 1 to
9999 are empty.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
    r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])"
)
_DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,7})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,9})(?:\.([0-9]{1,6}))?S)?)?"
)
LONGEST = timedelta(days=365_250)  # a thousand years
_MICROSECOND = timedelta(microseconds=1)
_FAR = 10_000_000  # more days than the calendar has


def parse_date(text: str) -> date | None:
    """`2026-11-01` -> the day; None where it is no such text or no such day."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_instant(text: str) -> datetime | None:
    """`2026-11-01T10:00:00Z` (or with an offset) -> the instant in UTC; years 1000 to 9998."""
    if not _INSTANT.fullmatch(text) or text.startswith("9999"):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None


def parse_duration(text: str) -> timedelta | None:
    """`P2D`, `PT36H`, `P1W`: weeks, days, hours, minutes, seconds; no months, they have no length."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    weeks, days, hours, minutes, seconds, fraction = match.groups(default="0")
    length = timedelta(
        weeks=int(weeks),
        days=int(days),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int(fraction.ljust(6, "0")),
    )
    return length if length <= LONGEST else None


def duration_text(length: timedelta) -> str:
    """The ISO 8601 text of a duration, canonical: `P2DT3H`. A negative one begins with a minus."""
    if length < timedelta(0):
        return "-" + duration_text(-length)
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    exact = f"{seconds}.{length.microseconds:06d}".rstrip("0") if length.microseconds else str(seconds)
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    clock += f"{exact}S" if exact != "0" else ""
    days = f"{length.days}D" if length.days else ""
    return f"P{days}T{clock}" if clock else f"P{days or '0D'}"


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC with a Z."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def microseconds(length: timedelta) -> int:
    return length // _MICROSECOND


def days_between(start: date, end: date) -> Decimal:
    """Days from `start` to `end`; negative where `end` comes first."""
    return Decimal((end - start).days)


def add_days(day: date, count: Decimal) -> date | None:
    """None where `count` is not whole or the day leaves the calendar."""
    days = _whole(count)
    if days is None or not 1 <= day.toordinal() + days <= date.max.toordinal():
        return None
    return date.fromordinal(day.toordinal() + days)


def add_months(day: date, count: Decimal) -> date | None:
    """The same day of a later month, or that month's last: 31 January and one month is 28 February."""
    months = _whole(count)
    if months is None or not 12 <= day.year * 12 + day.month - 1 + months <= 9999 * 12 + 11:
        return None
    year, index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, index + 1, min(day.day, monthrange(year, index + 1)[1]))


def _whole(count: Decimal) -> int | None:
    if abs(count) >= _FAR or count != count.to_integral_value():
        return None
    return int(count)


def shift(instant: datetime, length: timedelta) -> datetime | None:
    """`instant` (in UTC) moved by `length`."""
    try:
        return instant + length
    except OverflowError:
        return None
