"""Catalogue, quick order, orders and account."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from kernel.ids import new_id
from oms.orders.place_hold import PlaceHold, place_hold
from oms.orders.read_order import read_order
from oms.receivables.models import Receivable
from tenants.scope import open_work
from tests.support.builders import a_sku
from tests.support.configuration import an_order_type
from tests.support.portal import Shop, make_shop
from tests.support.portal_pages import add, place, submit
from tests.support.sheets import two_far_cells
from tests.support.web import Browser, Person, make_company, make_user, sign_in

Enter = Callable[[Shop, Person], Browser]
PAGES = ("/portal", "/portal/quick", "/portal/cart", "/portal/orders", "/portal/account")


def test_buyers_land_in_the_catalogue(li: Browser) -> None:
    assert li.get("/").location.endswith("/portal")


@pytest.mark.parametrize("path", PAGES)
def test_pages_speak_both_languages_and_hold_nothing_inline(li: Browser, path: str) -> None:
    add(li, "TEA", "2")
    page = li.get(path)

    assert page.status_code == 200
    assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:", page.text)
    li.post("/preferences", {"locale": "zh-CN", "next": "/portal"})
    chinese = li.get(path).text
    assert 'lang="zh-CN"' in chinese and "购物车" in chinese and "Catalogue" not in chinese


def test_the_catalogue_shows_what_is_sold_to_this_company(shop: Shop, enter: Enter) -> None:
    page = enter(shop, shop.kim).get("/portal").text

    assert "from 12: $8.50" in page and "In stock" in page  # tea, by the base list
    assert "from 4 piece" in page and "in steps of 2 piece" in page and "Few left" in page  # cups
    assert "On backorder" in page  # the pot
    assert "GONE" not in page and "SECRET" not in page


def test_search_category_and_paging(engine: Engine, shop: Shop, li: Browser) -> None:
    assert "CUP" not in li.get("/portal?q=tea").text
    assert "TEA" not in li.get("/portal?category=Ware").text
    assert "Clear filters" in li.get("/portal?q=nothing+like+this").text
    with open_work(engine, shop.company.id) as work:
        for number in range(24):
            a_sku(work, f"A-{number:02}")

    first = li.get("/portal")
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following and "TEA" not in first.text
    assert "TEA" in li.get(following.group(1).replace("&amp;", "&")).text


def test_adding_answers_htmx_with_the_live_parts(li: Browser) -> None:
    answer = li.post(
        "/portal/cart/add", {"sku": "TEA", "quantity": "2", "base_unit": "piece"}, headers={"HX-Request": "true"}
    )

    assert "In the cart:" in answer.text and 'id="cart-button"' in answer.text and "<html" not in answer.text


@pytest.mark.parametrize(("sku", "quantity"), [("NOPE", "1"), ("GONE", "1"), ("TEA", "x"), ("TEA", "-1"), ("TEA", "")])
def test_nonsense_does_not_get_into_the_cart(li: Browser, sku: str, quantity: str) -> None:
    assert add(li, sku, quantity).status_code == 422
    assert "The cart is empty" in li.get("/portal/cart").text


def test_a_pasted_list_keeps_bad_rows_with_their_reason_and_takes_the_good_ones(li: Browser) -> None:
    pasted = "SKU quantity unit\ntea 3\nCUP,5\nNOPE;2\nTEA\t4\nTEA;1;box\nPOT zwei\n"

    checked = li.post("/portal/quick/check", {"pasted": pasted}).text
    assert "2 rows added up" in checked and 'value="7"' in checked
    assert "Ready: 2" in checked and "To mend: 3" in checked

    answer = li.post("/portal/quick/add", {"pasted": pasted})
    assert answer.status_code == 200 and "2 rows are in the cart." in answer.text
    for reason in ("sold in multiples of 2", "There is no SKU or barcode NOPE", "“zwei” is not a quantity"):
        assert reason in answer.text
    assert 'value="TEA"' not in answer.text

    mended = li.post("/portal/quick/add", {"sku": ["CUP", ""], "quantity": ["6", ""], "unit": ["", ""]})
    assert mended.status_code == 302 and mended.location.endswith("/portal/cart")
    cart = li.get("/portal/cart").text
    assert cart.count('name="quantity"') == 3


def test_a_file_is_read_by_its_headers(li: Browser) -> None:
    file = (io.BytesIO("数量;货号\n4;TEA\n6;CUP\n".encode("gb18030")), "list.csv")

    page = li.post("/portal/quick/check", {"file": file}, content_type="multipart/form-data").text

    assert 'value="TEA"' in page and "Ready: 2" in page


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"x", "list.pdf", "cannot be read"),
        (b"not a workbook", "list.xlsx", "cannot be read"),
        (two_far_cells(), "list.xlsx", "cannot be read"),
        (b"SKU,quantity\n", "list.csv", "no rows with a SKU"),
        (b"TEA,1\n" * 1_001, "list.csv", "At most 1000 rows"),
    ],
)
def test_a_bad_file_is_refused_beside_its_field(li: Browser, content: bytes, name: str, reason: str) -> None:
    page = li.post("/portal/quick/check", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")

    assert page.status_code == 422 and reason in page.text


def test_typing_finds_by_part_of_code_or_name(li: Browser) -> None:
    assert 'value="TEA"' in li.get("/portal/quick/find?sku=te").text
    assert "SECRET" not in li.get("/portal/quick/find?sku=secr").text
    assert "TEA,1," in li.get("/portal/quick/sample.csv").text


def test_an_empty_quick_order_is_told_so(li: Browser) -> None:
    assert "at least one row" in li.post("/portal/quick/add", {}).text


def test_internal_reasons_of_holds_stay_inside(engine: Engine, shop: Shop, li: Browser) -> None:
    path = place(li, "POT", "1")
    with open_work(engine, shop.company.id) as work:
        order_id = work.scalar("SELECT id FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id})
        place_hold(work, PlaceHold(order_id=order_id, type="review", reason="Looks like fraud"))

    page, listed = li.get(path).text, li.get("/portal/orders").text

    assert "Your supplier is checking the order." in page and "fraud" not in page
    assert "Waiting for approval" in listed


def test_an_order_may_be_cancelled_until_goods_are_promised(engine: Engine, shop: Shop, li: Browser) -> None:
    waiting, promised = place(li, "POT", "1"), place(li, "TEA", "2")
    assert "cancel-order" in li.get(waiting).text and "cancel-order" not in li.get(promised).text

    assert li.post(f"{waiting}/cancel", {"note": "Found one"}).status_code == 302
    refused = li.post(f"{promised}/cancel")

    page = li.get(waiting).text
    assert "Cancelled" in page and "at your wish" in page
    assert refused.status_code == 409 and "already being prepared" in refused.text
    with open_work(engine, shop.company.id) as work:
        rows = work.rows("SELECT id, status FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id})
        cancelled = next(row.id for row in rows if row.status == "cancelled")
        assert {row.status for row in rows} == {"cancelled", "placed"}
        assert read_order(work, cancelled).events[0].facts["reason"] == "customer"


def test_ordering_again_leaves_out_what_is_no_longer_sold(engine: Engine, shop: Shop, li: Browser) -> None:
    add(li, "TEA", "1", unit="box")
    add(li, "CUP", "4")
    path = submit(li).location
    with open_work(engine, shop.company.id) as work:
        work.execute("UPDATE skus SET active = false WHERE tenant_id = %(t)s AND code = 'CUP'", {"t": work.tenant_id})

    answer = li.post(f"{path}/reorder")

    cart = li.get(answer.location).text
    assert "left out: CUP" in cart and "1 line of order" in cart and cart.count('name="quantity"') == 1


def test_orders_are_found_by_state_and_number(li: Browser) -> None:
    place(li, "TEA", "2")
    place(li, "POT", "1")
    li.get("/portal")  # the thanks are read

    assert li.get("/portal/orders?tab=backordered").text.count("SO-") == 1
    assert li.get("/portal/orders?q=CUP").text.count("SO-") == 0
    assert "Clear filters" in li.get("/portal/orders?tab=cancelled").text


def test_a_statement_shows_open_items_with_the_balance(engine: Engine, shop: Shop, li: Browser) -> None:
    with open_work(engine, shop.company.id) as work:
        account = work.scalar(
            "SELECT credit_account_id FROM customers WHERE tenant_id = %(t)s AND id = %(c)s",
            {"t": work.tenant_id, "c": shop.customer},
        )
        for number, kind, amount, left in (
            ("I-1", "invoice", 100, 0),
            ("P-1", "payment", -100, 0),
            ("I-2", "invoice", 70, 70),
        ):
            work.session.add(
                Receivable(
                    tenant_id=work.tenant_id, id=new_id(), account_id=account, customer_id=shop.customer, kind=kind,
                    currency=work.tenant.currency, net=amount, tax=0, number=number, amount=amount, open_amount=left, posted_on=work.today, due_on=work.today,
                )
            )  # fmt: skip

    open_items, everything = li.get("/portal/account").text, li.get("/portal/account?show=all").text

    assert "I-2" in open_items and "I-1" not in open_items and "P-1" in everything
    assert everything.count("$70.00") >= 2 and "$100.00" in everything
    assert shop.wu.email in everything and shop.kim.email not in everything


def test_a_supplier_who_takes_no_orders_here_says_so(app, engine: Engine, system_engine: Engine) -> None:  # type: ignore[no-untyped-def]
    from tests.support.builders import a_customer

    company = make_company(engine, system_engine)
    with open_work(engine, company.id) as work:
        customer = a_customer(work)
    buyer = sign_in(app, company, make_user(engine, company, "buyer", customer_id=customer))

    for path in PAGES:
        assert buyer.get(path).status_code == 200
    assert "does not take orders" in buyer.get("/portal").text


def test_where_the_supplier_decides_the_buyer_asks_to_cancel(
    engine: Engine, system_engine: Engine, enter: Enter
) -> None:
    asked = {**an_order_type(), "buyer_requests": {"cancel": "ask", "until": "shipped"}}
    shop = make_shop(engine, system_engine, documents={"order_type/standard": asked})
    buyer = enter(shop, shop.li)
    address = place(buyer, "POT", "1")

    before = buyer.get(address).text
    buyer.post(f"{address}/cancel", {"note": "Too late"})

    assert "Ask to cancel" in before and "This cannot be undone" not in before
    after = buyer.get(address).text
    assert "We have your wish to cancel" in after and "Ask to cancel" not in after
