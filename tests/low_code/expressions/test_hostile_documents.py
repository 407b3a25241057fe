"""Whatever is sent as a document or as values, the language answers; it never raises, hangs or guesses."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from low_code.expressions import STRING, Subject, check, compile_closure, explain, load_document
from low_code.expressions.operators import OPERATORS

from ..order_subject import ENV, SUBJECT
from .test_closure_equals_sql import random_checked


def nested(depth: int) -> Any:
    document: Any = True
    for _ in range(depth):
        document = {"!": [document]}
    return document


def cyclic() -> Any:
    document: dict[str, Any] = {}
    document["and"] = [document]
    return document


def bomb() -> Any:
    """A document of forty objects that is 2^40 when written out."""
    document: Any = [1, 1]
    for _ in range(40):
        document = [document, document]
    return {"in": [1, document]}


HOSTILE = {
    "20,000 deep": (nested(20_000), "too_deep"),
    "one too deep": (nested(33), "too_deep"),
    "holds itself": (cyclic(), "too_deep"),
    "a bomb of lists": (bomb(), "too_large"),
    "a giant text": ({"len": ["x" * 10_000_000]}, "text_too_long"),
    "a giant list": ({"in": [1, [1] * 1_001]}, "long_list"),
    "a list beyond the document": ({"in": [1, [1] * 10_000_000]}, "too_large"),
    "a million keys": ({str(n): n for n in range(100_000)}, "too_large"),
    "too many parts": ({"and": [True] * 501}, "too_many_nodes"),
    "a float": ({"+": [0.1, 1]}, "inexact_number"),
    "not a number": ({"+": [float("nan"), 1]}, "inexact_number"),
    "a decimal that is none": ({"+": [Decimal("NaN"), 1]}, "not_a_number"),
    "infinite": ({"+": [Decimal("-Infinity"), 1]}, "not_a_number"),
    "an exponent bomb": ({"+": [Decimal("1E+999999999"), 1]}, "not_a_number"),
    "an integer of a million digits": ({"+": [1 << 4_000_000, 1]}, "not_a_number"),
    "a set": ({"and": {True}}, "not_json"),
    "bytes": (b"true", "not_json"),
    "an object of Python": ({"and": [object()]}, "not_json"),
    "a key that is no text": ({1: [True]}, "not_json"),
    "a tuple": ({"and": (True,)}, "not_json"),
    "a product that explodes": ({"*": [{"var": "order.total"}] * 33}, "too_many_digits"),
    "an operator that is a dunder": ({"__class__": []}, "unknown_operator"),
    "a path that is a dunder": ({"var": "__class__.__mro__"}, "unknown_field"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_at_once(name: str) -> None:
    document, code = HOSTILE[name]
    began = time.perf_counter()

    result = check(document, SUBJECT, pointer="/rules/3")

    assert time.perf_counter() - began < 1
    assert result.checked is None
    assert {problem.code for problem in result.problems} == {code}
    assert all(problem.pointer.startswith("/rules/3") for problem in result.problems)


def test_a_document_at_the_limits_is_taken() -> None:
    assert check(nested(32), SUBJECT).checked is not None
    assert check({"and": [True] * 499}, SUBJECT).checked is not None
    assert check({"in": [1, list(range(1_000))]}, SUBJECT).checked is not None
    assert check({"*": [{"var": "order.total"}] * 32}, SUBJECT).checked is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "too_deep"),
        ('{"and": [true], "and": [false]}', "not_json"),
        ("NaN", "not_json"),
        ("{", "not_json"),
        (b"\xff\xfe\xfd", "not_json"),
        (" " * 2_000_000, "too_large"),
    ],
)
def test_a_text_that_is_no_document_is_refused(text: str | bytes, code: str) -> None:
    document, problems = load_document(text)

    assert document is None
    assert [problem.code for problem in problems] == [code]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("operands", [None, True, 1, "x", [], [None], [None] * 2, [[]], {}, [{}] * 3, ["x"] * 5])
def test_wrong_operands_are_findings(operator: str, operands: Any) -> None:
    result = check({operator: operands}, SUBJECT)

    assert result.checked is not None or result.problems


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*OPERATORS, "var", "dec", "money", "date", "val", "$lang"]), inner, max_size=2
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(JSON)
def test_any_json_is_answered(document: Any) -> None:
    result = check(document, SUBJECT)

    assert (result.checked is None) == bool(result.problems)
    for problem in result.problems:
        problem.sentence("zh-CN")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text() | st.floats() | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
CUSTOM = st.fixed_dictionaries(
    {},
    optional={path.removeprefix("order.cf."): VALUES for path in SUBJECT.fields if path.startswith("order.cf.")},
)
ORDERS = st.fixed_dictionaries(
    {},
    optional={path.removeprefix("order."): VALUES for path in SUBJECT.fields if ".cf." not in path}
    | {
        "cf": CUSTOM | VALUES,
        "lines": st.lists(st.dictionaries(st.sampled_from(["qty", "price", "cf"]), VALUES)),
    },
)
SOME_CHECKED = [checked for _, checked in random_checked(4711, 60)]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.fixed_dictionaries({}, optional={"order": ORDERS | VALUES}))
def test_any_values_are_answered(values: dict[str, Any]) -> None:
    for checked in SOME_CHECKED:
        compile_closure(checked)(values, ENV)
        explain(checked, values, ENV)


def test_a_subject_refuses_paths_that_code_got_wrong() -> None:
    from low_code.expressions import FieldSpec

    for path in ("Order.total", "order..total", "", "order.total;", "order.tötal"):
        with pytest.raises(ValueError, match="dotted path"):
            Subject("order", {path: FieldSpec(STRING)})


def test_a_repeated_key_among_very_many_is_found() -> None:
    keys = [*(f"k{number}" for number in range(60_000)), "again", "again"]

    document, problems = load_document("{" + ",".join(f'"{key}":1' for key in keys) + "}")

    assert document is None
    assert "again" in problems[0].sentence("en")
