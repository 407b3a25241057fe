"""Expressions used by name: put in place before they are checked, and never without end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from low_code.diagnostics import Diagnostic
from low_code.expressions import BOOL, canonical, check, compile_closure, sentence, uses

from ..order_subject import ENV, SUBJECT

BIG = {">": [{"var": "order.total"}, {"dec": "1000"}]}


def problems(document: Any, **named: Any) -> list[tuple[str, str]]:
    return [(one.code, one.pointer) for one in found(document, named)]


def found(document: Any, named: dict[str, Any]) -> tuple[Diagnostic, ...]:
    return check(document, SUBJECT.with_named(named), BOOL).problems


def test_a_name_stands_for_its_expression() -> None:
    subject = SUBJECT.with_named({"big": BIG})

    result = check({"and": [{"use": "big"}, {"!=": [{"var": "order.channel"}, "shop"]}]}, subject, BOOL)

    assert result.checked
    assert canonical(result.checked)["expr"]["and"][0] == BIG
    assert sentence(result.checked, "en").startswith("order total is more than 1000")
    evaluate = compile_closure(result.checked)
    assert evaluate({"order": {"total": Decimal(1001), "channel": "tmall"}}, ENV) is True
    assert evaluate({"order": {"total": Decimal(1000), "channel": "tmall"}}, ENV) is False


def test_names_may_use_names_and_keep_their_place() -> None:
    assert problems({"use": "huge"}, big=BIG, huge={"and": [{"use": "big"}, {"use": "big"}]}) == []
    assert uses({"or": [{"use": "a"}, {"!": {"use": "b"}}]}) == {"a", "b"}


def test_a_circle_is_refused_where_it_is_entered() -> None:
    assert problems({"!": [{"use": "a"}]}, a={"!": {"use": "b"}}, b={"!": {"use": "a"}}) == [("cyclic", "/!/0/use")]
    (cycle,) = found({"use": "a"}, {"a": {"!": {"use": "b"}}, "b": {"!": {"use": "a"}}})
    assert cycle.sentence("en") == "This uses itself: a → b → a."


def test_names_that_double_each_other_stay_within_the_limits() -> None:
    doubling = {f"n{i}": {"and": [{"use": f"n{i + 1}"}] * 2} for i in range(40)} | {"n40": BIG}

    assert {code for code, _ in problems({"use": "n0"}, **doubling)} <= {"too_many_nodes", "too_deep"}
    assert problems({"use": "n0"}, **doubling) != []


def test_what_is_wrong_within_is_said_where_it_is_used() -> None:
    assert problems({"and": [True, {"use": "bad"}]}, bad={"nonsense": []}) == [("unknown_operator", "/and/1/use")]
    assert problems({"!": [{"use": "bad"}]}, bad={">": [{"var": "order.nowhere"}, 1]}) == [("unknown_field", "/!/0")]
    assert problems({"!": [{"use": "bad"}]}, bad={">": ["1", 1]}) == [("types_differ", "/!/0")]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    (problem,) = found({"use": "bgi"}, {"big": BIG})

    assert (problem.code, problem.pointer) == ("unknown_name", "/use")
    assert problem.sentence("en") == "There is no condition called “bgi”. Did you mean big?"
    assert problem.sentence("zh-CN").startswith("没有名为“bgi”的条件。")


def test_hostile_names_are_findings() -> None:
    for name in (None, 1, [], {}, {"use": "x"}, "x" * 5000, "", ["big"]):
        assert problems({"use": name}, big=BIG) != []
    deep: Any = BIG
    for _ in range(100):
        deep = {"!": [deep]}
    assert problems({"use": "deep"}, deep=deep) == [("named_fault", "/use")]
