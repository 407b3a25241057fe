"""No field to begin with, on every entity that may have some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.registry import Registry


def defaults(registry: Registry) -> Mapping[str, Any]:
    return {key: {"fields": []} for key in registry.entities}
