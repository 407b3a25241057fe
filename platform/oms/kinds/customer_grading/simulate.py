"""What the rules make of one customer."""

from __future__ import annotations

from typing import Any

from low_code.registry import Sample
from oms.kinds.customer_grading.compile import CustomerGrading


def simulate(compiled: CustomerGrading, sample: Sample) -> dict[str, Any]:
    graded = compiled.grade(sample.values, sample.moment)
    return {"grade": graded.grade, "rule": graded.rule, "tags": list(graded.tags)}
