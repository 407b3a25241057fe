"""Strategies that each say something new, with the settings that they need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration

NEEDS_SETTINGS = N_("“{strategy}” needs settings.")
NEEDS_TABLE = N_("“{strategy}” needs the table of freight below.")
CLASSES_MISSING = N_("Name the groups, the first before the others.")
SAME_TWICE = N_("The same strategy stands above; this one never decides.")


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    found = repeated_ids(body["strategies"], "/strategies")
    seen: list[tuple[str, Any]] = []
    for index, entry in enumerate(body["strategies"]):
        pointer = f"/strategies/{index}"
        term = configuration.registry.term("sourcing_strategies", entry["strategy"])
        if term is not None and term.params and term.params.get("required") and "params" not in entry:
            facts = {"strategy": term.id}
            found.append(Diagnostic(pointer=pointer, code="needs_settings", message=NEEDS_SETTINGS, facts=facts))
        if entry["strategy"] == "cheapest_freight" and "freight" not in body:
            facts = {"strategy": term.id if term is not None else entry["strategy"]}
            found.append(Diagnostic(pointer=pointer, code="needs_table", message=NEEDS_TABLE, facts=facts))
        if (entry["strategy"], entry.get("params")) in seen:
            found.append(Diagnostic(pointer=pointer, code="same_twice", message=SAME_TWICE, severity="warning"))
        seen.append((entry["strategy"], entry.get("params")))
    for index, entry in enumerate(body.get("queue", ())):
        if entry["by"] == "customer_class" and "classes" not in entry:
            found.append(Diagnostic(pointer=f"/queue/{index}", code="classes_missing", message=CLASSES_MISSING))
    return found
