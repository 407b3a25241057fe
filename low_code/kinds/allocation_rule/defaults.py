"""One rule to begin with: the first strategy that the domain registered and that needs no settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.registry import Registry


def defaults(registry: Registry) -> Mapping[str, Any]:
    terms = registry.vocabulary("sourcing_strategies").terms.values()
    plain = [term.id for term in terms if not (term.params or {}).get("required")]
    if not plain:
        return {}
    return {
        "standard": {
            "name": {"en": "Standard", "zh-CN": "标准"},
            "strategies": [{"id": "s1", "strategy": plain[0]}],
            "allow_split": True,
            "on_short": "backorder",
        }
    }
