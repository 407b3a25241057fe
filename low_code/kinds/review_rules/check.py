"""Ids that are unique, and rules that can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.i18n import N_
from low_code.diagnostics import Diagnostic
from low_code.kinds.review_rules.compile import RISK
from low_code.kinds.unique_ids import repeated_ids
from low_code.registry import Configuration

UNREACHABLE = N_("“{above}” ends the review whenever it applies and has the same condition, so this never applies.")

NO_LIMITS = N_("This rule gives points, but the document does not say from how many on an order is held or refused.")
RESERVED = N_("“risk” names the score as a whole; give the rule another id.")
CROSSED = N_("An order would be refused before it is held: the limit to hold must be lower.")
LIMITS_MISSING = N_("Say from how many points on an order is held, or refused.")


def check(key: str, body: Mapping[str, Any], configuration: Configuration) -> list[Diagnostic]:
    return repeated_ids(body["rules"], "/rules") + _unreachable(body["rules"]) + _risk(body)


def _risk(body: Mapping[str, Any]) -> list[Diagnostic]:
    """Rules that score and limits need each other; the word that names the score is not a rule's."""
    risk, found = body.get("risk"), []
    scoring = [index for index, rule in enumerate(body["rules"]) if rule["outcome"]["do"] == "score"]
    if risk is None:
        return [
            Diagnostic(
                pointer=f"/rules/{index}", code="score_without_limits", message=NO_LIMITS, facts={}, severity="warning"
            )
            for index in scoring
        ]
    for index, rule in enumerate(body["rules"]):
        if rule["id"] == RISK:
            found.append(Diagnostic(pointer=f"/rules/{index}/id", code="id_reserved", message=RESERVED, facts={}))
    if "hold_from" in risk and risk["hold_from"] >= risk.get("refuse_from", risk["hold_from"] + 1):
        found.append(Diagnostic(pointer="/risk/hold_from", code="limits_cross", message=CROSSED, facts={}))
    if "hold_from" not in risk and "refuse_from" not in risk:
        found.append(Diagnostic(pointer="/risk", code="limits_missing", message=LIMITS_MISSING, facts={}))
    return found


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
