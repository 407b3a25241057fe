from __future__ import annotations

import re
from collections.abc import Callable

from kernel.ids import to_text
from tests.web.console.conftest import Shop, once, order_url
from web.pages.orders.timeline import EVENT_KINDS


def _version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found.group(1)


def test_the_page_says_where_each_unit_is_and_why(shop: Shop) -> None:
    placed = shop.order("120")

    page = shop.browser(shop.operator).get(order_url(placed)).text

    assert "100 from NORTH" in page and "20 from SOUTH" in page
    assert "Round 1: NORTH gives TEA-250 × 100" in page and "Fewest splits" in page
    assert "Prices that could hold" in page and "Credit account CA-C-1" in page
    assert "asks the flows Big orders; none wanted" in page
    assert "{" not in re.sub(r"<(script|meta)[^>]*>", "", page.split("<main")[1].split("</main>")[0])


def test_hold_release_deallocate_allocate_and_cancel(shop: Shop) -> None:
    placed = shop.order("10")
    browser = shop.browser(shop.operator)

    def do(action: str, **data: object) -> int:
        page = browser.get(order_url(placed)).text
        return browser.post(order_url(placed, action), {**once(), "version": _version(page), **data}).status_code

    assert do("/hold", reason="Ask the buyer") == 303
    assert "Ask the buyer" in browser.get(order_url(placed)).text
    hold = shop.row("SELECT id FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = %(o)s", o=placed.order_id)
    assert do(f"/holds/{to_text('hld', hold.id)}/release", reason="They agree") == 303
    assert do("/deallocate", reason="Another order first") == 303
    assert do("/allocate") == 303
    line = shop.row("SELECT id FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = %(o)s", o=placed.order_id)
    field = f"quantity.{to_text('lin', line.id)}"
    assert do("/cancel", reason="customer", what="lines", **{field: "4"}) == 303
    assert "4 cancelled" in browser.get(order_url(placed)).text and shop.status(placed.order_id) == "placed"
    assert do("/cancel", reason="customer", what="whole", note="closed down") == 303
    page = browser.get(order_url(placed)).text

    assert shop.status(placed.order_id) == "cancelled"
    for sentence in ("Manual hold placed: Ask the buyer", "Manual hold released: They agree", "taken back: Another order",
                     "6 units cancelled: The customer asked for it: closed down"):  # fmt: skip
        assert sentence in page
    assert 'data-dialog="cancel"' not in page


def test_a_stale_form_changes_nothing_and_says_who_was_first(shop: Shop) -> None:
    placed = shop.order("10")
    browser = shop.browser(shop.operator)
    seen = _version(browser.get(order_url(placed)).text)
    browser.post(order_url(placed, "/hold"), {**once(), "version": seen, "reason": "wait"})

    answer = browser.post(order_url(placed, "/cancel"), {**once(), "version": seen, "reason": "other", "what": "whole"})

    assert answer.status_code == 409 and "was changed by Olga" in answer.text
    assert shop.status(placed.order_id) == "placed"


def test_faults_stand_in_the_form_that_was_sent(shop: Shop) -> None:
    placed = shop.order("10")
    browser = shop.browser(shop.operator)

    no_reason = browser.post(order_url(placed, "/hold"), {**once(), "reason": " "})
    no_units = browser.post(order_url(placed, "/cancel"), {**once(), "reason": "other", "what": "lines"})
    line = shop.row("SELECT id FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = %(o)s", o=placed.order_id)
    too_many = browser.post(
        order_url(placed, "/cancel"),
        {**once(), "reason": "other", "what": "lines", f"quantity.{to_text('lin', line.id)}": "11"},
    )

    assert no_reason.status_code == 422 and "f-hold-reason-problem" in no_reason.text and "data-open" in no_reason.text
    assert no_units.status_code == 422 and "at least one line" in no_units.text
    assert too_many.status_code == 422 and "has only 10 left" in too_many.text
    assert shop.status(placed.order_id) == "placed"


def test_a_form_sent_twice_is_done_once(shop: Shop) -> None:
    placed = shop.order("10")
    browser = shop.browser(shop.operator)
    form = {**once(), "reason": "wait"}

    first = browser.post(order_url(placed, "/hold"), form)
    second = browser.post(order_url(placed, "/hold"), form)

    holds = shop.row(
        "SELECT count(*) AS n FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = %(o)s", o=placed.order_id
    )
    assert first.status_code == second.status_code == 303 and holds.n == 1


def test_what_the_role_does_not_allow_is_not_offered_and_is_refused(shop: Shop) -> None:
    placed = shop.order("10")
    rep = shop.browser(shop.person("sales_rep"))

    page = rep.get(order_url(placed)).text

    assert "data-dialog" not in page.split("<main")[1].split("</main>")[0]
    for action in ("/hold", "/cancel", "/allocate", "/deallocate", "/approval"):
        assert rep.post(order_url(placed, action), {**once(), "reason": "x"}).status_code == 403
    assert shop.status(placed.order_id) == "placed"


def test_another_companys_order_is_not_found_and_stays_as_it_is(make_shop: Callable[..., Shop]) -> None:
    shop, rival = make_shop(), make_shop()
    placed = shop.order("10")
    spy = rival.browser()

    assert spy.get(order_url(placed)).status_code == 404
    for action in ("/hold", "/allocate", "/deallocate", "/withdraw", "/resubmit"):
        assert spy.post(order_url(placed, action), {**once(), "reason": "x"}).status_code == 404
    assert spy.post(order_url(placed, "/cancel"), {**once(), "reason": "other", "what": "whole"}).status_code == 404
    assert spy.post(order_url(placed, "/approval"), {**once(), "action": "approve"}).status_code == 404
    assert spy.get("/orders/nonsense").status_code == 404
    assert shop.status(placed.order_id) == "placed"


def test_the_approver_decides_from_the_order_or_from_the_list(shop: Shop) -> None:
    first, second, third = (shop.order("170") for _ in range(3))
    bea, olga = shop.browser(shop.approver), shop.browser(shop.operator)

    listed = bea.get("/approvals").text
    page = bea.get(order_url(first)).text
    idle = olga.get(order_url(first)).text
    refused = bea.post(f"/approvals/{to_text('ord', second.order_id)}", {**once(), "action": "reject"})
    bea.post(order_url(first, "/approval"), {**once(), "action": "approve", "comment": "Good"})
    bea.post(f"/approvals/{to_text('ord', second.order_id)}", {**once(), "action": "reject", "comment": "No"})
    olga.post(order_url(third, "/withdraw"), {**once(), "comment": "Never mind"})

    assert all(order.number in listed for order in (first, second, third)) and "3 orders wait for you" in listed
    assert 'value="approve"' in page and "Waits for Bea." in page and 'value="approve"' not in idle
    assert refused.status_code == 422 and "comment-" in refused.text and shop.status(second.order_id) == "cancelled"
    assert [shop.status(order.order_id) for order in (first, third)] == ["placed", "cancelled"]
    after = olga.get(order_url(first)).text
    assert "Approved: Good" in after and "allocated" in after
    assert "Nothing waits for you" in bea.get("/approvals").text
    stranger = olga.post(f"/approvals/{to_text('ord', first.order_id)}", {**once(), "action": "approve"})
    assert stranger.status_code in {403, 409}


def test_every_kind_of_event_that_the_domain_writes_has_a_sentence() -> None:
    assert {
        "placed", "noted", "hold_placed", "hold_released", "allocated", "backordered", "deallocated", "cancelled",
        "approval_approve", "approval_reject", "approval_return", "approval_transfer", "approval_withdrawn",
        "approval_resubmitted",
    } <= EVENT_KINDS  # fmt: skip
