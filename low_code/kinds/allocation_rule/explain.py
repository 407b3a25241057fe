"""An allocation rule in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_, translate
from low_code.registry import Configuration
from low_code.registry.checking import expression_sentence

TAGGED = N_("Only locations with one of these tags ship: {tags}.")
FILTERED = N_("Only locations ship where {condition}.")
PREFER = N_("Preferred first: {strategy}.")
THEN = N_("Then: {strategy}.")
SPLIT = {True: N_("Several locations may ship one order."), False: N_("One location ships the whole order.")}
WHOLE = N_("A line is never split.")
PARTIAL = {
    "allow": N_("What is there goes, the rest follows."),
    "whole_line": N_("A line goes when all of it is there."),
    "whole_order": N_("Nothing goes until all of it is there."),
}
NO_SPLIT_BELOW = N_("Below a total of {amount} one location ships the whole order.")
QUEUE = N_("Served first: {keys}.")
QUEUE_KEYS = {
    "priority": N_("by priority"),
    "promise_on": N_("by the promised day"),
    "customer_class": N_("by customer group ({classes})"),
    "placed_at": N_("who came first"),
}
TAKES = N_("A higher priority may take what was promised to a lower one and is not shipped.")
SHORT = {
    "backorder": N_("What no location has waits for stock."),
    "hold": N_("What no location has puts the order on hold."),
    "reject": N_("What no location has is refused."),
}


def explain(key: str, body: Mapping[str, Any], configuration: Configuration, locale: str) -> list[str]:
    said, only = [], body.get("only", {})
    if "tags" in only:
        said.append(translate(TAGGED, locale, {"tags": ", ".join(only["tags"])}))
    if "when" in only:
        subject = configuration.subject(configuration.registry.kind_subjects["allocation_rule"])
        said.append(translate(FILTERED, locale, {"condition": expression_sentence(only["when"], subject, locale)}))
    for index, entry in enumerate(body["strategies"]):
        term = configuration.registry.term("sourcing_strategies", entry["strategy"])
        facts = {"strategy": term.label(locale) if term else entry["strategy"]}
        said.append(translate(THEN if index else PREFER, locale, facts))
    said.append(translate(SPLIT[body.get("allow_split", True)], locale))
    if body.get("whole_line"):
        said.append(translate(WHOLE, locale))
    if body.get("partial", "allow") != "allow":
        said.append(translate(PARTIAL[body["partial"]], locale))
    if "no_split_below" in body:
        said.append(translate(NO_SPLIT_BELOW, locale, {"amount": body["no_split_below"]}))
    said.append(translate(SHORT[body.get("on_short", "backorder")], locale))
    if "queue" in body:
        keys = [
            translate(QUEUE_KEYS[entry["by"]], locale, {"classes": ", ".join(entry.get("classes", ()))})
            for entry in body["queue"]
        ]
        said.append(translate(QUEUE, locale, {"keys": ", ".join(keys)}))
    if body.get("may_take_from_lower"):
        said.append(translate(TAKES, locale))
    return said
