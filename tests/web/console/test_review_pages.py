"""The review queue, and what stands beside an order, through the pages."""

from __future__ import annotations

import io
import re

from kernel.ids import new_id, to_text
from oms.configuration import publish_bundle
from tenants.scope import open_work
from tests.web.console.conftest import Shop, once, order_url

HOLD = re.compile(r'name="hold" value="(hld_[a-z0-9]+)"')


def test_holds_wait_in_the_queue_are_assigned_and_released_with_a_reason(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    order = shop.order()
    types = {"reason": "street unknown", "type": ["address", "manual"]}
    assert browser.post(order_url(order, "/hold"), {**once(), **types}).status_code == 303

    page = browser.get("/review").text
    holds = HOLD.findall(page)
    assert len(holds) == 2 and "street unknown" in page and "Edit the address" in page

    assert browser.post("/review/assign", {**once(), "hold": holds, "to": "me"}).status_code == 303
    assert len(HOLD.findall(browser.get("/review?which=mine").text)) == 2
    assert HOLD.findall(browser.get("/review?which=unassigned").text) == []
    browser.post("/review/release", {**once(), "hold": holds, "reason": ""})
    assert len(HOLD.findall(browser.get("/review").text)) == 2
    for _twice in range(2):
        browser.post("/review/release", {**once(), "hold": holds, "reason": "called the buyer"})

    assert "Nothing waits here" in browser.get("/review").text
    row = shop.row("SELECT open_holds FROM orders WHERE tenant_id = %(tenant)s AND id = %(id)s", id=order.order_id)
    assert row.open_holds == 0


def test_what_a_rule_says_is_read_in_the_readers_language(shop: Shop) -> None:
    outcome = {"do": "hold", "hold_type": "review", "reason": {"en": "Call the buyer", "zh-CN": "请致电买家"}}
    rule = {"id": "r1", "name": {"en": "All"}, "when": {">": [{"var": "order.total"}, 0]}, "outcome": outcome}
    with open_work(shop.engine, shop.company.id) as work:
        rules = {"name": {"en": "Checks"}, "rules": [rule]}
        publish_bundle(work, {"review_rules/standard": rules}, notes="A rule")
    browser = shop.browser(shop.operator)
    url = order_url(shop.order(), "")

    for locale, reads, other in (("en", "Call the buyer", "请致电买家"), ("zh-CN", "请致电买家", "Call the buyer")):
        browser.post("/preferences", {"locale": locale})
        for page in ("/review", url):
            text = re.sub(r'(href|value)="[^"]*"', "", browser.get(page).text)
            assert reads in text and other not in text, (locale, page)


def test_an_unknown_type_of_hold_is_refused_at_its_form(shop: Shop) -> None:
    answer = shop.browser(shop.operator).post(
        order_url(shop.order(), "/hold"), {**once(), "reason": "x", "type": "approval"}
    )

    assert answer.status_code == 422 and "Choose what the hold is about" in answer.text


def test_nonsense_in_the_address_of_the_queue_shows_the_queue(shop: Shop) -> None:
    browser = shop.browser(shop.operator)

    for query in (
        "which=x",
        "at=x&after=hld_x",
        "type=%00&reason=%00",
        f"at=2026-01-01&after={to_text('hld', new_id())}",
    ):
        assert browser.get(f"/review?{query}").status_code == 200


def test_notes_and_files_stand_beside_the_order(shop: Shop) -> None:
    browser = shop.browser(shop.operator)
    order = shop.order()

    assert (
        browser.post(order_url(order, "/notes"), {**once(), "note": "call first", "pinned": "yes"}).status_code == 303
    )
    assert browser.post(order_url(order, "/notes"), {**once(), "note": " "}).status_code == 422
    upload = {**once(), "file": (io.BytesIO(b"%PDF-1.7 drawing"), "drawing.pdf"), "for_buyer": "yes"}
    assert browser.post(order_url(order, "/attachments"), upload).status_code in {303, 403}

    page = browser.get(order_url(order)).text
    assert "call first" in page and "pinned" in page
    note = re.search(r"/notes/(not_[a-z0-9]+)/pin", page)
    assert note is not None
    assert browser.post(order_url(order, f"/notes/{note[1]}/pin"), {**once(), "pinned": "no"}).status_code == 303
    other = order_url(order, f"/notes/{to_text('not', new_id())}/pin")
    assert browser.post(other, {**once(), "pinned": "yes"}).status_code == 404


def test_an_attached_file_comes_back_as_it_was_and_can_be_removed(shop: Shop) -> None:
    browser = shop.browser(shop.person("admin"))
    order = shop.order()
    data = b"%PDF-1.7 drawing"

    upload = {**once(), "file": (io.BytesIO(data), "../drawing.pdf")}
    assert browser.post(order_url(order, "/attachments"), upload).status_code == 303
    assert browser.post(order_url(order, "/attachments"), once()).status_code == 422
    found = re.search(r"/attachments/(att_[a-z0-9]+)", browser.get(order_url(order)).text)
    assert found is not None
    answer = browser.get(order_url(order, f"/attachments/{found[1]}"))
    assert answer.data == data and "drawing.pdf" in answer.headers["Content-Disposition"]
    other = shop.order()
    assert browser.get(order_url(other, f"/attachments/{found[1]}")).status_code == 404

    assert browser.post(order_url(order, f"/attachments/{found[1]}/remove"), once()).status_code == 303
    assert browser.get(order_url(order, f"/attachments/{found[1]}")).status_code == 404
    left = shop.row("SELECT count(*) AS n FROM field_files WHERE tenant_id = %(tenant)s")
    assert left.n == 0
