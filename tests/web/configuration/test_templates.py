"""Industry templates on their page, and from the command line's side."""

from __future__ import annotations

from .conftest import MakeShop, Shop


def test_a_template_becomes_drafts_and_then_a_release(shop: Shop) -> None:
    taken = shop.ada.post("/builder/templates", {"template": "wholesaler"})

    assert taken.status_code == 302 and taken.location.endswith("/builder/publish")
    assert "approval_flow/by_amount" in {draft.address for draft in shop.drafts()}
    assert shop.head() == 1
    shop.publish(accept_warnings="1")
    assert shop.head() == 2 and shop.drafts() == []


def test_the_page_says_what_each_template_does(make_shop: MakeShop) -> None:
    english, chinese = (make_shop(locale=locale).ada.get("/builder/templates").text for locale in ("en", "zh-CN"))

    assert "Marketplace seller" in english and "Members&#39; prices" in english
    assert "平台卖家" in chinese and "20 件及以上" in chinese


def test_who_may_not_edit_sees_no_button_and_changes_nothing(shop: Shop) -> None:
    operator = shop.colleague("operator", name="Cy")

    assert operator.post("/builder/templates", {"template": "wholesaler"}).status_code == 403
    assert shop.drafts() == []
    assert shop.ada.post("/builder/templates", {"template": "pirate"}).status_code == 404
