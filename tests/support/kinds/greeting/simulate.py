"""What the buyer of one order would read."""

from __future__ import annotations

from typing import Any

from low_code.registry import Sample
from tests.support.kinds.greeting.compile import Greeting


def simulate(compiled: Greeting, sample: Sample) -> dict[str, Any]:
    return {"outcome": compiled.text if compiled.holds(sample.values, sample.moment) else None}
