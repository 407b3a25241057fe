"""Split rules in words, one sentence a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

ITSELF = N_("Orders are split by themselves once nothing holds them.")
OFFERED = N_("The split is offered; a person decides.")
NEVER = N_("Never split or merged: {condition} ({reason}).")
IF = N_("If {condition}:")
BY = {
    "location": N_("one order per location that promised goods."),
    "value": N_("one order per value of: {value}."),
    "weight": N_("no order weighs more than {most} kg."),
    "amount": N_("no order comes to more than {most}."),
    "quantity": N_("no order has more than {most} units."),
}
OFF = N_("(not in use)")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    order, line = configuration.subject("order"), configuration.subject("line")
    said = [translate(ITSELF if body.get("automatic") else OFFERED, locale)]
    if never := body.get("never"):
        reason = never["reason"].get(locale) or never["reason"]["en"]
        facts = {"condition": expression_sentence(never["when"], order, locale), "reason": reason}
        said.append(translate(NEVER, locale, facts))
    for number, rule in enumerate(body["rules"], start=1):
        by = rule["by"]
        facts = {"most": by.get("most", ""), "value": expression_sentence(by["value"], line, locale) if "value" in by
                 else ""}  # fmt: skip
        sentence = translate(BY[by["how"]], locale, facts)
        if "when" in rule:
            condition = {"condition": expression_sentence(rule["when"], order, locale)}
            sentence = f"{translate(IF, locale, condition)} {sentence}"
        off = "" if rule.get("enabled", True) else f" {translate(OFF, locale)}"
        said.append(f"{number}. {sentence}{off}")
    return said
