from __future__ import annotations

from collections.abc import Callable

from kernel.ids import to_text
from tests.support.web import make_user
from tests.web.console.conftest import Shop, once, order_url


def _mark(shop: Shop, order: object) -> str:
    version = shop.row("SELECT version FROM orders WHERE tenant_id = %(tenant)s AND id = %(id)s", id=order.order_id)  # type: ignore[attr-defined]
    return f"{to_text('ord', order.order_id)}:{version.version}"  # type: ignore[attr-defined]


def test_tabs_count_what_they_list_and_filters_become_chips(shop: Shop) -> None:
    free, held = shop.order("5", custom={"po_number": "PO-77"}), shop.order("10", customer="C-2")
    browser = shop.browser(shop.operator)

    everything = browser.get("/orders").text
    on_hold = browser.get("/orders?tab=on_hold").text
    pasted = browser.get(f"/orders?q={free.number}%0A{held.number}").text
    custom = browser.get("/orders?cf.po_number=PO-77").text
    customer = browser.get("/orders?customer=C-2&min=1&max=99999").text

    assert free.number in everything and held.number in everything
    assert 'All<span class="count">2</span>' in everything and 'On hold<span class="count">1</span>' in everything
    assert held.number in on_hold and free.number not in on_hold
    assert free.number in pasted and held.number in pasted
    assert free.number in custom and held.number not in custom and "Their PO: PO-77" in custom
    assert held.number in customer and free.number not in customer and "Total from: 1" in customer


def test_faults_of_filters_stand_beside_their_fields(shop: Shop) -> None:
    shop.order()
    page = shop.browser(shop.operator).get("/orders?from=yesterday&min=much&customer=C-9").text

    for name in ("from", "min", "customer"):
        assert f'id="f-{name}-problem"' in page
    assert "Nothing matches" in page


def test_pages_go_forth_and_back_with_the_state_in_the_address(shop: Shop, monkeypatch: object) -> None:
    numbers = [shop.order("1").number for _ in range(5)]
    monkeypatch.setattr("web.pages.orders.index.PAGE_ROWS", 2)  # type: ignore[attr-defined]
    browser = shop.browser(shop.operator)

    def link(page: str, rel: str) -> str:
        return page.split(f'rel="{rel}" href="')[1].split('"')[0].replace("&amp;", "&")

    first = browser.get("/orders?channel=console").text
    second = browser.get(link(first, "next")).text
    third = browser.get(link(second, "next")).text
    back = browser.get(link(third, "prev")).text

    assert numbers[4] in first and numbers[2] in second and numbers[0] in third and 'rel="next"' not in third
    assert numbers[2] in back and "Channel: Entered by staff" in back


def test_the_list_costs_few_statements(shop: Shop) -> None:
    for _ in range(3):
        shop.order("1")
    browser = shop.browser(shop.operator)
    browser.get("/orders")
    counted: list[int] = []
    import psycopg

    original = psycopg.Cursor.execute

    def execute(self: object, *args: object, **more: object) -> object:
        counted.append(1)
        return original(self, *args, **more)  # type: ignore[arg-type]

    psycopg.Cursor.execute = execute  # type: ignore[method-assign, assignment]
    try:
        browser.get("/orders")
    finally:
        psycopg.Cursor.execute = original  # type: ignore[method-assign]

    assert 0 < len(counted) <= 15


def test_the_export_has_the_columns_of_the_page_and_no_formulas(shop: Shop) -> None:
    with shop.work() as work:
        work.execute(
            "UPDATE customers SET name = '=HYPERLINK(1)' WHERE tenant_id = %(t)s AND number = 'C-1'",
            {"t": work.tenant_id},
        )
    placed, other = shop.order("5"), shop.order("1", customer="C-2")

    answer = shop.browser(shop.operator).get("/orders/export.csv?customer=C-1")
    lines = answer.text.lstrip("\ufeff").splitlines()

    assert answer.content_type.startswith("text/csv")
    assert lines[0].startswith("Order,Channel's number,Placed,Customer,Channel,Order type,State,Holds,Lines,Total")
    assert (
        len(lines) == 2
        and placed.number in lines[1]
        and "'=HYPERLINK(1)" in lines[1]
        and other.number not in answer.text
    )


def test_bulk_says_who_can_and_why_others_cannot_and_then_does_each_by_itself(shop: Shop) -> None:
    free, held = shop.order("5"), shop.order("10", customer="C-2")
    browser = shop.browser(shop.operator)
    marks = [_mark(shop, free), _mark(shop, held)]

    asked = browser.post("/orders/bulk", {"action": "allocate", "order": marks}).text
    unsure = browser.post("/orders/bulk/run", {"action": "cancel", "order": marks})
    done = browser.post("/orders/bulk/run", {"action": "cancel", "order": marks, "reason": "customer"}).text
    again = browser.post("/orders/bulk/run", {"action": "cancel", "order": marks, "reason": "customer"}).text

    assert "0 of 2 selected orders can be done." in asked
    assert "The order is on hold." in asked and "Everything is allocated already." in asked
    assert unsure.status_code == 422 and "f-reason-problem" in unsure.text
    assert shop.status(free.order_id) == shop.status(held.order_id) == "cancelled"
    assert done.count("units cancelled") == 2
    assert again.count("The order is cancelled already.") == 2


def test_bulk_reports_an_order_that_somebody_else_changed_and_goes_on(shop: Shop) -> None:
    stale, fine = shop.order("5"), shop.order("6")
    browser = shop.browser(shop.operator)
    marks = [_mark(shop, stale), _mark(shop, fine)]
    browser.post(order_url(stale, "/hold"), {**once(), "reason": "wait"})

    page = browser.post("/orders/bulk/run", {"action": "cancel", "order": marks, "reason": "other"}).text

    assert "was changed by Olga" in page
    assert shop.status(stale.order_id) == "placed" and shop.status(fine.order_id) == "cancelled"


def test_bulk_needs_the_permission_of_the_action(shop: Shop) -> None:
    placed = shop.order("5")
    rep = shop.browser(shop.person("sales_rep"))

    answer = rep.post("/orders/bulk/run", {"action": "cancel", "order": _mark(shop, placed), "reason": "other"})

    assert answer.status_code == 403 and shop.status(placed.order_id) == "placed"


def test_row_scope_hides_other_customers_in_list_counts_and_export(shop: Shop) -> None:
    mine, hidden = shop.order("1"), shop.order("1", customer="C-2")
    scoped = shop.browser(make_user(shop.engine, shop.company, "operator", customer_scope=(shop.customer,)))

    page, export = scoped.get("/orders").text, scoped.get("/orders/export.csv").text

    assert mine.number in page and hidden.number not in page and 'All<span class="count">1</span>' in page
    assert hidden.number not in export
    assert scoped.get(order_url(hidden)).status_code == 404


def test_pages_of_orders_speak_chinese(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop("zh-CN")
    placed = shop.order("10", customer="C-2")
    browser = shop.browser(shop.operator)

    assert "信用挂起" in browser.get("/orders").text
    page = browser.get(order_url(placed)).text
    assert "决策依据" in page and "订单已下" in page
    assert "新建订单" in browser.get("/orders/new").text


def test_an_empty_list_teaches_and_who_may_not_see_orders_is_refused(shop: Shop) -> None:
    assert "No orders yet" in shop.browser(shop.operator).get("/orders").text
    assert shop.browser(shop.person()).get("/orders").status_code == 403
