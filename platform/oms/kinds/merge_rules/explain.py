"""Merge rules in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

ITSELF = N_("Orders are merged by themselves once nothing holds them.")
OFFERED = N_("The merge is offered; a person decides.")
SAME = N_("Orders of one buyer to one address, placed within {hours} hours of each other.")
ONLY = N_("Only orders where {condition}.")
BEFORE = N_("Only before stock is promised.")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    said = [
        translate(ITSELF if body.get("automatic") else OFFERED, locale),
        translate(SAME, locale, {"hours": body.get("within_hours", 24)}),
    ]
    if "when" in body:
        condition = expression_sentence(body["when"], configuration.subject("order"), locale)
        said.append(translate(ONLY, locale, {"condition": condition}))
    if body.get("only_unallocated"):
        said.append(translate(BEFORE, locale))
    return said
