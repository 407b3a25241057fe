"""Grading rules, ready to ask: of one customer, and in SQL of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.expressions import Checked, Environment, Evaluate, Sql, SqlBinding, compile_closure, compile_sql
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression
from low_code.traces import DocumentUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRule:
    """grade: None where the rule only gives tags"""

    id: str
    names: Mapping[str, str]
    grade: str | None
    tags: tuple[str, ...]
    checked: Checked
    holds: Evaluate


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    grade: str | None
    rule: str | None  # that gave the grade
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGrading:
    """The rules in use, in rank order. managed: every tag that some rule gives"""

    key: str
    rules: tuple[GradeRule, ...]
    managed: tuple[str, ...]
    document: DocumentUsed

    def grade(self, values: Mapping[str, Any], moment: Environment) -> Graded:
        hits = [rule for rule in self.rules if rule.holds(values, moment)]
        first = next((rule for rule in hits if rule.grade is not None), None)
        tags = tuple(dict.fromkeys(tag for rule in hits for tag in rule.tags))
        return Graded(grade=first.grade if first else None, rule=first.id if first else None, tags=tags)

    def sql(self, binding: SqlBinding) -> tuple[Sql, ...]:
        """Each rule as a condition over the rows of `binding`; placeholders begin with `g0_`, `g1_` …"""
        return tuple(compile_sql(rule.checked, binding, prefix=f"g{number}_") for number, rule in enumerate(self.rules))


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> CustomerGrading:
    subject = configuration.subject("graded_customer")
    rules = []
    for rule in body["rules"]:
        if rule.get("enabled", True):
            checked = checked_expression(rule["when"], subject)
            rules.append(
                GradeRule(
                    id=rule["id"], names=rule["name"], grade=rule.get("grade"), tags=tuple(rule.get("tags", ())),
                    checked=checked, holds=compile_closure(checked),
                )
            )  # fmt: skip
    return CustomerGrading(
        key=key,
        rules=tuple(rules),
        managed=tuple(dict.fromkeys(tag for rule in rules for tag in rule.tags)),
        document=configuration.document_used("customer_grading", key),
    )
