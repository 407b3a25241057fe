"""Grading rules in words, one sentence a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

GRADE = N_("If {condition}: grade {grade}.")
TAGS = N_("If {condition}: tags {tags}.")
BOTH = N_("If {condition}: grade {grade}, tags {tags}.")
OFF = N_("(not in use)")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    subject = configuration.subject("graded_customer")
    said = []
    for number, rule in enumerate(body["rules"], start=1):
        facts = {
            "condition": expression_sentence(rule["when"], subject, locale), "grade": rule.get("grade", ""),
            "tags": ", ".join(rule.get("tags", ())),
        }  # fmt: skip
        sentence = BOTH if "grade" in rule and rule.get("tags") else GRADE if "grade" in rule else TAGS
        off = "" if rule.get("enabled", True) else f" {translate(OFF, locale)}"
        said.append(f"{number}. {translate(sentence, locale, facts)}{off}")
    return said
