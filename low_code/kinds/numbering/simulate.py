"""The number that a document of a given day would get."""

from __future__ import annotations

from typing import Any

from low_code.kinds.numbering.compile import Numbering
from low_code.registry import Sample


def simulate(compiled: Numbering, sample: Sample) -> dict[str, Any]:
    """options: number, the counter (the first number where it is not given)."""
    day, number = sample.moment.today, sample.options.get("number", compiled.start)
    return {"number": compiled.render(day, number), "period": compiled.period(day)}
