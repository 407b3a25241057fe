"""One order type to begin with, made of the first word of each vocabulary that the domain registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.registry import Registry


def defaults(registry: Registry) -> Mapping[str, Any]:
    channels = list(registry.vocabulary("channels").terms)
    policies = list(registry.vocabulary("credit_policies").terms)
    if not channels or not policies:
        return {}
    return {
        "standard": {
            "name": {"en": "Standard", "zh-CN": "标准"},
            "channels": channels,
            "numbering": "standard",
            "review_rules": "standard",
            "allocation_rule": "standard",
            "credit": {"policy": policies[0], "check_at": list(registry.vocabulary("check_points").terms)[:1]},
            "tax": {"prices_include_tax": False},
            "rounding": {"level": "line", "mode": "half_up"},
            "allow_backorder": True,
            "auto_allocate": True,
        }
    }
