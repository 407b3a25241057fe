"""Which rules would look at one order, and whether it may be split at all."""

from __future__ import annotations

from typing import Any

from low_code.registry import Sample
from oms.kinds.split_rules.compile import SplitRules


def simulate(compiled: SplitRules, sample: Sample) -> dict[str, Any]:
    sealed = compiled.never is not None and bool(compiled.never(sample.values, sample.moment))
    considered = [rule.id for rule in compiled.rules if rule.when is None or rule.when(sample.values, sample.moment)]
    return {"sealed": sealed, "considered": [] if sealed else considered}
