"""Tests inside documents: run at every check, and what fails keeps the document from being published."""

from __future__ import annotations

from typing import Any

import pytest

from low_code.registry.checking import check_document
from tests.support.low_code import a_configuration, above, hold_when, named, review_rules

FLOW = {
    "name": named("Big orders"),
    "subject": {"of": "order"},
    "trigger": {"when": above("100")},
    "steps": [
        {
            "id": "split",
            "type": "branch",
            "cases": [
                {"id": "huge", "when": above("1000"), "steps": [{"id": "boss", "type": "approve", "name": named("Boss"), "who": [{"role": "admin"}], "mode": "any"}]},
                {"id": "rest", "else": True, "steps": []},
            ],
        },
        {"id": "finance", "type": "approve", "name": named("Finance"), "who": [{"manager": {"level": 2}}], "mode": "any"},
    ],
}  # fmt: skip
RULE = {
    "name": named("A"),
    "only": {"tags": ["eu"], "when": {"==": [{"var": "location.region"}, "north"]}},
    "strategies": [{"id": "s", "strategy": "fewest_splits"}],
}
FIELDS = {
    "fields": [{"id": "f", "key": "floor", "labels": named("Floor"), "type": "integer", "required": True, "max": "9"}]
}
NUMBERS = {"name": named("N"), "pattern": "SO-{yyyy}-{seq:4}", "reset": "year"}
NORTH = {"id": "n", "tags": ["eu"], "values": {"location": {"region": "north"}}}

PASSING = [
    ("review_rules", review_rules(hold_when("big", above("100"))), {"given": {"order": {"total": "100.01"}}, "expect": {"hits": ["big"], "holds": ["review"]}}),
    ("review_rules", review_rules(hold_when("big", above("100"))), {"given": {"order": {"total": 100}}, "expect": {"hits": []}}),
    ("approval_flow", FLOW, {"given": {"order": {"total": "5000"}}, "expect": {"path": ["split", "boss", "finance"], "ends": "approved"}}),
    ("approval_flow", FLOW, {"given": {"order": {"total": "50"}}, "expect": {"needed": False}}),
    ("allocation_rule", RULE, {"with": {"locations": [NORTH, {"id": "s", "tags": ["eu"]}]}, "expect": {"considered": ["n"]}}),
    ("fields", FIELDS, {"with": {"given": {"floor": "3"}}, "expect": {"values": {"floor": 3}, "faults": {}}}),
    ("fields", FIELDS, {"with": {"given": {}}, "expect": {"faults": {"floor": "required"}}}),
    ("numbering", NUMBERS, {"today": "2027-03-01", "with": {"number": 7}, "expect": {"number": "SO-2027-0007", "period": "2027"}}),
]  # fmt: skip
KEYS = {"fields": "order"}


def problems(kind: str, body: dict[str, Any], *tests: dict[str, Any]) -> list[tuple[str, str]]:
    carried = {**body, "tests": [{"id": f"t{number}", **test} for number, test in enumerate(tests)]}
    key = KEYS.get(kind, "x")
    found = check_document(kind, key, carried, a_configuration({f"{kind}/{key}": carried}))
    return [(problem.pointer, problem.code) for problem in found]


@pytest.mark.parametrize(("kind", "body", "test"), PASSING)
def test_a_test_that_holds_says_nothing(kind: str, body: dict[str, Any], test: dict[str, Any]) -> None:
    assert problems(kind, body, test) == []


@pytest.mark.parametrize(("kind", "body", "test"), PASSING)
def test_a_test_that_expects_something_else_fails_at_its_place(
    kind: str, body: dict[str, Any], test: dict[str, Any]
) -> None:
    name, wanted = next(iter(test["expect"].items()))
    other: Any = (
        (not wanted)
        if isinstance(wanted, bool)
        else ["nobody"]
        if isinstance(wanted, list)
        else {"floor": "x"}
        if isinstance(wanted, dict)
        else "no"
    )

    assert (f"/tests/0/expect/{name}", "test_failed") in problems(kind, body, {**test, "expect": {name: other}})


def test_a_failure_says_what_was_expected_and_what_came_in_words() -> None:
    body = {
        **review_rules(hold_when("big", above("100"))),
        "tests": [{"id": "t", "name": "small order", "given": {"order": {"total": 5}}, "expect": {"hits": ["big"]}}],
    }

    (found,) = check_document("review_rules", "x", body, a_configuration({"review_rules/x": body}))

    assert found.severity == "error"
    assert found.sentence("en") == 'The test “small order” expects ["big"] for hits, but it is [].'
    assert found.sentence("zh-CN") == '测试“small order”预期 hits 为 ["big"]，实际为 []。'


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"order": {"totl": 5}}, "unknown_field"),
        ({"order": {"total": "five"}}, "not_a_value"),
        ({"order": 5}, "not_a_value"),
        ({"order": {"lines": {}}}, "not_a_value"),
        ({"order": {"lines": [{"qty": True}]}}, "not_a_value"),
        ({"order": {"channel": "moon"}}, "not_an_option"),
    ],
)  # fmt: skip
def test_a_sample_that_is_none_is_refused_instead_of_read_as_empty(given: Any, code: str) -> None:
    found = problems(
        "review_rules", review_rules(hold_when("big", above("100"))), {"given": given, "expect": {"hits": []}}
    )

    assert [each[1] for each in found] == [code]
    assert found[0][0].startswith("/tests/0/given")


def test_a_day_that_is_none_is_refused() -> None:
    assert problems("numbering", NUMBERS, {"today": "soon", "expect": {"period": "2026"}}) == [
        ("/tests/0/today", "bad_day")
    ]
