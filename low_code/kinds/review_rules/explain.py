"""Review rules in words, one sentence a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

HOLD = N_("{number}. If {condition}: hold ({hold}) – {reason}")
PASS = N_("{number}. If {condition}: it passes, and no rule below is looked at.")
NOTE = N_("{number}. If {condition}: note – {reason}")
STOPS = N_("No rule below is then looked at.")
OFF = N_("(not in use)")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    subject = configuration.subject(configuration.registry.kind_subjects["review_rules"])
    said = []
    for number, rule in enumerate(body["rules"], start=1):
        outcome = rule["outcome"]
        texts = outcome.get("reason") or outcome.get("text") or {}
        term = configuration.registry.term("hold_types", outcome.get("hold_type", ""))
        facts = {
            "number": number,
            "condition": expression_sentence(rule["when"], subject, locale),
            "hold": term.label(locale) if term else outcome.get("hold_type", ""),
            "reason": texts.get(locale) or texts.get("en", ""),
        }
        sentence = translate({"hold": HOLD, "pass": PASS, "note": NOTE}[outcome["do"]], locale, facts)
        if rule.get("stop") and outcome["do"] != "pass":
            sentence = f"{sentence} {translate(STOPS, locale)}"
        said.append(sentence if rule.get("enabled", True) else f"{sentence} {translate(OFF, locale)}")
    return said
