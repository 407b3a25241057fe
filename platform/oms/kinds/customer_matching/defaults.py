"""To begin with: the same tax number is the same customer; the same phone or e-mail is looked at by a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from low_code.registry import Registry


def defaults(registry: Registry) -> Mapping[str, Any]:
    def rule(key: str, verdict: str, en: str, zh: str) -> dict[str, Any]:
        return {"id": key, "name": {"en": en, "zh-CN": zh}, "keys": [key], "verdict": verdict}

    rules = [
        rule("tax_number", "same", "Same tax number", "税号相同"),
        rule("phone", "suspect", "Same phone", "电话相同"),
        rule("email", "suspect", "Same e-mail", "邮箱相同"),
    ]
    return {"standard": {"name": {"en": "Standard", "zh-CN": "标准"}, "rules": rules}}
