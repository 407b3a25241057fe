from __future__ import annotations

from decimal import Decimal
from typing import Any

from low_code.expressions import Column, SqlBinding
from low_code.kinds.review_rules.compile import ReviewRules
from low_code.registry.checking import check_document
from low_code.traces import Trace
from tests.support.low_code import MOMENT, a_configuration, above, hold_when, named, registry, review_rules

ROW = {"order": {"total": Decimal(5000), "channel": "tmall", "rush": True, "lines": []}}


def compiled(*rules: dict[str, Any]) -> ReviewRules:
    body = review_rules(*rules)
    configuration = a_configuration({"review_rules/r": body}, release=7, hashes={"review_rules/r": "abc"})
    assert check_document("review_rules", "r", body, configuration) == []
    made: ReviewRules = configuration.compiled("review_rules", "r")
    return made


def hits(rules: ReviewRules, values: Any = ROW) -> list[str]:
    return [hit.rule_id for hit in rules.evaluate(values, MOMENT)]


def test_every_rule_that_applies_is_hit_in_rank_order() -> None:
    rules = compiled(hold_when("big", above("1000")), hold_when("huge", above("9000")), hold_when("all", above("0")))

    assert hits(rules) == ["big", "all"]


def test_a_rule_that_stops_or_lets_pass_shields_those_below() -> None:
    passing = {"id": "trusted", "name": named("Trusted"), "when": above("10"), "outcome": {"do": "pass"}}

    assert hits(compiled(passing, hold_when("all", above("0")))) == ["trusted"]
    assert hits(compiled(hold_when("first", above("10"), stop=True), hold_when("all", above("0")))) == ["first"]


def test_a_rule_that_is_not_in_use_is_not_looked_at() -> None:
    assert hits(compiled(hold_when("off", above("0"), enabled=False))) == []


def test_the_trace_says_why_each_rule_applied_or_not() -> None:
    rules = compiled(
        hold_when("low", above("9999")), hold_when("big", above("1000"), stop=True), hold_when("never", above("0"))
    )

    trace = rules.trace(ROW, MOMENT)

    assert trace.document is not None and (trace.document.release, trace.document.hash) == (7, "abc")
    assert trace.winner is not None and trace.winner.id == "big"
    assert trace.inputs == {"order.total": "5000"}
    assert [(loser.id, loser.reason) for loser in trace.losers] == [
        ("low", "The condition does not hold."),
        ("never", "A rule above it ended the review."),
    ]
    assert trace.losers[0].facts["explanation"]["operands"][0]["value"] == "5000"
    assert Trace.from_json(trace.to_json()) == trace


def test_rules_have_a_form_for_sets() -> None:
    rules = compiled(hold_when("big", above("1000")))

    (rule,) = rules.sql(SqlBinding(columns={"order.total": Column("o.total")}))

    assert "o.total" in rule.condition.text
    assert all(name.startswith("r0_") for name in rule.condition.params)


def test_what_is_wrong_with_rules_is_found_at_its_place() -> None:
    twice = hold_when("same", above("1"))
    wrong = hold_when("hold", above("1"))
    wrong["outcome"] = {**wrong["outcome"], "hold_type": "mystery"}
    passing = {"id": "p", "name": named("P"), "when": above("1"), "outcome": {"do": "pass"}}
    body = review_rules(twice, twice, wrong, passing, hold_when("below", above("1")))

    found = check_document("review_rules", "r", body, a_configuration())

    assert [(problem.pointer, problem.code, problem.severity) for problem in found] == [
        ("/rules/2/outcome/hold_type", "term_unknown", "error"),
        ("/rules/1/id", "id_repeated", "error"),
        ("/rules/4", "rule_unreachable", "warning"),
    ]


def test_rules_are_explained_in_both_languages() -> None:
    body = review_rules(hold_when("big", above("1000")))
    kind = registry().kinds["review_rules"]

    (english,) = kind.explain("r", body, a_configuration(), "en")
    (chinese,) = kind.explain("r", body, a_configuration(), "zh-CN")

    assert english.startswith("1. If Total") and english.endswith("hold (Review) – Please look")
    assert "总额" in chinese and chinese.endswith("请审核")
