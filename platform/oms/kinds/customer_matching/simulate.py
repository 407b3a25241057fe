"""What is compared; whom it finds depends on the customers that there are."""

from __future__ import annotations

from typing import Any

from low_code.registry import Sample
from oms.kinds.customer_matching.compile import CustomerMatching


def simulate(compiled: CustomerMatching, sample: Sample) -> dict[str, Any]:
    return {
        "compares": [{"rule": rule.id, "keys": list(rule.keys), "verdict": rule.verdict} for rule in compiled.rules]
    }
