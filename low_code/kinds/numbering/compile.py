"""A numbering as a pure function of the day and the counter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from low_code.registry import Configuration

TOKEN = re.compile(r"\{([^{}]*)\}")
DAY_TOKENS = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d"}
SEQUENCE = re.compile(r"seq:([1-9]|1[0-8])", re.ASCII)

_PERIODS = {"never": "", "year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """reset: never, year, month or day; start: the first number of each period."""

    key: str
    pattern: str
    reset: str
    gapless: bool
    start: int

    def period(self, day: date) -> str:
        """What the counter counts within, on this tenant-local day: "", "2026", "2026-11" or "2026-11-22"."""
        return day.strftime(_PERIODS[self.reset]) if self.reset != "never" else ""

    def render(self, day: date, number: int) -> str:
        """The number as people see it. A counter that outgrows its digits is written in full."""
        return render(self.pattern, day, number)


def render(pattern: str, day: date, number: int) -> str:
    """
    >>> render("SO-{yyyy}{mm}-{seq:6}", date(2026, 11, 22), 42)
    'SO-202611-000042'
    """

    def fill(token: re.Match[str]) -> str:
        name = token[1]
        if sequence := SEQUENCE.fullmatch(name):
            return str(number).zfill(int(sequence[1]))
        return f"{day.year:04d}" if name == "yyyy" else day.strftime(DAY_TOKENS[name])

    return TOKEN.sub(fill, pattern)


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> Numbering:
    return Numbering(
        key=key,
        pattern=body["pattern"],
        reset=body.get("reset", "never"),
        gapless=body.get("gapless", False),
        start=body.get("start", 1),
    )
