"""Whether a promotion would be looked at for one subject, and why."""

from __future__ import annotations

from typing import Any

from low_code.kinds.promotion.compile import Promotion
from low_code.registry import Sample


def simulate(compiled: Promotion | None, sample: Sample) -> dict[str, Any]:
    """{"applies": bool, "why": the condition explained}; what it takes off is reckoned with prices."""
    if compiled is None:
        return {"applies": False, "why": None}
    valid = compiled.is_valid_on(sample.moment.today)
    holds = compiled.holds is None or bool(compiled.holds(sample.values, sample.moment))
    why = compiled.explain(sample.values, sample.moment) if compiled.explain else None
    return {"applies": valid and holds, "why": why}
