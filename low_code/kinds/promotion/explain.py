"""A promotion in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

EFFECTS = {
    "percent": N_("{value} % off."),
    "amount": N_("{value} {currency} off, all together."),
    "amount_each": N_("{value} {currency} off each unit."),
    "fixed_price": N_("A unit costs {value} {currency}, if it is not cheaper anyway."),
    "buy_get": N_("For every {buy} units bought, {get} further units are {percent} % cheaper."),
    "bundle": N_("A set costs {price} {currency}:"),
    "waive": N_("Freight is waived."),
}
PART = N_("{quantity} units of lines where {condition}")
CHEAPER = N_("Those that get cheaper: lines where {condition}.")
WHEN = N_("Only if {condition}.")
LINES = N_("Only lines where {condition}.")
CODE = N_("Only with a coupon code.")
FROM, UNTIL = N_("From {day} on."), N_("Until the day before {day}.")
GROUP = N_("Of the group “{group}” only the one that takes most off applies.")
ALONE = N_("It stands alone: nothing before it, nothing after it.")
PRIORITY = N_("Priority {priority}; the higher comes first.")
MOST_AMOUNT = N_("All together at most {amount} {currency}.")
MOST_USES = N_("At most {uses} uses.")
MOST_EACH = N_("At most {uses} uses of each buyer.")
NOT_IN_USE = N_("(not in use)")


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    def say(sentence: str, **facts: Any) -> str:
        return translate(sentence, locale, facts)

    def condition(expression: Any, subject: str) -> str:
        return expression_sentence(expression, configuration.subject(subject), locale)

    effect, currency = body["effect"], body.get("currency", "")
    do = "amount_each" if effect["do"] == "amount" and effect.get("each") else effect["do"]
    said = [say(EFFECTS[do], **{"percent": "100", **effect, "currency": currency})]
    for part in effect.get("parts", ()):
        said.append(say(PART, quantity=part["quantity"], condition=condition(part["lines"], "line")))
    if "of" in effect:
        said.append(say(CHEAPER, condition=condition(effect["of"], "line")))
    if "when" in body:
        said.append(say(WHEN, condition=condition(body["when"], configuration.registry.kind_subjects["promotion"])))
    if "lines" in body:
        said.append(say(LINES, condition=condition(body["lines"], "line")))
    return [*said, *_limits(body, say), *([] if body.get("enabled", True) else [say(NOT_IN_USE)])]


def _limits(body: Mapping[str, Any], say: Any) -> list[str]:
    budget = body.get("budget", {})
    told = [
        ("coupon" in body and body["coupon"], CODE, {}),
        ("from" in body, FROM, {"day": body.get("from")}),
        ("to" in body, UNTIL, {"day": body.get("to")}),
        ("amount" in budget, MOST_AMOUNT, {"amount": budget.get("amount"), "currency": body.get("currency", "")}),
        ("uses" in budget, MOST_USES, {"uses": budget.get("uses")}),
        ("per_customer" in budget, MOST_EACH, {"uses": budget.get("per_customer")}),
        (body.get("priority", 0) != 0, PRIORITY, {"priority": body.get("priority")}),
        ("group" in body, GROUP, {"group": body.get("group")}),
        (body.get("exclusive", False), ALONE, {}),
    ]
    return [say(sentence, **facts) for holds, sentence, facts in told if holds]
