"""Whether the condition holds for one subject, and why."""

from __future__ import annotations

from typing import Any

from low_code.kinds.condition.compile import Condition
from low_code.registry import Sample


def simulate(compiled: Condition, sample: Sample) -> dict[str, Any]:
    return {
        "outcome": compiled.holds(sample.values, sample.moment),
        "explanation": compiled.explain(sample.values, sample.moment),
    }
