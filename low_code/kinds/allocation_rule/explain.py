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
    said.append(translate(SHORT[body.get("on_short", "backorder")], locale))
    return said
