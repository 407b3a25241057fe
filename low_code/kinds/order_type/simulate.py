"""An order type decides nothing alone; simulating it shows which documents would."""

from __future__ import annotations

from typing import Any

from low_code.kinds.order_type.compile import OrderType
from low_code.registry import Sample


def simulate(compiled: OrderType, sample: Sample) -> dict[str, Any]:
    return {
        "numbering": compiled.numbering,
        "review_rules": compiled.review_rules,
        "approval_flows": list(compiled.approval_flows),
        "price_rules": list(compiled.price_rules),
        "allocation_rule": compiled.allocation_rule,
        "credit_policy": compiled.credit_policy,
    }
