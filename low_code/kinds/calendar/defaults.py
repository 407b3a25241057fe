"""The usual week, to begin with; holidays differ from country to country and from year to year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.registry import Registry


def defaults(registry: Registry) -> Mapping[str, Any]:
    return {
        "standard": {
            "name": {"en": "Working days", "zh-CN": "工作日历"},
            "week": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        }
    }
