"""Review rules, ready to run: for one subject by closures, for a set of them by SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
RISK = "risk"  # the id of what the score amounts to, among those of the rules
RISK_NAMES = {"en": "Risk score", "zh-CN": "风险分"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """do: hold, pass, note or score; of the whole score: hold or refuse.

    hold_type  a word of the vocabulary `hold_types`; "" unless it holds
    texts      reason of a hold or text of a note, by language
    points     what a rule that scores adds; of the whole score, their sum
    """

    do: str
    hold_type: str
    texts: Mapping[str, str]
    points: int = 0

    def to_json(self) -> dict[str, Any]:
        told = {"do": self.do, "hold_type": self.hold_type, "texts": dict(self.texts)}
        return {**told, "points": self.points} if self.points else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What follows from the score. hold_from, refuse_from: points; None: never. hold_type: also of a refusal where
    nobody can be told, as in a file"""

    hold_from: int | None
    refuse_from: int | None
    hold_type: str
    texts: Mapping[str, str]

    def outcome(self, score: int) -> Outcome | None:
        """None where the score is too low for anything."""
        for do, limit in (("refuse", self.refuse_from), ("hold", self.hold_from)):
            if limit is not None and score >= limit:
                return Outcome(do=do, hold_type=self.hold_type, texts=self.texts, points=score)
        return None


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


def score_of(outcomes: Iterable[Outcome]) -> int:
    """The points that rules gave, in all."""
    return sum(outcome.points for outcome in outcomes if outcome.do == "score")


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
    risk: Risk | None = None

    def on_score(self, outcomes: Iterable[Outcome]) -> Hit | None:
        """What the points of these outcomes amount to: a hit of its own, or None."""
        if self.risk is None:
            return None
        outcome = self.risk.outcome(score_of(outcomes))
        return Hit(rule_id=RISK, names=RISK_NAMES, outcome=outcome) if outcome else None

    def evaluate(self, values: Mapping[str, Any], moment: Environment) -> tuple[Hit, ...]:
        """The rules that apply, in rank order, and last what their score amounts to. About 1 µs per rule."""
        hits = []
        for rule in self.rules:
            if rule.holds(values, moment):
                hits.append(Hit(rule_id=rule.id, names=rule.names, outcome=rule.outcome))
                if rule.ends:
                    break
        judged = self.on_score(hit.outcome for hit in hits)
        return (*hits, judged) if judged else tuple(hits)

    def trace(self, values: Mapping[str, Any], moment: Environment) -> Trace:
        """Why each rule applied or not, with the explanation tree of its condition; for the decision log."""
        hits = self.evaluate(values, moment)
        applied = {hit.rule_id for hit in hits}
        known = {rule.id for rule in self.rules}
        told, reached = [], True
        for rule in self.rules:
            reason = (APPLIES if rule.id in applied else DOES_NOT_APPLY) if reached else NOT_REACHED
            facts = {"explanation": rule.explain(values, moment)} if reached else {}
            told.append(Candidate(id=rule.id, reason=reason, facts=facts))
            reached = reached and not (rule.ends and rule.id in applied)
        return Trace(
            decision="review",
            document=self.document,
            rules=tuple(hit.rule_id for hit in hits if hit.rule_id in known),
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
        risk=_risk(body.get("risk")),
    )


def _risk(risk: Mapping[str, Any] | None) -> Risk | None:
    if risk is None:
        return None
    return Risk(
        hold_from=risk.get("hold_from"), refuse_from=risk.get("refuse_from"),
        hold_type=risk.get("hold_type", "review"), texts=risk.get("reason") or RISK_NAMES,
    )  # fmt: skip


def _outcome(outcome: Mapping[str, Any]) -> Outcome:
    return Outcome(
        do=outcome["do"],
        hold_type=outcome.get("hold_type", ""),
        texts=outcome.get("reason") or outcome.get("text") or {},
        points=outcome.get("points", 0),
    )
