"""Documents come from people who may mean harm, or from a program gone wrong: a check answers, it never raises."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from low_code.diagnostics import has_errors
from low_code.documents.canonical import canonical_body
from low_code.registry import split_address
from low_code.registry.checking import all_references, check_configuration
from tests.low_code.kinds.test_kinds import some_documents
from tests.support.low_code import a_configuration, named

DOCUMENTS = {
    **some_documents(),
    "fields/order": {
        "groups": [{"id": "g", "labels": named("G")}],
        "fields": [
            {"id": "f1", "key": "a", "labels": named("A"), "type": "decimal", "min": 1, "max": "9", "group": "g"},
            {
                "id": "f2",
                "key": "b",
                "labels": named("B"),
                "type": "option",
                "options": [{"id": "x", "labels": named("X")}],
            },
            {"id": "f3", "key": "c", "labels": named("C"), "type": "date", "visible_when": {"var": "order.rush"}},
        ],
    },
}

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(
        [Decimal("1.5"), "", "x", "order.total", "n1", "{", [], {}, [[]], {"var": "order.total"}, {"id": 5}]
    ),
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from places(item, (*at, name))


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_document_with_anything_anywhere_is_answered(name: str, data: st.DataObject) -> None:
    body = copy.deepcopy(DOCUMENTS[name])
    for _ in range(data.draw(st.integers(1, 3))):
        inner = [place for place in places(body) if place]
        if not inner:
            break
        *way, last = data.draw(st.sampled_from(inner))
        at = body
        for step in way:
            at = at[step]
        if data.draw(st.booleans()):
            at[last] = copy.deepcopy(data.draw(junk))
        elif isinstance(at, dict):
            del at[last]
    clean, unfit = canonical_body(body)
    if unfit:
        return

    previous = a_configuration(DOCUMENTS)
    changed = a_configuration({**DOCUMENTS, name: clean}, previous=previous)
    found = check_configuration(changed)

    all_references(changed)
    for problems in found.values():
        assert all(problem.sentence("zh-CN") and problem.sentence("en") for problem in problems)
    if not has_errors(problem for problems in found.values() for problem in problems):
        kind, key = split_address(name)
        changed.compiled(kind, key)
        changed.registry.kinds[kind].explain(key, clean, changed, "en")


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_of_very_many_strange_names_two_hundred_are_said(name: str) -> None:
    junk = {f"strange{number}": number for number in range(30_000)}

    found = check_configuration(a_configuration({**DOCUMENTS, name: {**DOCUMENTS[name], **junk}}))

    assert len(found[name]) == 200
