"""Whether one order would take part."""

from __future__ import annotations

from typing import Any

from low_code.registry import Sample
from oms.kinds.merge_rules.compile import MergeRules


def simulate(compiled: MergeRules, sample: Sample) -> dict[str, Any]:
    return {"takes_part": compiled.when is None or bool(compiled.when(sample.values, sample.moment))}
