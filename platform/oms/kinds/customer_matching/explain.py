"""Matching rules in words, one sentence a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration

KEYS = {
    "phone": N_("phone number"),
    "email": N_("e-mail address"),
    "tax_number": N_("tax number"),
    "name_postal": N_("name and postal code"),
}
AND = N_(" and ")
SAME = N_("Whoever has the same {keys} is the same customer.")
SUSPECT = N_("Whoever has the same {keys} becomes a new customer, and a person looks at the pair.")
OFF = N_("(not in use)")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    said = []
    for number, rule in enumerate(body["rules"], start=1):
        keys = translate(AND, locale).join(translate(KEYS[one], locale) for one in rule["keys"])
        sentence = translate(SAME if rule["verdict"] == "same" else SUSPECT, locale, {"keys": keys})
        off = "" if rule.get("enabled", True) else f" {translate(OFF, locale)}"
        said.append(f"{number}. {sentence}{off}")
    return said
