"""Changing an order as an operator does it, and as a buyer asks for it."""

from __future__ import annotations

import re

from kernel.ids import to_text
from oms.changes.actions import SetNote
from oms.changes.change_sets import OpenChange, open_change
from tests.web.console.conftest import Shop, once, order_url


def _line(shop: Shop, placed: object) -> str:
    row = shop.row("SELECT id FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = %(o)s", o=placed.order_id)  # type: ignore[attr-defined]
    return to_text("lin", row.id)


def _version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def test_a_change_is_previewed_and_confirmed(shop: Shop) -> None:
    placed = shop.order("10")
    browser, url, key = shop.browser(shop.operator), order_url(placed, "/change"), _line(shop, placed)
    form = {"version": _version(browser.get(url).text), f"quantity.{key}": "4", "sku.0": "TEA-250", "units.0": "2",
            "reason": "Called"}  # fmt: skip

    preview = browser.post(url, {**once(), **form, "do": "preview"})
    assert preview.status_code == 200
    assert "What would change" in preview.text and "Stock: 10 allocated units" not in preview.text
    assert "Stock: 6 allocated units become free." in preview.text and "Stock: 2 units are allocated." in preview.text
    total = shop.row("SELECT total FROM orders WHERE tenant_id = %(tenant)s").total
    again = browser.get(url).text
    assert 'value="4"' in again and "Drop this change" in again
    assert browser.post(url, {**once(), **form, "do": "confirm"}).status_code == 303
    assert shop.row("SELECT total FROM orders WHERE tenant_id = %(tenant)s").total < total
    page = browser.get(order_url(placed)).text
    assert "Order changed:" in page and "Called" in page
    bare = re.findall(r">\s*\d[\d,]*\.\d\d\s*<", page)
    assert not bare, bare  # money is never said without its currency, nor in the decisions
    versions = browser.get(order_url(placed, "/versions")).text
    assert "Line 1, TEA-250: Quantity" in versions


def test_faults_stand_at_their_fields_and_nothing_is_changed(shop: Shop) -> None:
    placed = shop.order("10")
    browser, url, key = shop.browser(shop.operator), order_url(placed, "/change"), _line(shop, placed)
    for form, said in (
        ({f"quantity.{key}": "x"}, "Write a number"), ({"sku.0": "NONE", "units.0": "1"}, "There is no SKU NONE"),
        ({"sku.0": "TEA-250"}, "This is needed"), ({f"quantity.{key}": "0"}, "Nothing of the order would be left"),
        ({f"price.{key}": "-1"}, "Write a number"), ({"ship_to.city": ""}, "This is needed"),
    ):  # fmt: skip
        answer = browser.post(url, {**once(), **form, "do": "preview"})
        assert said in answer.text, (form, answer.text[:200])
        confirmed = browser.post(url, {**once(), **form, "do": "confirm"})
        assert confirmed.status_code == 422 and said in confirmed.text, form
    assert shop.row("SELECT sum(ordered - cancelled) AS n FROM order_lines WHERE tenant_id = %(tenant)s").n == 10


def test_a_buyers_wish_waits_in_a_list_and_is_declined(shop: Shop) -> None:
    placed = shop.order("10")
    with shop.work() as work:
        wish = OpenChange(order_id=placed.order_id, actions=(SetNote(buyer_note="later"),), reason="Holiday",
                          by_customer=True)  # fmt: skip
        change = open_change(work, wish)
    browser = shop.browser(shop.operator)
    assert placed.number in browser.get("/orders/requests").text
    assert "asks for this change" in browser.get(order_url(placed, "/change")).text
    url = order_url(placed, f"/changes/{to_text('chg', change)}/close")
    assert browser.post(url, {**once(), "do": "decline", "note": "Too late"}).status_code == 303
    assert "No open requests" in browser.get("/orders/requests").text


def test_lines_are_closed_short(shop: Shop) -> None:
    placed = shop.order("150")
    browser, key = shop.browser(shop.operator), _line(shop, placed)
    form = {"version": _version(browser.get(order_url(placed)).text), "line": key, "note": "Discontinued"}
    assert browser.post(order_url(placed, "/short-close"), {**once(), **form}).status_code == 303
    line = shop.row("SELECT ordered, cancelled, allocated FROM order_lines WHERE tenant_id = %(tenant)s")
    assert (line.ordered, line.cancelled, line.allocated) == (150, 10, 140)
    assert "Close short" not in browser.get(order_url(placed)).text
