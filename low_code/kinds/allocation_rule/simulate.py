"""Which of some locations the rule would consider. How they rank is the domain's to say."""

from __future__ import annotations

from typing import Any

from low_code.kinds.allocation_rule.compile import AllocationRule
from low_code.registry import Sample


def simulate(compiled: AllocationRule, sample: Sample) -> dict[str, Any]:
    """options: locations, a list of {"id", "tags", "values"}."""
    considered = [
        location["id"]
        for location in sample.options.get("locations", ())
        if compiled.may_ship(frozenset(location.get("tags", ())), location.get("values", {}), sample.moment)
    ]
    return {"considered": considered, "strategies": [strategy.name for strategy in compiled.strategies]}
