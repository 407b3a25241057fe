"""Named conditions: used by other documents, protected while they are."""

from __future__ import annotations

from typing import Any

from low_code.registry import Configuration, installed
from low_code.registry.addresses import Reference
from low_code.registry.checking import check_document, references_of
from oms.configuration import install_domain, starter_documents

CONDITION = {"name": {"en": "Big"}, "subject": "order", "when": {">": [{"var": "order.total"}, {"dec": "1000"}]}}


def rules(*conditions: Any) -> dict[str, Any]:
    return {
        "rules": [
            {"id": f"r{n}", "name": {"en": "Rule"}, "when": when, "outcome": {"do": "tag", "tag": "x"}}
            for n, when in enumerate(conditions)
        ]
    }


def configuration(**documents: Any) -> Configuration:
    install_domain()
    return Configuration(installed(), {**starter_documents(), "condition/big": CONDITION, **documents})


def test_a_rule_may_use_a_condition_by_its_key() -> None:
    found = configuration(**{"condition/small": {**CONDITION, "when": {"!": {"use": "big"}}}})

    assert check_document("condition", "small", found.documents["condition/small"], found) == []
    compiled = found.compiled("condition", "small")
    assert compiled.key == "small"


def test_who_uses_it_refers_to_it() -> None:
    found = configuration(**{"condition/small": {**CONDITION, "when": {"!": {"use": "big"}}}})

    assert references_of("condition", "small", found.documents["condition/small"], found) == [
        Reference("condition", "small", "/when", "condition", "big")
    ]


def test_it_may_not_use_itself_nor_be_about_nothing() -> None:
    itself = {**CONDITION, "when": {"use": "big"}}
    nothing = {**CONDITION, "subject": "moon"}

    assert [p.code for p in check_document("condition", "big", itself, configuration(**{"condition/big": itself}))] == [
        "cyclic"
    ]
    codes = [p.code for p in check_document("condition", "n", nothing, configuration(**{"condition/n": nothing}))]
    assert "subject_unknown" in codes


def test_a_document_that_uses_large_conditions_in_very_many_places_is_refused_and_not_worked_through() -> None:
    large = {**CONDITION, "when": {"and": [{">": [{"var": "order.total"}, n]} for n in range(120)]}}
    again = {**CONDITION, "when": {"!": {"use": "large"}}}
    table = {
        "hit": "R",
        "inputs": [{"id": "total", "expr": {"var": "order.total"}}],
        "outputs": [{"id": "o", "name": "o", "type": "number"}],
        "rows": [{"id": f"r{n}", "when": {}, "then": {"o": {"if": [{"use": "again"}, n, 0]}}} for n in range(1_500)],
    }
    body = {"name": {"en": "T"}, "subject": "order", "table": table}
    found = configuration(**{"condition/large": large, "condition/again": again, "decision_table/t": body})

    assert [p.code for p in check_document("decision_table", "t", body, found)] == ["too_much_used"]
    assert {r.to_key for r in references_of("decision_table", "t", body, found)} == {"again"}


def test_conditions_that_use_one_another_in_a_circle_are_only_said_to_be_cyclic() -> None:
    documents = {
        f"condition/{name}": {**CONDITION, "when": {"and": [{"use": following}, {"use": following}]}}
        for name, following in (("a", "b"), ("b", "c"), ("c", "a"))
    }
    found = configuration(**documents)

    assert {p.code for p in check_document("condition", "a", documents["condition/a"], found)} == {"cyclic"}
