"""Drafts, copies, templates, units and planned deliveries of a manual entry."""

from __future__ import annotations

import re
from datetime import timedelta

from kernel.ids import new_id, to_text
from tests.web.console.conftest import Shop, once, order_url


def _count(shop: Shop, table: str) -> int:
    return int(shop.row(f"SELECT count(*) AS n FROM {table} WHERE tenant_id = %(tenant)s").n)


def test_a_draft_is_kept_while_typing_continued_and_gone_once_placed(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    draft = to_text("drf", new_id())
    typed = {"customer": "C-1", "type": "standard", "sku": ["TEA-250", ""], "quantity": ["3", ""], "row": ["1", "2"]}

    for _twice in range(2):
        assert "Kept as a draft." in browser.post(f"/orders/drafts/{draft}", typed).text
    assert _count(shop, "order_drafts") == 1
    assert "1 line" in browser.get("/orders/drafts").text
    again = browser.get(f"/orders/new?draft={draft}").text
    assert 'value="C-1"' in again and 'value="TEA-250"' in again and draft in again

    other = shop.browser(shop.approver)
    assert other.post(f"/orders/drafts/{draft}", typed).status_code in {200, 403}
    assert browser.post("/orders/new", {**once(), **typed, "draft": draft}).status_code == 303
    assert _count(shop, "order_drafts") == 0 and _count(shop, "orders") == 1


def test_a_draft_is_nobody_elses(shop: Shop) -> None:
    draft = to_text("drf", new_id())
    typed = {"customer": "C-1", "sku": ["TEA-250"], "quantity": ["3"]}
    shop.browser(shop.operator).post(f"/orders/drafts/{draft}", typed)
    other = shop.browser(shop.person("operator", name="Otto"))

    assert other.get(f"/orders/new?draft={draft}").status_code == 404
    assert "no such draft" in other.post(f"/orders/drafts/{draft}", {**typed, "customer": "C-2"}).text
    other.post(f"/orders/drafts/{draft}/discard", once())
    assert shop.row("SELECT customer FROM order_drafts WHERE tenant_id = %(tenant)s").customer == "C-1"


def test_an_order_is_copied_and_kept_as_a_template(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    order = shop.order("7", custom={"po_number": "PO-9"})

    copied = browser.get(f"/orders/new?copy={to_text('ord', order.order_id)}").text
    assert 'value="TEA-250"' in copied and 'value="7"' in copied and 'value="PO-9"' in copied

    form = {"name": "Weekly tea", "type": "standard", "goods": "TEA-250\t7"}
    assert "TEA-250\t7" in browser.get(order_url(order, "/template")).text
    assert browser.post("/orders/templates", {**once(), **form}).status_code == 303
    assert browser.post("/orders/templates", {**once(), **form}).status_code == 409
    assert browser.post("/orders/templates", {**once(), **form, "name": " "}).status_code == 422
    unknown = browser.post("/orders/templates", {**once(), **form, "name": "B", "goods": "TEA-250 1\nTEE 2"})
    assert unknown.status_code == 422 and "Line 2: there is no SKU TEE." in unknown.text
    nobody = browser.post("/orders/templates", {**once(), **form, "name": "B", "customer": "C-99"})
    assert nobody.status_code == 422 and "no customer of this number" in nobody.text
    template = re.search(r"template=(otp_[a-z0-9]+)", browser.get("/orders/templates").text)
    assert template is not None
    used = browser.get(f"/orders/new?template={template[1]}&customer=C-2").text
    assert 'value="C-2"' in used and 'value="7"' in used
    edit = browser.get(f"/orders/templates/{template[1]}").text
    assert "Weekly tea" in edit and "TEA-250\t7" in edit
    changed = {**form, "template": template[1], "customer": "C-2", "goods": "TEA-250\t9"}
    assert browser.post("/orders/templates", {**once(), **changed}).status_code == 303
    again = browser.get(f"/orders/new?template={template[1]}").text
    assert 'value="9"' in again and 'value="C-2"' in again
    assert browser.post(f"/orders/templates/{template[1]}/remove", once()).status_code == 303
    assert _count(shop, "order_templates") == 0


def test_planned_deliveries_are_typed_checked_and_promised_when_they_are_due(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    with shop.work() as work:
        today = work.today
    later = (today + timedelta(days=40)).isoformat()
    typed = {"customer": "C-1", "type": "standard", "sku": ["TEA-250"], "quantity": ["10"], "row": ["1"]}

    wrong = browser.post("/orders/new", {**once(), **typed, "plan": [f"{today} 4; {later} 5"]})
    assert wrong.status_code == 422 and "come to 9, but 10 are ordered" in wrong.text
    unread = browser.post("/orders/new", {**once(), **typed, "plan": ["soon 10"]})
    assert unread.status_code == 422 and "no planned delivery" in unread.text
    placed = browser.post("/orders/new", {**once(), **typed, "plan": [f"{today} 4; {later} 6"]})
    assert placed.status_code == 303
    line = shop.row("SELECT ordered, allocated, backordered FROM order_lines WHERE tenant_id = %(tenant)s")
    assert (line.ordered, line.allocated, line.backordered) == (10, 4, 0)
    assert "Planned deliveries" in browser.get(placed.location.replace(f"http://{browser.host}", "")).text


def test_an_entry_begins_with_the_usual_priority(shop: Shop) -> None:
    page = shop.browser(shop.operator).get("/orders/new").text

    assert re.search(r'<option value="5" selected', page)


def test_suggestions_are_found_by_code_and_name(shop: Shop) -> None:
    browser = shop.browser(shop.operator)

    assert 'value="TEA-250"' in browser.get("/orders/new/goods?sku=tea").text
    assert "option" not in browser.get("/orders/new/goods?sku=%25").text
    assert browser.get("/orders/new/goods").status_code == 200


def test_a_customer_is_found_while_typing_and_named_once_chosen(shop: Shop) -> None:
    browser = shop.browser(shop.operator)

    assert 'value="C-1"' in browser.get("/orders/new/customers?customer=c-1").text
    assert "option" not in browser.get("/orders/new/customers?customer=%25").text
    assert "option" not in browser.get("/orders/new/customers").text
    said = browser.post("/orders/new/lines", {"customer": "C-1", "type": "standard", "sku": "TEA-250", "quantity": "1"})
    assert "Customer C-1" in said.text
    stranger = {"customer": "X-9", "type": "standard", "sku": "TEA-250", "quantity": "1"}
    fragment = browser.post("/orders/new/lines", stranger, headers={"HX-Request": "true"}).text
    assert "There is no such customer." in fragment


def test_what_is_typed_into_an_entry_becomes_a_template(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    typed = {
        "customer": "C-1",
        "type": "standard",
        "sku": ["TEA-250", ""],
        "quantity": ["3", ""],
        "paste": "TEA-250\t4",
    }

    page = browser.post("/orders/new/template", typed).text

    assert "TEA-250\t3\nTEA-250\t4" in page and 'value="C-1"' in page
    assert _count(shop, "order_templates") == 0


def test_planned_deliveries_of_a_placed_order_are_planned_anew(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    order = shop.order("150")  # 140 are there
    with shop.work() as work:
        today = work.today
    line = to_text("lin", shop.row("SELECT id FROM order_lines WHERE tenant_id = %(tenant)s").id)
    later = (today + timedelta(days=40)).isoformat()

    unread = browser.post(order_url(order, "/deliveries"), {**once(), f"plan.{line}": "soon 5"})
    assert unread.status_code == 422 and "no planned delivery" in unread.text
    wrong = browser.post(order_url(order, "/deliveries"), {**once(), f"plan.{line}": f"{today} 100; {later} 50"})
    assert wrong.status_code == 422 and "140 units are promised stock already" in wrong.text
    kept = browser.post(order_url(order, "/deliveries"), {**once(), f"plan.{line}": f"{today} 140; {later} 10"})
    assert kept.status_code == 303
    page = browser.get(order_url(order)).text
    assert f"{today} 140; {later} 10" in page and "Deliveries planned" in page
    assert shop.row("SELECT backordered FROM order_lines WHERE tenant_id = %(tenant)s").backordered == 0
    assert (
        shop.row(
            "SELECT count(*) AS n FROM audit_entries WHERE tenant_id = %(tenant)s AND action = 'order.plan_deliveries'"
        ).n
        == 1
    )
