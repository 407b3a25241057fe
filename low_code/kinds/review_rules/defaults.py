"""No rule to begin with: nothing is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.registry import Registry


def defaults(registry: Registry) -> Mapping[str, Any]:
    return {"standard": {"name": {"en": "Standard", "zh-CN": "标准"}, "rules": []}}
