"""An order type in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration

CHANNELS = N_("Orders come in through: {channels}.")
CREDIT = N_("Credit: {policy}; checked at: {points}.")
NUMBERED = N_("Numbers are made by “{numbering}”.")
REVIEWED = N_("Reviewed by “{review_rules}”.")
APPROVED = N_("The first that applies of these flows must approve: {flows}.")
ALLOCATED = N_("Stock is allocated by “{rule}”, {when}.")
AT_ONCE, BY_HAND = N_("at once"), N_("when somebody asks for it")
BACKORDERS = N_("Orders may wait for stock.")
NO_BACKORDERS = N_("Orders may not wait for stock.")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    def labels(vocabulary: str, ids: list[str]) -> str:
        terms = [configuration.registry.term(vocabulary, term_id) for term_id in ids]
        shown = [term.label(locale) if term else term_id for term, term_id in zip(terms, ids, strict=True)]
        return ", ".join(shown) or "—"

    def say(sentence: str, **facts: str) -> str:
        return translate(sentence, locale, facts)

    said = [say(CHANNELS, channels=labels("channels", body["channels"]))]
    said.append(say(NUMBERED, numbering=body["numbering"]))
    if "review_rules" in body:
        said.append(say(REVIEWED, review_rules=body["review_rules"]))
    if body.get("approvals"):
        said.append(say(APPROVED, flows=", ".join(body["approvals"])))
    policy, points = body["credit"]["policy"], body["credit"].get("check_at", [])
    said.append(say(CREDIT, policy=labels("credit_policies", [policy]), points=labels("check_points", points)))
    when = translate(AT_ONCE if body.get("auto_allocate", True) else BY_HAND, locale)
    said.append(say(ALLOCATED, rule=body["allocation_rule"], when=when))
    said.append(say(BACKORDERS if body.get("allow_backorder") else NO_BACKORDERS))
    return said
