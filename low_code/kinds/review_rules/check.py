"""Ids that are unique, and rules that can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration

UNREACHABLE = N_("“{above}” ends the review whenever it applies and has the same condition, so this never applies.")


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    return repeated_ids(body["rules"], "/rules") + _unreachable(body["rules"])


def _unreachable(rules: list[Mapping[str, Any]]) -> list[Diagnostic]:
    ending: list[Mapping[str, Any]] = []
    found = []
    for index, rule in enumerate(rules):
        if not rule.get("enabled", True):
            continue
        above = next((earlier for earlier in ending if earlier["when"] == rule["when"]), None)
        if above is not None:
            facts = {"above": above["name"]["en"]}
            found.append(
                Diagnostic(
                    pointer=f"/rules/{index}",
                    code="rule_unreachable",
                    message=UNREACHABLE,
                    facts=facts,
                    severity="warning",
                )
            )
        if rule.get("stop") or rule["outcome"]["do"] == "pass":
            ending.append(rule)
    return found
