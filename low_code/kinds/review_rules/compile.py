"""Review rules, ready to run: for one subject by closures, for a set of them by SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_
from low_code.expressions import Checked, Environment, Evaluate, Sql, SqlBinding, compile_closure, compile_sql, reads
from low_code.expressions.explain import Explain, explainer
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression
from low_code.traces import Candidate, DocumentUsed, Trace, read_inputs

APPLIES = N_("The condition holds.")
DOES_NOT_APPLY = N_("The condition does not hold.")
NOT_REACHED = N_("A rule above it ended the review.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """do: hold, pass or note.

    hold_type  a word of the vocabulary `hold_types`; "" unless it holds
    texts      reason of a hold or text of a note, by language
    """

    do: str
    hold_type: str
    texts: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return {"do": self.do, "hold_type": self.hold_type, "texts": dict(self.texts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """ends: no rule below it is looked at once it applies (it says so, or lets the subject pass)."""

    id: str
    names: Mapping[str, str]
    outcome: Outcome
    ends: bool
    checked: Checked
    holds: Evaluate
    explain: Explain


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    rule_id: str
    names: Mapping[str, str]
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSql:
    """One rule for a set of subjects. Rules stand in their order; one that `ends` shields those below it."""

    rule_id: str
    outcome: Outcome
    ends: bool
    condition: Sql


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """The rules in use, in rank order."""

    key: str
    rules: tuple[Rule, ...]
    reads: frozenset[str]
    document: DocumentUsed

    def evaluate(self, values: Mapping[str, Any], moment: Environment) -> tuple[Hit, ...]:
        """The rules that apply, in rank order. About 1 µs per rule."""
        hits = []
        for rule in self.rules:
            if rule.holds(values, moment):
                hits.append(Hit(rule_id=rule.id, names=rule.names, outcome=rule.outcome))
                if rule.ends:
                    break
        return tuple(hits)

    def trace(self, values: Mapping[str, Any], moment: Environment) -> Trace:
        """Why each rule applied or not, with the explanation tree of its condition; for the decision log."""
        hits = self.evaluate(values, moment)
        applied = {hit.rule_id for hit in hits}
        told, reached = [], True
        for rule in self.rules:
            reason = (APPLIES if rule.id in applied else DOES_NOT_APPLY) if reached else NOT_REACHED
            facts = {"explanation": rule.explain(values, moment)} if reached else {}
            told.append(Candidate(id=rule.id, reason=reason, facts=facts))
            reached = reached and not (rule.ends and rule.id in applied)
        return Trace(
            decision="review",
            document=self.document,
            rules=tuple(hit.rule_id for hit in hits),
            inputs=read_inputs(self.reads, values),
            outcome=[hit.outcome.to_json() for hit in hits],
            winner=next((candidate for candidate in told if candidate.id in applied), None),
            losers=tuple(candidate for candidate in told if candidate.id not in applied),
        )

    def sql(self, binding: SqlBinding) -> tuple[RuleSql, ...]:
        """Every rule as a condition over the rows of `binding`; placeholders begin with `r0_`, `r1_` …"""
        return tuple(
            RuleSql(
                rule_id=rule.id,
                outcome=rule.outcome,
                ends=rule.ends,
                condition=compile_sql(rule.checked, binding, prefix=f"r{number}_"),
            )
            for number, rule in enumerate(self.rules)
        )


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> ReviewRules:
    subject = configuration.subject(configuration.registry.kind_subjects["review_rules"])
    rules = []
    for rule in body["rules"]:
        if rule.get("enabled", True):
            checked = checked_expression(rule["when"], subject)
            outcome = _outcome(rule["outcome"])
            rules.append(
                Rule(
                    id=rule["id"],
                    names=rule["name"],
                    outcome=outcome,
                    ends=rule.get("stop", False) or outcome.do == "pass",
                    checked=checked,
                    holds=compile_closure(checked),
                    explain=explainer(checked),
                )
            )
    return ReviewRules(
        key=key,
        rules=tuple(rules),
        reads=frozenset(path for rule in rules for path in reads(rule.checked)),
        document=configuration.document_used("review_rules", key),
    )


def _outcome(outcome: Mapping[str, Any]) -> Outcome:
    return Outcome(
        do=outcome["do"],
        hold_type=outcome.get("hold_type", ""),
        texts=outcome.get("reason") or outcome.get("text") or {},
    )
