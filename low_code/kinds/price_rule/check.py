"""The table, and outputs of the types that pricing expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.tables import check_embedded
from low_code.registry import Configuration

WRONG_OUTPUT_TYPE = N_("“{output}” must be of type {wanted}, not {given}.")


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    found = []
    for index, column in enumerate(body["table"]["outputs"]):
        term = configuration.registry.term("price_outputs", column["name"])
        wanted = term.facts.get("type") if term else None
        if wanted and column["type"] != wanted:
            facts = {"output": column["name"], "wanted": wanted, "given": column["type"]}
            pointer = f"/table/outputs/{index}/type"
            found.append(Diagnostic(pointer=pointer, code="wrong_output_type", message=WRONG_OUTPUT_TYPE, facts=facts))
    subject = configuration.subject(configuration.registry.kind_subjects["price_rule"])
    return found + check_embedded(key, body, subject)
