"""The review queue, and what stands beside an order, through the pages."""

from __future__ import annotations

import io
import re

from kernel.ids import new_id, to_text
from oms.catalog.models import SkuSubstitute
from oms.configuration import publish_bundle
from tenants.scope import open_work
from tests.support.builders import a_sku, sku_id, stock
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


def test_what_the_queue_proposes_for_goods_that_lack_leads_to_the_form_filled(shop: Shop) -> None:
    with shop.work() as work:
        for code in ("TEA-500", "TEA-900"):
            a_sku(work, code)
        stock(work, "TEA-500", at=shop.north, on_hand="3")
        stock(work, "TEA-900", at=shop.north, on_hand="30")
        for rank, code in enumerate(("TEA-500", "TEA-900"), start=1):
            work.session.add(
                SkuSubstitute(
                    tenant_id=work.tenant_id, sku_id=shop.tea, substitute_id=sku_id(work, code), rank=rank
                )
            )  # fmt: skip
    browser = shop.browser(shop.operator)
    order = shop.order("150")  # 140 are there
    url = order_url(order)
    browser.post(url + "/hold", {**once(), "reason": "ten are missing", "type": "stock"})

    queue = browser.get("/review").text
    change = browser.get(url + "/change?fix=substitute").text
    waiting = browser.get(url + "/split?by=waiting").text

    assert f"{url}/change?fix=substitute" in queue and f"{url}/split?by=waiting" in queue
    assert f"{url}#short-close" in queue and 'id="short-close"' in browser.get(url).text
    assert 'value="TEA-900"' in change and "What would change" in change
    assert "What it would become" in waiting and "Put what waits" in waiting
    assert shop.row("SELECT count(*) AS n FROM change_sets WHERE tenant_id = %(tenant)s").n == 0


def test_lines_below_their_floor_are_proposed_at_it_promotions_counted(shop: Shop) -> None:
    order = shop.order("5")
    with shop.work() as work:
        work.execute(
            "UPDATE order_lines SET floor_price = 10.5 WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
        )
    browser = shop.browser(shop.person("admin"))

    page = browser.get(order_url(order, "/change?fix=floor")).text
    nothing = browser.get(order_url(order, "/change?fix=substitute"))

    assert 'value="10.5"' in page and "What would change" in page
    assert nothing.status_code == 200 and "Of no substitute is there enough" in nothing.text


def test_the_queue_proposes_the_temporary_limit_that_lets_an_order_pass(shop: Shop) -> None:
    order = shop.order("7", customer="C-2")  # 83.30 of 60
    browser = shop.browser(shop.person("admin"))

    link = re.search(r'href="(/credit/accounts/[^"]+order=[^"]+)"', browser.get("/review").text)
    assert link is not None
    page = browser.get(link[1].replace("&amp;", "&").split("#")[0]).text

    assert order.number in page and 'value="83.3"' in page
    assert re.search(r'<details class="more" id="raise" open', page)


def test_an_order_that_was_sent_twice_is_cancelled_beside_its_twin(shop: Shop) -> None:
    first, second = shop.order(), shop.order()
    browser = shop.browser(shop.operator)
    browser.post(order_url(second, "/hold"), {**once(), "reason": "sent twice?", "type": "manual"})
    with shop.work() as work:
        work.execute(
            "UPDATE order_holds SET other_order_id = %(first)s WHERE tenant_id = %(tenant)s",
            {"tenant": work.tenant_id, "first": first.order_id},
        )
    compare = re.search(r'href="(/review/[^"]+/compare)"', browser.get("/review").text)
    assert compare is not None

    page = browser.get(compare[1]).text

    assert f"Cancel {second.number}" in page and f"{first.number} stays" in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    form = {**once(), "version": version[1], "reason": "staff", "note": f"Sent twice; {first.number} stays."}
    assert browser.post(order_url(second, "/cancel"), form).status_code == 303
    assert shop.status(second.order_id) == "cancelled" and shop.status(first.order_id) == "placed"
