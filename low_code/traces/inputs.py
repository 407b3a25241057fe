"""What a decision read, as it is kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.expressions.explain import shown


def read_inputs(paths: frozenset[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the paths hold, as plain JSON; fields of rows are left to the explanation trees."""
    inputs: dict[str, Any] = {}
    for path in sorted(paths):
        at: Any = values
        for part in path.split("."):
            at = at.get(part) if isinstance(at, Mapping) else None
        if not isinstance(at, Mapping | list | tuple):
            inputs[path] = shown(at)
    return inputs
