"""Splitting, merging and taking back, as an operator does it."""

from __future__ import annotations

import re
from typing import Any

from kernel.ids import to_text
from tests.web.console.conftest import Shop, once, order_url


def _line(shop: Shop, placed: Any) -> str:
    row = shop.row("SELECT id FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = %(o)s", o=placed.order_id)
    return to_text("lin", row.id)


def test_a_split_is_shown_before_it_is_done_and_can_be_taken_back(shop: Shop) -> None:
    placed = shop.order("120")
    browser = shop.browser(shop.operator)
    units = {f"group0.{_line(shop, placed)}": "20", "by": "hand"}

    preview = browser.post(order_url(placed, "/split"), {**once(), **units, "do": "preview"}).text
    assert "What it would become" in preview and "238.00" in preview
    assert shop.row("SELECT count(*) FROM orders WHERE tenant_id = %(tenant)s").count == 1
    answer = browser.post(order_url(placed, "/split"), {**once(), **units, "note": "South first"})
    assert answer.status_code == 303
    page = browser.get(order_url(placed)).text
    assert f"{placed.number}-2" in page and f"Split into: {placed.number}-2: South first" in page
    assert "Into 2 orders" in page and f"To order {placed.number}-2: $238.00" in page
    assert "What stays here: $1,190.00" in page
    child = shop.row("SELECT id FROM orders WHERE tenant_id = %(tenant)s AND parent_id IS NOT NULL")
    theirs = browser.get(f"/orders/{to_text('ord', child.id)}").text
    assert f"Split from {placed.number}" in theirs and f"{placed.number}: Order placed" in theirs
    undo = re.search(r'action="([^"]+/undo)"', page)
    assert undo
    assert browser.post(undo.group(1), once()).status_code == 303
    assert "Split undone" in browser.get(order_url(placed)).text


def test_faults_of_a_split_are_said(shop: Shop) -> None:
    placed = shop.order("5")
    browser = shop.browser(shop.operator)
    field = f"group0.{_line(shop, placed)}"
    for units, said in (("x", "Write units as a number"), ("5", "leave something"), ("9", "has only 5 units"),
                        ("", "leave something")):  # fmt: skip
        answer = browser.post(order_url(placed, "/split"), {**once(), "by": "hand", field: units})
        assert answer.status_code in {409, 422} and said in answer.text, (units, answer.status_code)
    assert shop.row("SELECT count(*) FROM orders WHERE tenant_id = %(tenant)s").count == 1


def test_what_waits_for_stock_gets_its_own_order(shop: Shop) -> None:
    placed = shop.order("150")
    browser = shop.browser(shop.operator)
    assert browser.post(order_url(placed, "/split"), {**once(), "by": "waiting"}).status_code == 303
    row = shop.row(
        "SELECT l.ordered, l.backordered FROM orders o JOIN order_lines l ON l.tenant_id = o.tenant_id"
        " AND l.order_id = o.id WHERE o.tenant_id = %(tenant)s AND o.parent_id IS NOT NULL"
    )
    assert (row.ordered, row.backordered) == (10, 10)


def test_orders_of_one_buyer_are_merged(shop: Shop) -> None:
    first, second = shop.order("2"), shop.order("3")
    browser = shop.browser(shop.operator)
    assert second.number in browser.get(order_url(first, "/merge")).text
    nothing = browser.post(order_url(first, "/merge"), once())
    assert nothing.status_code == 422 and "at least two orders" in nothing.text
    chosen = {**once(), "order": to_text("ord", second.order_id)}
    assert browser.post(order_url(first, "/merge"), chosen).status_code == 303
    assert shop.status(second.order_id) == "closed"
    assert f"Merged into {first.number}" in browser.get(order_url(second)).text
    page = browser.get(order_url(first)).text
    assert "2 orders in one" in page and f"Takes over {second.number}: $59.50 in all" in page


def test_who_may_not_change_orders_is_offered_nothing(shop: Shop) -> None:
    placed = shop.order("5")
    browser = shop.browser(shop.approver)
    assert f'href="{order_url(placed, "/split")}"' not in browser.get(order_url(placed)).text
    assert browser.get(order_url(placed, "/split")).status_code == 403
    assert browser.post(order_url(placed, "/split"), {**once(), "by": "waiting"}).status_code == 403
