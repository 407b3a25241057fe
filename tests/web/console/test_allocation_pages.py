"""The workbench, the register of backorders, and the buyer's answer by link, as people use them."""

from __future__ import annotations

import re
from typing import Any

from kernel.ids import to_text
from oms.backorders.link import token_of
from oms.inventory.move_stock import ReceiveStock, receive_stock
from tests.support.web import Browser
from tests.web.console.conftest import Shop, once, order_url


def arrive(shop: Shop, units: int) -> None:
    with shop.work() as work:
        receive_stock(work, ReceiveStock(sku_id=shop.tea, location_id=shop.north, quantity=units))  # type: ignore[arg-type]


def lines_of(shop: Shop, placed: Any) -> Any:
    return shop.row(
        "SELECT id, allocated, backordered, ordered - cancelled AS wanted FROM order_lines"
        " WHERE tenant_id = %(tenant)s AND order_id = %(o)s ORDER BY line_no",
        o=placed.order_id,
    )


def test_a_batch_is_compared_then_applied(shop: Shop) -> None:
    placed = [shop.order("150"), shop.order("20")]
    arrive(shop, 25)
    browser = shop.browser(shop.operator)
    page = browser.get("/allocation").text
    assert all(one.number in page for one in placed) and "Allocate these" in page
    orders = [to_text("ord", one.order_id) for one in placed]

    tried = browser.post("/allocation/batches", {**once(), "order": orders, "do": "compare"})
    compared = browser.get(tried.headers["Location"].split("localhost")[-1].partition(".test")[2] or tried.location)
    assert compared.status_code == 200
    assert "By the rules" in compared.text and "At the least cost" in compared.text
    assert lines_of(shop, placed[0]).backordered == 10

    done = browser.post("/allocation/batches", {**once(), "order": orders, "do": "optimise"})
    assert done.status_code == 303
    assert lines_of(shop, placed[0]).backordered == 0 and lines_of(shop, placed[1]).allocated == 15
    assert "Planned together with the other orders" in browser.get(order_url(placed[0])).text
    assert browser.post("/allocation/batches", {**once(), "do": "rules"}).status_code == 422


def test_a_priority_is_set_with_its_dialog_and_faults_are_said(shop: Shop) -> None:
    placed = shop.order("5")
    browser = shop.browser(shop.operator)

    wrong = browser.post(order_url(placed, "/priority"), {**once(), "priority": "x"})
    assert wrong.status_code == 422
    day = browser.post(order_url(placed, "/priority"), {**once(), "priority": "8", "promise_on": "soon"})
    assert "Write a day" in day.text
    done = browser.post(
        order_url(placed, "/priority"), {**once(), "priority": "8", "promise_on": "2030-01-31", "reason": "fair"}
    )
    assert done.status_code == 303
    assert "Priority 8, promised for 2030-01-31: fair" in browser.get(order_url(placed)).text


def test_a_location_that_cannot_ship_hands_over_to_the_next(shop: Shop) -> None:
    placed = shop.order("30")
    browser = shop.browser(shop.operator)

    wrong = browser.post(order_url(placed, "/refuse"), {**once(), "location": "south", "reason": "wet"})
    assert wrong.status_code == 409
    done = browser.post(order_url(placed, "/refuse"), {**once(), "location": "north", "reason": "wet"})

    assert done.status_code == 303
    page = browser.get(order_url(placed)).text
    assert "north could not ship" in page and "30 units allocated at one location" in page


def test_a_backorder_is_followed_up_asked_about_and_answered_by_link(shop: Shop) -> None:
    placed = shop.order("150")
    browser = shop.browser(shop.operator)
    line = to_text("lin", lines_of(shop, placed).id)
    assert placed.number in browser.get("/backorders").text
    assert placed.number in browser.get("/backorders/export.csv").text
    assert placed.number not in browser.get("/backorders?show=overdue").text
    bad = browser.post(f"/backorders/{line}/follow-up", {**once(), "note": "", "due_on": "2030-01-31"})
    assert bad.status_code == 422 and "needs a note" in bad.text
    noted = browser.post(f"/backorders/{line}/follow-up", {**once(), "note": "Call the mill", "due_on": "2030-01-31"})
    assert noted.status_code == 303 and "Call the mill" in browser.get("/backorders").text
    assert browser.post(f"/backorders/{line}/ask", once()).status_code == 303
    assert "Customer is asked" in browser.get("/backorders").text
    question = shop.row("SELECT id FROM backorder_questions WHERE tenant_id = %(tenant)s").id

    visitor = Browser(shop.app, browser.host)
    link = f"/b/{token_of(shop.company.id, question)}"
    page = visitor.get(link)
    assert page.status_code == 200 and "TEA-250" in page.text and "Customer C-1" not in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    assert visitor.send(link, {"answer": "eat", "csrf_token": token.group(1)}).status_code == 422
    answered = visitor.send(link, {"answer": "cancel", "csrf_token": token.group(1)})

    assert answered.status_code == 200 and "is cancelled" in answered.text
    assert lines_of(shop, placed).wanted == 140
    assert visitor.send(link, {"answer": "wait", "csrf_token": token.group(1)}).status_code == 409
    assert visitor.get("/b/nonsense").status_code == 404
    assert "The buyer cancels 10 units of TEA-250" in browser.get(order_url(placed)).text


def test_capacity_delivery_and_substitutes_are_kept(shop: Shop) -> None:
    browser = shop.browser()
    customer = to_text("cus", shop.customer)

    assert browser.post("/locations/north/capacity", {**once(), "daily_capacity": "0"}).status_code == 422
    assert browser.post("/locations/north/capacity", {**once(), "daily_capacity": "12"}).status_code == 303
    assert 'value="12"' in browser.get("/locations/north").text
    assert browser.post(f"/customers/{customer}/delivery", {**once(), "ship_complete": "1"}).status_code == 303
    assert shop.order("150").allocated == 0
    bad = browser.post("/products/skus/TEA-250/substitutes", {**once(), "substitutes": "NONE"})
    assert bad.status_code == 422 and "There is no SKU NONE" in bad.text
