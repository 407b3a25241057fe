from __future__ import annotations

import re

from tests.web.console.conftest import Shop, once


def _orders(shop: Shop) -> int:
    return int(shop.row("SELECT count(*) AS n FROM orders WHERE tenant_id = %(tenant)s").n)


def test_an_order_is_entered_and_sent_twice_placed_once(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    form = {
        **once(),
        "customer": "C-1",
        "type": "standard",
        "sku": ["TEA-250", ""],
        "quantity": ["3", ""],
        "cf.po_number": "PO-1",
    }

    first = browser.post("/orders/new", form)
    second = browser.post("/orders/new", form)

    assert first.status_code == second.status_code == 303 and first.location == second.location
    assert _orders(shop) == 1 and "PO-1" in browser.get(first.location.replace(f"http://{browser.host}", "")).text


def test_prices_and_stock_are_said_line_by_line(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    lines = {"customer": "C-1", "type": "standard", "sku": ["TEA-250", "NOPE", ""], "quantity": ["3", "1", ""]}

    whole = browser.post("/orders/new/lines", lines).text
    fragment = browser.post("/orders/new/lines", lines, headers={"HX-Request": "true"}).text

    for answer in (whole, fragment):
        assert "140 available" in answer and "There is no SKU NOPE." in answer and 'id="entry-sums"' in answer
    assert (
        "<html" in whole and "<html" not in fragment and 'hx-swap-oob="true"' in fragment and "<input" not in fragment
    )
    assert _orders(shop) == 0


def test_pasted_lines_are_shown_before_they_are_placed(shop: Shop) -> None:
    browser = shop.browser(shop.operator)

    page = browser.post(
        "/orders/new", {**once(), "customer": "C-1", "type": "standard", "paste": "TEA-250\t12\nTEA-250, many"}
    ).text

    assert 'value="TEA-250"' in page and 'value="12"' in page and "not understood" in page and _orders(shop) == 0


def test_faults_stand_beside_their_fields(shop: Shop) -> None:
    browser = shop.browser(shop.operator)

    empty = browser.post("/orders/new", {**once(), "customer": "", "type": "standard"})
    unknown = browser.post(
        "/orders/new", {**once(), "customer": "C-9", "type": "standard", "sku": "TEA-250", "quantity": "1"}
    )
    letters = browser.post(
        "/orders/new", {**once(), "customer": "C-1", "type": "standard", "sku": "TEA-250", "quantity": "many"}
    )

    assert empty.status_code == 422 and "f-customer-problem" in empty.text and "f-paste-problem" in empty.text
    assert unknown.status_code == 404 and "f-customer-problem" in unknown.text
    assert letters.status_code == 422 and "line-1-problem" in letters.text
    assert _orders(shop) == 0


def test_who_may_not_place_orders_is_refused(shop: Shop) -> None:
    warehouse = shop.browser(shop.person("warehouse"))

    assert warehouse.get("/orders/new").status_code == 403
    assert warehouse.post("/orders/new", {**once(), "customer": "C-1"}).status_code == 403


def test_a_new_order_has_the_usual_priority(shop: Shop) -> None:
    page = shop.browser(shop.operator).get("/orders/new").text
    assert re.search(r'<option value="5" selected', page)
