"""What people see of an expression: its sentence, its explanation, what it reads, what it hashes to."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from kernel.i18n import catalogue
from low_code.expressions import (
    BOOL,
    Checked,
    canonical,
    check,
    content_hash,
    explain,
    reads,
    reads_clock,
    sentence,
)
from low_code.expressions.explain import MAX_PARTS

from ..order_subject import ENV, SUBJECT
from .test_closure_equals_sql import random_checked


def checked(document: Any) -> Checked:
    result = check(document, SUBJECT)
    assert result.checked is not None, result.problems
    return result.checked


SENTENCES = [
    (
        {
            "and": [
                {">=": [{"var": "order.total"}, 1000]},
                {"in": [{"var": "order.channel"}, ["tmall", "shop"]]},
            ]
        },
        "order total is at least 1000 and channel is one of Tmall, our shop",
        "订单金额不小于 1000，且渠道为天猫、门店之一",
    ),
    (
        {"or": [{"var": "order.gift"}, {"and": [{"==": [{"var": "order.note"}, None]}, True]}]},
        "gift is yes or (note is empty and yes)",
        "礼品为是，或（备注为空，且是）",
    ),
    (
        {"some": [{"var": "order.lines"}, {">": [{"var": "qty"}, 10]}]},
        "at least one of order lines has: quantity is more than 10",
        "订单行中至少有一条满足：数量大于 10",
    ),
    (
        {"!": [{"in": [{"var": "order.channel"}, ["shopify"]]}]},
        "channel is none of “shopify”",
        "渠道不为“shopify”中的任何一个",
    ),
    (
        {"<": [{"var": "order.placed_at"}, {"-": [{"now": []}, {"dur": "P1DT2H"}]}]},
        "placed is before (now − 1 day 2 hours)",
        "下单时间早于（现在 − 1 天 2 小时）",
    ),
    (
        {
            "<=": [
                {"money": ["5", "CNY"]},
                {"sum": [{"var": "order.lines"}, {"var": "price"}]},
                {"money": ["9", "CNY"]},
            ]
        },
        "the sum over order lines of price is from 5 CNY to 9 CNY",
        "订单行的单价之和在 5 CNY 到 9 CNY 之间（含两端）",
    ),
]


@pytest.mark.parametrize(("document", "english", "chinese"), SENTENCES)
def test_a_sentence_reads_as_people_speak(document: Any, english: str, chinese: str) -> None:
    assert sentence(checked(document), "en") == english
    assert sentence(checked(document), "zh-CN") == chinese


def test_every_random_expression_has_a_sentence_in_both_languages() -> None:
    for _, one in random_checked(3, 200):
        for locale in ("en", "zh-CN"):
            said = sentence(one, locale)
            assert said and "{" not in said


def test_an_explanation_shows_every_part_with_its_value() -> None:
    document = {
        "and": [
            {">": [{"var": "order.total"}, 5]},
            {"some": [{"var": "order.lines"}, {">": [{"var": "qty"}, 1]}]},
        ]
    }
    values = {"order": {"total": Decimal("6.50"), "lines": [{"qty": 1}, {"qty": 3}]}}

    tree = explain(checked(document), values, ENV)

    assert tree["value"] is True
    assert tree["operands"][0] == {
        "pointer": "/and/0",
        "op": ">",
        "value": True,
        "operands": [
            {"pointer": "/and/0/>/0", "path": "order.total", "value": "6.5"},
            {"pointer": "/and/0/>/1", "value": "5"},
        ],
    }
    rows = tree["operands"][1]
    assert (rows["rows"], [row["value"] for row in rows["of_rows"]]) == (2, [False, True])
    json.dumps(tree)


def test_an_explanation_is_capped() -> None:
    document = {"and": [{"some": [{"var": "order.lines"}, {"and": [{">": [{"var": "qty"}, 1]}] * 20}]}] * 5}
    values = {"order": {"lines": [{"qty": 2}] * 1000}}

    def parts(tree: Any) -> int:
        return 1 + sum(parts(one) for one in tree.get("operands", []) + tree.get("of_rows", []))

    assert parts(explain(checked(document), values, ENV)) <= MAX_PARTS + 10


def test_reads_names_everything_that_is_read() -> None:
    document = {"all": [{"var": "order.lines"}, {">": [{"var": "cf.extra"}, {"val": [[1], "order", "cf", "weight"]}]}]}

    assert reads(checked(document)) == {"order.lines", "order.lines.cf.extra", "order.cf.weight"}
    assert not reads_clock(checked(document))
    assert reads_clock(checked({"==": [{"var": "order.due_on"}, {"today": []}]}))


def test_two_ways_to_write_one_expression_hash_alike() -> None:
    one = {
        "$lang": "ox/1",
        "type": "bool",
        "expr": {"!": {"===": [{"var": ["order.total"]}, {"dec": "12.50"}]}},
    }
    two = {"!": [{"==": [{"val": ["order", "total"]}, Decimal("12.5")]}]}
    first, second = (check(document, SUBJECT, BOOL).checked for document in (one, two))
    assert first is not None and second is not None

    assert content_hash(first) == content_hash(second)
    assert canonical(first) == {
        "$lang": "ox/1",
        "type": "bool",
        "expr": {"!": [{"==": [{"var": "order.total"}, {"dec": "12.5"}]}]},
    }


def test_a_finding_speaks_chinese() -> None:
    (problem,) = check({"and": [1, True]}, SUBJECT).problems

    assert problem.sentence("en") == "and needs yes or no here, not a number."
    assert problem.sentence("zh-CN") == "and 在这里需要是或否，而不是数字。"


def test_every_sentence_is_translated() -> None:
    import ast
    from pathlib import Path

    translated = catalogue("zh-CN")
    root = Path(__file__).parents[3] / "low_code"
    files = [*root.glob("expressions/*.py"), *root.glob("rules/*.py"), root / "diagnostics.py"]
    missing = [
        node.args[0].value
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "N_"
        and isinstance(node.args[0], ast.Constant)
        if node.args[0].value not in translated
    ]

    assert missing == []
