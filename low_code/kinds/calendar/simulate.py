"""What is due when, counted by a calendar."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from low_code.flows.business_time import BusinessCalendar, Duration, due_at
from low_code.registry import Sample


def simulate(compiled: BusinessCalendar, sample: Sample) -> dict[str, Any]:
    """options: after, ISO 8601 durations (`["PT8H", "P2D"]`); zone, an IANA name."""
    zone = ZoneInfo(sample.options.get("zone", "UTC"))
    due = {}
    for text in sample.options.get("after", ("PT8H", "P1D", "P1W")):
        duration = Duration.parse(text)
        if duration is not None:
            due[text] = due_at(sample.moment.now, duration, compiled, zone).isoformat()
    return {"works_today": bool(compiled.hours(sample.moment.today)), "due": due}
