"""Promotions, coupons and freight as a buyer meets them, from the document to the placed order."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from sqlalchemy import Engine

from oms.promotions.save_coupon import SaveCoupon, save_coupon
from tenants.scope import open_work
from tests.support.configuration import an_order_type
from tests.support.portal import Shop, make_shop
from tests.support.portal_pages import add, submit
from tests.support.web import Browser, Person, make_user, sign_in

Enter = Callable[[Shop, Person], Browser]
DOCUMENTS = {
    "promotion/tea_week": {
        "name": {"en": "Tea week", "zh-CN": "茶周"},
        "lines": {"==": [{"var": "line.category"}, "Tea"]},
        "effect": {"do": "percent", "value": "10"},
    },
    "promotion/welcome": {
        "name": {"en": "Welcome", "zh-CN": "欢迎"},
        "coupon": True,
        "currency": "USD",
        "effect": {"do": "amount", "value": "5"},
    },
    "decision_table/freight": {
        "name": {"en": "Freight", "zh-CN": "运费"},
        "subject": "order",
        "table": {
            "hit": "F",
            "inputs": [{"id": "i1", "expr": {"var": "order.net_total"}}],
            "outputs": [{"id": "o1", "name": "amount", "type": "number"}],
            "rows": [{"id": "r1", "when": {}, "then": {"o1": "8"}}],
        },
    },
    "order_type/standard": an_order_type(
        promotions=["tea_week", "welcome"], freight={"table": "freight", "tax_class": "vat-0.19"}
    ),
}


def a_promoted_shop(engine: Engine, system_engine: Engine) -> Shop:
    shop = make_shop(engine, system_engine, documents=DOCUMENTS)
    with open_work(engine, shop.company.id) as work:
        save_coupon(work, SaveCoupon(code="HELLO", promotion="welcome", most_per_customer=1))
    return shop


def test_the_cart_shows_what_is_taken_off_and_the_order_costs_just_that(
    app: Flask, engine: Engine, system_engine: Engine, enter: Enter
) -> None:
    shop = a_promoted_shop(engine, system_engine)
    li = enter(shop, shop.li)
    add(li, "TEA", "10")  # 90.00, less 9.00, less 5.00, and 8.00 for freight: 84.00, with tax 99.96
    li.post("/portal/cart/details", {"coupons": "hello"})

    cart = li.get("/portal/cart").text
    order = li.get(submit(li, coupons="hello").location).text

    for page in (cart, order):
        assert "Tea week" in page and "−$9.00" in page
        assert "Welcome (HELLO)" in page and "−$5.00" in page
        assert "Freight" in page and "$8.00" in page and "$99.96" in page
    finance = sign_in(app, shop.company, make_user(engine, shop.company, "finance"))
    used = finance.get("/prices/coupons").text
    assert "HELLO" in used and "$5.00" in used and "1 for each buyer" in used


def test_a_coupon_that_does_not_hold_stands_beside_its_field_and_nothing_is_placed(
    engine: Engine, system_engine: Engine, enter: Enter
) -> None:
    shop = a_promoted_shop(engine, system_engine)
    li = enter(shop, shop.li)
    add(li, "TEA", "1")

    refused = submit(li, coupons="NOPE")

    assert refused.status_code == 422 and "There is no coupon NOPE." in refused.text
    assert "f-coupons-problem" in refused.text
    with open_work(engine, shop.company.id) as work:
        assert work.scalar("SELECT count(*) FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == 0


def test_the_same_in_chinese(engine: Engine, system_engine: Engine, enter: Enter) -> None:
    shop = a_promoted_shop(engine, system_engine)
    li = enter(shop, shop.li)
    add(li, "TEA", "10")

    li.post("/preferences", {"locale": "zh-CN", "next": "/portal"})
    cart = li.get("/portal/cart").text

    assert "其中促销减免：茶周" in cart and "优惠码" in cart and "运费" in cart
