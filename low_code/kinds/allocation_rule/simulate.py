"""Which of some locations the rule would consider. How they rank is the domain's to say."""

from __future__ import annotations

from typing import Any

from low_code.kinds.allocation_rule.compile import AllocationRule
from low_code.registry import Sample


def simulate(compiled: AllocationRule, sample: Sample) -> dict[str, Any]:
    """options: locations, a list of {"id", "tags", "values"}."""
    considered = []
    for location in sample.options.get("locations", ()):
        values = {**sample.values, **location.get("values", {})}
        if compiled.may_ship(frozenset(location.get("tags", ())), values, sample.moment):
            considered.append(location["id"])
    return {"considered": considered, "strategies": [strategy.name for strategy in compiled.strategies]}
