"""Split rules, ready to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from low_code.expressions import Evaluate, compile_closure
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression
from low_code.traces import DocumentUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRule:
    """how    location, value, weight (kg), amount (with tax) or quantity (base units)
    value  of a line, for `value`; most: of one order, for the last three
    """

    id: str
    names: Mapping[str, str]
    how: str
    when: Evaluate | None
    value: Evaluate | None
    most: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRules:
    """The rules in use, in rank order. never: orders that may be neither split nor merged, with the reason."""

    key: str
    automatic: bool
    never: Evaluate | None
    never_reason: Mapping[str, str]
    rules: tuple[SplitRule, ...]
    document: DocumentUsed


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> SplitRules:
    order, line = configuration.subject("order"), configuration.subject("line")

    def condition(expression: Any) -> Evaluate:
        return compile_closure(checked_expression(expression, order))

    never = body.get("never")
    rules = tuple(
        SplitRule(
            id=rule["id"],
            names=rule["name"],
            how=rule["by"]["how"],
            when=condition(rule["when"]) if "when" in rule else None,
            value=compile_closure(checked_expression(rule["by"]["value"], line, "string"))
            if "value" in rule["by"]
            else None,
            most=Decimal(str(rule["by"]["most"])) if "most" in rule["by"] else None,
        )
        for rule in body["rules"]
        if rule.get("enabled", True)
    )
    return SplitRules(
        key=key,
        automatic=body.get("automatic", False),
        never=condition(never["when"]) if never else None,
        never_reason=never["reason"] if never else {},
        rules=rules,
        document=configuration.document_used("split_rules", key),
    )
