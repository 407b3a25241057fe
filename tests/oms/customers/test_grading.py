"""Grades and tags by rule: all customers at once, as each alone, and twice is once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.expressions import Environment
from oms.customer_grading.apply_grading import apply_grading, preview_grading
from oms.customer_grading.errors import GradingMissing
from oms.kinds.customer_grading.compile import compile_document
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place_order import place_order
from tests.support.builders import a_customer, a_location, a_policy, a_sku, stock
from tests.support.configuration import publish_defaults

RULES = {
    "name": {"en": "Standard"},
    "rules": [
        {"id": "gold", "name": {"en": "Gold"}, "when": {">=": [{"var": "figures.net_365"}, 100]}, "grade": "A"},
        {
            "id": "buys", "name": {"en": "Buys"}, "when": {">": [{"var": "figures.orders"}, 0]}, "grade": "B",
            "tags": ["active"],
        },
    ],
}  # fmt: skip


@pytest.fixture
def shop(work: Work) -> Work:
    publish_defaults(work, {"customer_grading/standard": RULES})
    a_sku(work, "TEA", price="10.00")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="1000")
    for number in ("C-1", "C-2", "C-3"):
        a_customer(work, number)
    for number, quantity in (("C-1", "12"), ("C-2", "1")):
        place_order(
            work,
            PlaceOrder(
                order_type="standard", channel="test", customer_number=number,
                lines=(LineRequest(sku="TEA", quantity=Decimal(quantity)),),
            ),
            a_policy(credit="ignore"),
        )  # fmt: skip
    return work


def grades(work: Work) -> dict[str, Any]:
    rows = work.rows("SELECT number, grade, tags FROM customers WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    return {row.number: (row.grade, row.tags) for row in rows}


def test_all_are_graded_at_once_and_twice_is_once(shop: Work) -> None:
    seen = preview_grading(shop)
    assert {row.number: row.after for row in seen.rows} == {"C-1": "A", "C-2": "B"}

    assert apply_grading(shop).changed == seen.changing == 2
    assert grades(shop) == {"C-1": ("A", ["active"]), "C-2": ("B", ["active"]), "C-3": (None, [])}
    assert apply_grading(shop).changed == 0
    assert (
        shop.scalar("SELECT count(*) FROM customer_grade_changes WHERE tenant_id = %(t)s", {"t": shop.tenant_id}) == 2
    )


def test_managed_tags_go_and_others_stay(shop: Work) -> None:
    shop.execute(
        "UPDATE customers SET tags = '{active,vip}' WHERE tenant_id = %(t)s AND number = 'C-3'", {"t": shop.tenant_id}
    )

    apply_grading(shop)

    assert grades(shop)["C-3"] == (None, ["vip"])


def test_the_set_says_of_each_what_the_rules_say_of_one(shop: Work) -> None:
    rules = compile_document("standard", RULES, configuration(shop))
    apply_grading(shop)
    for row in shop.rows(
        "SELECT after, tags_added, figures FROM customer_grade_changes WHERE tenant_id = %(t)s", {"t": shop.tenant_id}
    ):
        figures = {name: Decimal(str(value)) for name, value in row.figures.items() if value is not None}
        alone = rules.grade({"figures": figures}, Environment(now=shop.now, today=shop.today))
        assert (alone.grade, list(alone.tags)) == (row.after, row.tags_added)


def test_without_rules_nobody_is_graded(work: Work) -> None:
    publish_defaults(work)

    with pytest.raises(GradingMissing):
        preview_grading(work)
