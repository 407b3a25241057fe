"""The cart: live prices and credit, and submitting it once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from kernel.db.engine import counting_statements
from tenants.scope import open_work
from tests.support.configuration import an_order_type
from tests.support.portal import Shop, make_shop
from tests.support.portal_pages import add, place, submit, submit_form
from tests.support.web import Browser, Person

Enter = Callable[[Shop, Person], Browser]
HTMX = {"HX-Request": "true"}


def placed(engine: Engine, shop: Shop) -> int:
    with open_work(engine, shop.company.id) as work:
        return int(work.scalar("SELECT count(*) FROM orders WHERE tenant_id = %(t)s", {"t": shop.company.id}))


def test_a_cart_becomes_an_order_and_is_empty_then(engine: Engine, shop: Shop, li: Browser) -> None:
    add(li, "TEA", "2")
    add(li, "TEA", "1", unit="box")

    answer = submit(li, buyer_note="Ring twice")

    page = li.get(answer.location).text
    assert "Confirmed, being prepared" in page and "Ring twice" in page
    assert "$126.00" in page and "$149.94" in page  # 14 at 9.00, and 19 % on top
    assert "The cart is empty" in li.get("/portal/cart").text


def test_the_same_form_sent_twice_places_one_order(engine: Engine, shop: Shop, li: Browser) -> None:
    add(li, "TEA", "2")
    form = submit_form(li)

    first, second = li.send("/portal/cart/submit", form), li.send("/portal/cart/submit", form)

    assert first.status_code == second.status_code == 302 and first.location == second.location
    assert placed(engine, shop) == 1


def test_two_windows_place_one_order_and_the_second_is_shown_it(engine: Engine, shop: Shop, li: Browser) -> None:
    add(li, "TEA", "2")
    one, other = submit_form(li), submit_form(li)

    first, second = li.send("/portal/cart/submit", one), li.send("/portal/cart/submit", other)

    assert first.location == second.location and placed(engine, shop) == 1
    assert "ordered already" in li.get(second.location).text


def test_a_total_that_changed_since_it_was_seen_is_shown_again(engine: Engine, shop: Shop, li: Browser) -> None:
    add(li, "TEA", "2")
    form = submit_form(li)
    add(li, "TEA", "1")

    answer = li.send("/portal/cart/submit", form)

    assert answer.status_code == 409 and "The total changed" in answer.text
    assert placed(engine, shop) == 0 and 'value="3"' in answer.text
    assert "$0.00" in li.get("/portal/account").text  # nothing of the refused order counts to the credit


def test_credit_is_told_live_and_above_the_limit_the_order_waits(shop: Shop, li: Browser) -> None:
    add(li, "TEA", "80")
    near = li.get("/portal/cart").text
    assert "near your credit limit" in near and "$143.20" in near  # 1000 - 80 x 9 x 1.19

    above = li.post(
        "/portal/cart/lines", {"sku": "TEA", "unit": "", "quantity": "99", "order_type": "standard"}, headers=HTMX
    ).text
    assert "goes to your supplier for approval" in above and "-$60.29" in above and "<html" not in above

    order = li.get(submit(li).location).text
    assert "Waiting for approval" in order and "Above your credit limit" in order


def test_credit_that_blocks_refuses_and_says_so(engine: Engine, system_engine: Engine, enter: Enter) -> None:
    strict = an_order_type(credit={"policy": "block", "check_at": ["place"]})
    shop = make_shop(engine, system_engine, limit="10", documents={"order_type/standard": strict})
    li = enter(shop, shop.li)
    add(li, "TEA", "5")

    page = li.get("/portal/cart").text
    answer = submit(li)

    assert "cannot be ordered now" in page and 'btn-wide" disabled' in page
    assert answer.status_code == 409 and placed(engine, shop) == 0
    assert "cannot be ordered now" in answer.text


def test_tier_stock_and_faults_stand_beside_their_lines(shop: Shop, enter: Enter) -> None:
    kim = enter(shop, shop.kim)
    for sku, quantity in (("TEA", "10"), ("CUP", "7"), ("POT", "2")):
        add(kim, sku, quantity)

    page = kim.get("/portal/cart").text

    assert "2 piece more: $8.50 each" in page
    assert "sold in multiples of 2 piece" in page and 'aria-invalid="true"' in page
    assert "On backorder" in page and 'btn-wide" disabled' in page
    assert submit(kim).status_code == 422


def test_lines_are_changed_and_taken_out_without_scripts(li: Browser) -> None:
    add(li, "TEA", "2")
    add(li, "CUP", "4")
    lines = {"sku": ["TEA", "CUP"], "unit": ["", ""], "quantity": ["6", "4"]}

    li.post("/portal/cart/lines", {**lines, "remove": "CUP|"})

    page = li.get("/portal/cart").text
    assert 'value="6"' in page and "CUP" not in page

    li.post("/portal/cart/lines", {"sku": "TEA", "unit": "", "quantity": "many"})
    assert "is not a quantity" in li.get("/portal/cart").text
    li.post("/portal/cart/empty")
    assert "The cart is empty" in li.get("/portal/cart").text


def test_custom_fields_are_asked_for_and_judged(engine: Engine, system_engine: Engine, enter: Enter) -> None:
    fields = {
        "fields": [
            {"id": "f1", "key": "po", "labels": {"en": "PO number", "zh-CN": "采购单号"}, "type": "text", "required": True},
            {"id": "f2", "key": "dock", "labels": {"en": "Dock"}, "type": "option",
             "options": [{"id": "a", "labels": {"en": "Dock A"}}, {"id": "b", "labels": {"en": "Dock B"}}]},
            {"id": "f3", "key": "pallets", "labels": {"en": "Pallets"}, "type": "integer", "max": 10},
        ]
    }  # fmt: skip
    shop = make_shop(engine, system_engine, documents={"fields/order": fields})
    li = enter(shop, shop.li)
    add(li, "TEA", "2")

    refused = submit(li, custom_pallets="11", custom_dock="b", buyer_note="Kept")

    assert refused.status_code == 422 and placed(engine, shop) == 0
    assert "“PO number” is required." in refused.text and "“Pallets” must be at most 10." in refused.text
    assert '<option value="b" selected>' in refused.text and "Kept" in refused.text

    page = li.get(submit(li, custom_po="X-1", custom_dock="b", custom_pallets="3").location).text
    assert "X-1" in page and "Dock B" in page


def test_a_field_appears_when_its_condition_holds(engine: Engine, system_engine: Engine, enter: Enter) -> None:
    fields = {
        "fields": [
            {"id": "f1", "key": "lift", "labels": {"en": "Tail lift"}, "type": "bool"},
            {"id": "f2", "key": "height", "labels": {"en": "Ramp height"}, "type": "decimal", "required": True,
             "visible_when": {"==": [{"var": "order.cf.lift"}, True]}},
        ]
    }  # fmt: skip
    shop = make_shop(engine, system_engine, documents={"fields/order": fields})
    li = enter(shop, shop.li)
    add(li, "TEA", "2")
    assert "Ramp height" not in li.get("/portal/cart").text

    shown = li.post("/portal/cart/details", {"custom_lift": "true"}, headers=HTMX).text

    assert "Ramp height" in shown and 'hx-swap-oob="outerMorph"' in shown
    assert "is required" in submit(li, custom_lift="true").text
    assert "1.2" in li.get(submit(li, custom_lift="true", custom_height="1.2").location).text


def test_what_is_typed_is_kept_for_another_device(shop: Shop, li: Browser, enter: Enter) -> None:
    add(li, "TEA", "2")
    day = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()

    li.post("/portal/cart/details", {"requested_on": day, "buyer_note": "By the back door"})

    page = enter(shop, shop.li).get("/portal/cart").text
    assert f'value="{day}"' in page and "By the back door" in page


def test_enter_in_a_field_keeps_what_is_typed_instead_of_ordering(li: Browser) -> None:
    add(li, "TEA", "2")

    form = li.get("/portal/cart").text.partition('action="/portal/cart/submit"')[2]

    assert form.index('formaction="/portal/cart/details"') < form.index("btn-wide")


def test_a_day_in_the_past_is_refused_beside_its_field(li: Browser) -> None:
    add(li, "TEA", "2")

    answer = submit(li, requested_on="2020-01-01")

    assert answer.status_code == 422 and 'id="f-requested_on-problem"' in answer.text


def test_an_approval_is_told_before_the_order_is_placed(engine: Engine, system_engine: Engine, enter: Enter) -> None:
    flow = {
        "name": {"en": "Large orders"}, "subject": {"of": "order"},
        "steps": [{"id": "lead", "type": "approve", "name": {"en": "Sales lead"}, "mode": "any",
                   "who": [{"role": "admin"}]}],
    }  # fmt: skip
    documents = {"approval_flow/large": flow, "order_type/standard": an_order_type(approvals=["large"])}
    shop = make_shop(engine, system_engine, documents=documents)
    li = enter(shop, shop.li)
    add(li, "TEA", "2")

    assert "Sales lead" in li.get("/portal/cart").text
    path = submit(li).location
    assert "Waiting for your supplier" in li.get(path).text

    li.post(f"{path}/cancel")
    assert "Cancelled" in li.get(path).text
    with open_work(engine, shop.company.id) as work:
        assert work.scalar("SELECT status FROM approval_instances WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == (
            "withdrawn"
        )


def test_statements_are_few(shop: Shop, li: Browser) -> None:
    place(li)
    add(li, "TEA", "2")
    form = submit_form(li)
    counts = {}
    for name, request in (
        ("catalogue", lambda: li.get("/portal")),
        ("cart", lambda: li.get("/portal/cart")),
        ("orders", lambda: li.get("/portal/orders")),
        ("submit", lambda: li.send("/portal/cart/submit", form)),
    ):
        with counting_statements() as log:
            assert request().status_code in {200, 302}
        own = [each for each in log.statements if not each.startswith("NOTIFY")]  # wakes the relay, now and then
        counts[name] = (len(own), own)

    most = {
        "catalogue": 10,
        "cart": 10,
        "orders": 8,
        "submit": 15,
    }  # of the submit, one reads the buyer's limits under their lock
    assert {name: count for name, (count, _) in counts.items() if count > most[name]} == {}, counts
