"""The reference inside the product: every kind, every operator, every field, in both languages."""

from __future__ import annotations

import pytest

from low_code.expressions.operators import OPERATORS
from low_code.registry import installed

from .conftest import MakeShop, Shop

FIELDS = {
    "fields": [
        {
            "id": "f1", "key": "rush", "labels": {"en": "Rush", "zh-CN": "加急"}, "type": "option",
            "options": [{"id": "today", "labels": {"en": "Today", "zh-CN": "今天"}}],
        }
    ]
}  # fmt: skip


def test_every_kind_has_a_page_with_its_schema(shop: Shop) -> None:
    index = shop.ada.get("/builder/reference").text
    for name, kind in installed().kinds.items():
        assert f"/builder/reference/kinds/{name}" in index
        page = shop.ada.get(f"/builder/reference/kinds/{name}")
        assert page.status_code == 200 and kind.title("en") in page.text
        assert shop.ada.get(f"/builder/schemas/{name}.json").json == kind.schema


@pytest.mark.parametrize(("locale", "words"), [("en", "insured is yes"), ("zh-CN", "已投保")])
def test_the_language_is_explained_with_examples(make_shop: MakeShop, locale: str, words: str) -> None:
    page = make_shop(locale=locale).ada.get("/builder/reference/language").text

    assert words in page
    assert all(f"<code>{name.replace('<', '&lt;').replace('>', '&gt;')}</code>" in page for name in OPERATORS)


def test_fields_of_one_s_own_stand_among_those_that_conditions_may_read(shop: Shop) -> None:
    assert "order.cf.rush" not in shop.ada.get("/builder/reference/fields").text
    shop.ada.post("/builder/new/fields", {"key": "order"})
    shop.save("/builder/fields/order", FIELDS)
    shop.publish()

    page = shop.ada.get("/builder/reference/fields?of=order").text

    assert "order.cf.rush" in page and "your own" in page and "<code>today</code> Today" in page


def test_examples_come_with_what_they_mean(make_shop: MakeShop) -> None:
    page = make_shop(locale="zh-CN").ada.get("/builder/reference/kinds/review_rules").text

    assert "平台卖家" in page and "疑似经销商囤货" in page


def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    assert shop.ada.get("/builder/reference/fields?of=moon").status_code == 404
    assert shop.ada.get("/builder/reference/kinds/moon").status_code == 404
