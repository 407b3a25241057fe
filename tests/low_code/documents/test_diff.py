from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from low_code.documents.canonical import canonical_body, canonical_text, document_hash
from low_code.documents.compare import compare_configurations
from low_code.documents.diff import Change, diff
from tests.support.low_code import a_configuration, above, hold_when, named, review_rules


def told(old: dict[str, Any], new: dict[str, Any], locale: str = "en") -> list[str]:
    before, after = a_configuration({"review_rules/r": old}), a_configuration({"review_rules/r": new})
    (compared,) = compare_configurations(before, after, locale)
    return list(compared.sentences)


def changes(old: Any, new: Any) -> list[tuple[str, str, Any, Any]]:
    return [(change.op, change.path, change.old, change.new) for change in diff(old, new)]


def test_things_are_found_by_id_and_not_by_place() -> None:
    old = {"rules": [{"id": "a", "x": 1}, {"id": "b", "x": 1}, {"id": "c", "x": 1}]}
    new = {"rules": [{"id": "n", "x": 1}, {"id": "b", "x": 2}, {"id": "a", "x": 1}]}

    assert changes(old, new) == [
        ("remove", "/rules/id=c", {"id": "c", "x": 1}, None),
        ("add", "/rules/id=n", None, {"id": "n", "x": 1}),
        ("replace", "/rules/id=b/x", 1, 2),
        ("move", "/rules/id=a", 1, 3),
    ]


def test_an_expression_is_compared_whole() -> None:
    assert changes({"when": above("10")}, {"when": above("20")}) == [("replace", "/when", above("10"), above("20"))]


def test_true_is_not_one() -> None:
    assert changes({"a": True}, {"a": 1}) == [("replace", "/a", True, 1)]


def test_changes_are_said_in_plain_sentences() -> None:
    rule = hold_when("big", above("1000"))
    old = review_rules(rule, hold_when("other", above("1")))
    new = review_rules({**rule, "when": above("2000"), "stop": True}, hold_when("new", above("5")))

    assert told(old, new) == [
        "Rules: removed “Rule other”",
        "Rules › Rule big › When: “Total is more than 1000” became “Total is more than 2000”",
        "Rules › Rule big › Stop here: set to yes",
        "Rules: added “Rule new”",
    ]


def test_changes_are_said_in_chinese() -> None:
    rule = hold_when("big", above("1000"))

    assert told(review_rules(rule), review_rules({**rule, "name": named("Rule big", "大额")}), "zh-CN") == [
        "规则 › 大额 › 名称 › 中文：设为“大额”"
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.decimals(-9, 9, places=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1), values, max_size=4))
def test_a_canonical_document_stays_as_it_is(body: dict[str, Any]) -> None:
    clean, problems = canonical_body(body)
    if problems:
        return

    assert canonical_body(clean) == (clean, [])
    assert document_hash(clean) == document_hash(dict(reversed(list(clean.items()))))
    assert diff(clean, clean) == []


def test_equal_content_has_one_text() -> None:
    one, _ = canonical_body({"b": Decimal("12.50"), "a": Decimal("5.0"), "c": "e\u0301"})
    two, _ = canonical_body({"c": "é", "a": 5, "b": Decimal("12.5")})

    assert canonical_text(one) == canonical_text(two) == '{"a":5,"b":12.5,"c":"é"}'


def test_a_change_has_a_plain_form() -> None:
    assert diff({"a": 1}, {"a": 2})[0].to_json() == {"op": "replace", "path": "/a", "old": 1, "new": 2}
    assert Change(op="add", steps=()).path == ""
