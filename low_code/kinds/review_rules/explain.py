"""Review rules in words, one sentence a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.kinds.review_rules.compile import RISK_NAMES
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

HOLD = N_("{number}. If {condition}: hold ({hold}) – {reason}")
PASS = N_("{number}. If {condition}: it passes, and no rule below is looked at.")
NOTE = N_("{number}. If {condition}: note – {reason}")
SCORE = N_("{number}. If {condition}: {points} points.")
SCORE_WHY = N_("{number}. If {condition}: {points} points – {reason}")
HOLD_FROM = N_("From {points} points on: hold ({hold}) – {reason}")
REFUSE_FROM = N_("From {points} points on: the order is refused.")
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
            "points": outcome.get("points", 0),
        }
        sentences = {"hold": HOLD, "pass": PASS, "note": NOTE, "score": SCORE_WHY if texts else SCORE}
        sentence = translate(sentences[outcome["do"]], locale, facts)
        if rule.get("stop") and outcome["do"] != "pass":
            sentence = f"{sentence} {translate(STOPS, locale)}"
        said.append(sentence if rule.get("enabled", True) else f"{sentence} {translate(OFF, locale)}")
    return said + _risk(body.get("risk") or {}, configuration, locale)


def _risk(risk: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    term = configuration.registry.term("hold_types", risk.get("hold_type", "review"))
    texts = risk.get("reason") or RISK_NAMES
    facts = {"hold": term.label(locale) if term else "", "reason": texts.get(locale) or texts.get("en", "")}
    said = []
    if "hold_from" in risk:
        said.append(translate(HOLD_FROM, locale, {**facts, "points": risk["hold_from"]}))
    if "refuse_from" in risk:
        said.append(translate(REFUSE_FROM, locale, {"points": risk["refuse_from"]}))
    return said
