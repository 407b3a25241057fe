"""What a buyer tries with ids of another company, at this supplier and at another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import Work
from kernel.ids import to_text
from tenants.scope import open_work
from tests.support.portal import Shop, make_shop
from tests.support.portal_pages import add, place, submit, submit_form
from tests.support.web import Browser, Person, make_user, sign_in

Enter = Callable[[Shop, Person], Browser]


def orders_of(engine: Engine, shop: Shop) -> list[tuple[str, str, int]]:
    with open_work(engine, shop.company.id) as work:
        rows = work.rows(
            "SELECT number, status, version FROM orders WHERE tenant_id = %(t)s ORDER BY id", {"t": shop.company.id}
        )
        return [(row.number, row.status, row.version) for row in rows]


def address_of(work: Work, customer: object) -> str:
    row = work.row(
        "SELECT id FROM customer_addresses WHERE tenant_id = %(t)s AND customer_id = %(c)s",
        {"t": work.tenant_id, "c": customer},
    )
    assert row is not None
    return to_text("adr", row.id)


@pytest.mark.parametrize("from_where", ["another customer", "another supplier"])
def test_orders_of_others_are_not_found_and_stay_as_they_are(
    from_where: str, engine: Engine, system_engine: Engine, shop: Shop, enter: Enter
) -> None:
    path = place(enter(shop, shop.li))
    other_shop = shop if from_where == "another customer" else make_shop(engine, system_engine)
    stranger = enter(other_shop, other_shop.kim)
    before = orders_of(engine, shop)

    answers = [stranger.get(path), stranger.post(f"{path}/reorder"), stranger.post(f"{path}/cancel")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert orders_of(engine, shop) == before
    assert path not in stranger.get("/portal/orders").text
    assert "The cart is empty" in stranger.get("/portal/cart").text


def test_a_colleague_sees_the_order_but_has_a_cart_of_his_own(shop: Shop, enter: Enter) -> None:
    li, wu = enter(shop, shop.li), enter(shop, shop.wu)
    path = place(li)
    add(li, "TEA", "5")

    assert wu.get(path).status_code == 200
    assert "The cart is empty" in wu.get("/portal/cart").text


def test_an_address_of_another_company_is_not_found(engine: Engine, shop: Shop, li: Browser) -> None:
    add(li, "TEA", "2")
    with open_work(engine, shop.company.id) as work:
        foreign = address_of(work, shop.other)

    answers = [
        submit(li, address_id=foreign),
        li.post("/portal/cart/details", {"address_id": foreign}),
        li.post("/portal/cart/details", {"address_id": "adr_nonsense"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert orders_of(engine, shop) == []
    assert "TEA" in li.get("/portal/cart").text


@pytest.mark.parametrize("path", ["x", "usr_01jg000000e008000000000001", "ord_" + "9" * 300])
def test_what_is_no_order_id_is_not_found(path: str, li: Browser) -> None:
    assert li.get(f"/portal/orders/{path}").status_code == 404


def test_prices_of_another_customer_do_not_show(shop: Shop, enter: Enter) -> None:
    assert "$9.00" in enter(shop, shop.li).get("/portal").text

    page = enter(shop, shop.kim).get("/portal").text
    assert "$9.00" not in page and "$10.00" in page


def test_staff_stay_out_even_with_the_permission(app: Flask, engine: Engine, shop: Shop) -> None:
    for person in (shop.company.admin, make_user(engine, shop.company, "buyer", name="Staff")):
        browser = sign_in(app, shop.company, person)
        for path in ("/portal", "/portal/quick", "/portal/cart", "/portal/orders", "/portal/account"):
            assert browser.get(path).status_code == 403
        assert browser.post("/portal/cart/add", {"sku": "TEA", "quantity": "1"}).status_code == 403


def test_a_sent_form_of_another_buyer_is_no_key_to_his_cart(shop: Shop, enter: Enter) -> None:
    li, kim = enter(shop, shop.li), enter(shop, shop.kim)
    add(li, "TEA", "2")
    form = submit_form(li)

    answer = kim.post("/portal/cart/submit", form)

    assert "/portal/cart" in answer.location or answer.status_code == 404
    assert "TEA" in li.get("/portal/cart").text
