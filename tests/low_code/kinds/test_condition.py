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
