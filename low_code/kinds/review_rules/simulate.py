"""What the rules say of one subject, and why."""

from __future__ import annotations

from typing import Any

from low_code.kinds.review_rules.compile import ReviewRules
from low_code.registry import Sample


def simulate(compiled: ReviewRules, sample: Sample) -> dict[str, Any]:
    trace = compiled.trace(sample.values, sample.moment)
    holds = [outcome["hold_type"] for outcome in trace.outcome if outcome["do"] == "hold"]
    score = sum(outcome["points"] for outcome in trace.outcome if outcome["do"] == "score" and "points" in outcome)
    return {"hits": list(trace.rules), "holds": holds, "score": score, "trace": trace.to_json()}
