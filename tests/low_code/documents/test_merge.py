"""Two authors at one document: what only one touched is taken over, and nothing is lost without a question."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from low_code.documents.canonical import canonical_body
from low_code.documents.merge import ABSENT, merge, same

_scalar = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.decimals(-9, 9, places=1), st.text("abc", max_size=2)
)
_ids = st.sampled_from(["a", "b", "c", "d", "e"])


def _things(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(
        st.builds(lambda i, v, w: {"id": i, "v": v, "w": w}, _ids, inner, inner),
        max_size=5,
        unique_by=lambda t: t["id"],
    )


_json = st.recursive(
    _scalar,
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(["x", "y", "id", "order", "and", "var", "id=a", ""]), inner, max_size=4),
        st.lists(inner, max_size=3),
        _things(inner),
    ),
    max_leaves=14,
)
_bodies = st.one_of(
    st.fixed_dictionaries({"rules": _things(_scalar)}, optional={"name": _json, "more": _json}),
    st.dictionaries(st.sampled_from(["x", "y", "z"]), _json, max_size=3),
)


@given(_bodies, _bodies)
@settings(max_examples=300, deadline=None)
def test_who_changed_nothing_takes_the_other_s_version_exactly(base: Any, changed: Any) -> None:
    assert merge(base, changed, base).body == changed
    assert merge(base, base, changed).body == changed
    assert merge(base, changed, changed).body == changed
    assert merge(base, changed, base).conflicts == ()


@given(_bodies, _bodies, _bodies)
@settings(max_examples=400, deadline=None)
def test_it_does_not_matter_whose_version_comes_first(base: Any, one: Any, other: Any) -> None:
    ours, swapped = merge(base, one, other), merge(base, other, one)

    assert {each.path for each in ours.conflicts} == {each.path for each in swapped.conflicts}
    theirs = dict.fromkeys((each.path for each in swapped.conflicts), "theirs")
    assert same(ours.body, merge(base, other, one, theirs).body)  # type: ignore[arg-type]


@given(_bodies, _bodies, _bodies)
@settings(max_examples=300, deadline=None)
def test_choosing_one_side_everywhere_leaves_no_question_and_nothing_the_side_did_not_have(
    base: Any, mine: Any, theirs: Any
) -> None:
    asked = merge(base, mine, theirs)
    settled = merge(base, mine, theirs, dict.fromkeys((each.path for each in asked.conflicts), "theirs"))

    assert {each.path for each in settled.conflicts} >= {each.path for each in asked.conflicts}
    for conflict in settled.conflicts:
        assert not same(conflict.mine, conflict.theirs)
    assert canonical_body(settled.body)[1] == []


@given(st.permutations(["a", "b", "c", "d"]), st.data())
@settings(max_examples=200, deadline=None)
def test_edits_of_different_things_are_all_kept(order: list[str], data: Any) -> None:
    base = {"rules": [{"id": i, "v": 0} for i in order]}
    whose = {i: data.draw(st.sampled_from(["mine", "theirs", "nobody"]), label=i) for i in order}

    def version(side: str) -> dict[str, Any]:
        rules = [{"id": i, "v": side if whose[i] == side else 0} for i in order]
        at = data.draw(st.integers(0, len(rules)))
        rules.insert(at, {"id": f"new_{side}", "v": side})
        return {"rules": rules}

    merged = merge(base, version("mine"), version("theirs"))

    values = {rule["id"]: rule["v"] for rule in merged.body["rules"]}
    assert merged.conflicts == ()
    assert values == {
        **{i: 0 if side == "nobody" else side for i, side in whose.items()}, "new_mine": "mine", "new_theirs": "theirs",
    }  # fmt: skip
    assert [rule["id"] for rule in merged.body["rules"] if rule["id"] in order] == order


@given(st.one_of(_json, st.just({"rules": [{"id": "a"}, {"id": "a"}]})), _json, _json)
@settings(max_examples=300, deadline=None)
def test_any_json_is_merged_without_an_error(base: Any, mine: Any, theirs: Any) -> None:
    merge(base, mine, theirs)
    merge(ABSENT, mine, theirs)


def test_a_rule_moved_by_one_and_changed_by_the_other_is_both() -> None:
    base = {"rules": [{"id": "a", "v": 1}, {"id": "b", "v": 1}, {"id": "c", "v": 1}]}
    mine = {"rules": [{"id": "c", "v": 1}, {"id": "a", "v": 1}, {"id": "b", "v": 1}]}
    theirs = {"rules": [{"id": "a", "v": 1}, {"id": "b", "v": 1}, {"id": "c", "v": 2}]}

    merged = merge(base, mine, theirs)

    assert merged.body == {"rules": [{"id": "c", "v": 2}, {"id": "a", "v": 1}, {"id": "b", "v": 1}]}
    assert merged.conflicts == ()


def test_two_different_orders_are_one_question_about_the_list() -> None:
    base = {"rules": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}
    mine = {"rules": [{"id": "b"}, {"id": "a"}, {"id": "c"}]}
    theirs = {"rules": [{"id": "c"}, {"id": "a"}, {"id": "b"}]}

    merged = merge(base, mine, theirs)

    (conflict,) = merged.conflicts
    assert (conflict.what, conflict.pointer, conflict.mine, conflict.theirs) == (
        "order", "/rules", ["b", "a", "c"], ["c", "a", "b"],
    )  # fmt: skip
    assert merge(base, mine, theirs, {conflict.path: "theirs"}).body == theirs


def test_a_thing_that_one_removed_and_the_other_changed_is_a_question_with_its_place() -> None:
    base = {"rules": [{"id": "a", "v": 1}, {"id": "b", "v": 1}]}
    mine = {"rules": [{"id": "a", "v": 1}]}
    theirs = {"rules": [{"id": "a", "v": 1}, {"id": "b", "v": 2}]}

    merged = merge(base, mine, theirs)
    kept = merge(base, mine, theirs, {"/rules/id=b": "theirs"})

    (conflict,) = merged.conflicts
    assert conflict.mine is ABSENT and conflict.theirs == {"id": "b", "v": 2}
    assert merged.body == mine
    assert kept.body == theirs and kept.unsettled == ()
    assert kept.conflicts[0].pointer == "/rules/1"


def test_conditions_are_never_mixed() -> None:
    base = {"when": {"and": [{"var": "a"}, {"var": "b"}]}}
    mine = {"when": {"and": [{"var": "a"}, {"var": "c"}]}}
    theirs = {"when": {"and": [{"var": "d"}, {"var": "b"}]}}

    (conflict,) = merge(base, mine, theirs).conflicts

    assert conflict.pointer == "/when"


def test_new_things_at_one_place_are_both_kept_and_pointed_out() -> None:
    base = {"rules": [{"id": "m"}]}

    merged = merge(base, {"rules": [{"id": "m"}, {"id": "y"}]}, {"rules": [{"id": "m"}, {"id": "x"}]})

    assert [rule["id"] for rule in merged.body["rules"]] == ["m", "x", "y"]
    assert merged.together == ("/rules",)


@pytest.mark.parametrize(("one", "other", "equal"), [(True, 1, False), (Decimal("5.0"), 5, True), (None, False, False)])
def test_values_are_compared_as_json_has_them(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal
