"""A numbering in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from kernel.i18n import N_, translate
from low_code.kinds.numbering.compile import render
from low_code.registry import Configuration

LOOKS = N_("Numbers look like {example}.")
RESETS = {
    "never": N_("Counting never starts again."),
    "year": N_("Counting starts again each year."),
    "month": N_("Counting starts again each month."),
    "day": N_("Counting starts again each day."),
}
GAPLESS = N_("No number is left out.")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    example = render(body["pattern"], date(2026, 11, 22), body.get("start", 1))
    said = [translate(LOOKS, locale, {"example": example}), translate(RESETS[body.get("reset", "never")], locale)]
    return [*said, translate(GAPLESS, locale)] if body.get("gapless") else said
