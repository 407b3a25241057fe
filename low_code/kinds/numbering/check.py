"""A pattern must hold its counter once, and enough of the date that no number comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.numbering.compile import DAY_TOKENS, SEQUENCE, TOKEN
from low_code.registry import Configuration

UNKNOWN_TOKEN = N_("“{token}” is not known; use one of: {tokens}.")
ONE_COUNTER = N_("The pattern needs the counter exactly once, as “seq” with its digits in braces.")
STRAY_BRACE = N_("A brace that opens nothing or closes nothing.")
WOULD_REPEAT = {
    "year": N_("Counting starts again each year, so the pattern must show the year; numbers would repeat."),
    "month": N_("Counting starts again each month, so the pattern must show year and month; numbers would repeat."),
    "day": N_("Counting starts again each day, so the pattern must show the whole date; numbers would repeat."),
}

TOKENS = "{yyyy}, {yy}, {mm}, {dd}, {seq:6}"
_NEEDED: Mapping[str, tuple[str, ...]] = {"never": (), "year": ("y",), "month": ("y", "m"), "day": ("y", "m", "d")}


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    pattern: str = body["pattern"]
    tokens = TOKEN.findall(pattern)
    found = [
        _at("token_unknown", UNKNOWN_TOKEN, token=f"{{{token}}}", tokens=TOKENS)
        for token in tokens
        if token not in DAY_TOKENS and not SEQUENCE.fullmatch(token)
    ]
    if sum(token.startswith("seq") for token in tokens) != 1:
        found.append(_at("one_counter", ONE_COUNTER))
    if set("{}") & set(TOKEN.sub("", pattern)):
        found.append(_at("stray_brace", STRAY_BRACE))
    reset = body.get("reset", "never")
    shown = {token[0] for token in tokens if token in DAY_TOKENS}
    if not set(_NEEDED[reset]) <= shown:
        found.append(_at("numbers_would_repeat", WOULD_REPEAT[reset]))
    return found


def _at(code: str, message: str, **facts: Any) -> Diagnostic:
    return Diagnostic(pointer="/pattern", code=code, message=message, facts=facts)
