"""Trying drafts: on one order, on a sample, and on history."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import Actor
from kernel.ids import from_text, to_text
from low_code.backtests.run_backtest import run_backtest
from low_code.documents.save_draft import SaveDraft, save_draft
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.trial.history import PlacedOrders
from tenants.scope import open_work
from tests.support.configuration import an_order_type
from tests.support.portal import Shop, make_shop
from tests.support.web import Browser, make_user, sign_in

RULES = {
    "name": {"en": "Standard"},
    "rules": [
        {"id": "big", "name": {"en": "Big"}, "when": {">": [{"var": "order.total"}, {"dec": "5"}]}, "outcome": {"do": "hold", "hold_type": "review", "reason": {"en": "a big one"}}}
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def tea(engine: Engine, system_engine: Any) -> Shop:
    shop = make_shop(engine, system_engine)
    actor = Actor(kind="staff", id=shop.company.admin.id, name="Ada")
    with open_work(engine, shop.company.id, actor) as work:
        for quantity in (1, 2, 3):
            line = LineRequest(sku="TEA", quantity=Decimal(quantity))
            place(work, PlaceOrder(order_type="standard", channel="portal", customer_id=shop.customer, lines=(line,)))
        save_draft(work, SaveDraft(kind="review_rules", key="standard", body=RULES))
    return shop


@pytest.fixture
def ada(app: Flask, tea: Shop) -> Browser:
    return sign_in(app, tea.company)


def number_of(engine: Engine, tea: Shop) -> str:
    with open_work(engine, tea.company.id) as work:
        return str(work.scalar("SELECT max(number) FROM orders WHERE tenant_id = %(t)s", {"t": tea.company.id}))


def sample_on(page: Any) -> str:
    found = re.search(r'name="sample"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert found
    return unescape(found.group(1))


def test_an_order_is_shown_as_both_configurations_decide_it(ada: Browser, engine: Engine, tea: Shop) -> None:
    page = ada.get(f"/builder/try?order={number_of(engine, tea)}")

    assert page.status_code == 200
    assert "Decided differently: Review, Allocation." in page.text
    assert "a big one" in page.text or "Held" in page.text
    assert json.loads(sample_on(page))["order"]["lines"][0]["sku"] == "TEA"


def test_the_sample_of_an_order_decides_as_the_order_and_may_be_changed(
    ada: Browser, engine: Engine, tea: Shop
) -> None:
    number = number_of(engine, tea)
    sample = sample_on(ada.get(f"/builder/try?order={number}"))
    same = ada.post("/builder/try", {"order": number, "sample": sample})
    cheap = json.loads(sample)
    cheap["order"]["lines"][0]["list_price"] = "0.01"
    changed = ada.post("/builder/try", {"order": number, "sample": json.dumps(cheap)})

    assert "Decided differently: Review, Allocation." in same.text
    assert changed.status_code == 200 and "Both decide alike." in changed.text


def test_a_made_up_order_is_tried_too(ada: Browser) -> None:
    example = sample_on(ada.get("/builder/try"))
    order = json.loads(example)["order"]

    assert (order["lines"][0]["sku"], order["lines"][0]["quantity"]) == ("TEA", "3")  # that which was placed last
    assert order["customer"]["number"]
    page = ada.post("/builder/try", {"order": "", "sample": example})

    assert page.status_code == 200 and "With the drafts" in page.text, page.text[:3000]


@pytest.mark.parametrize(
    "sample",
    [
        "", "[", "[]", "5", '{"order": 5}', '{"order": {}}', '{"order": {"order_type": "standard", "channel": "portal", "lines": [5]}}',
        '{"order": {"order_type": "standard", "channel": "portal", "lines": [{"sku": "A", "quantity": "-1", "list_price": "x"}]}}',
        '{"order": {"order_type": "standard", "channel": "portal", "lines": [{"sku": "A", "quantity": "1", "list_price": "1"}]}, "stock": {"a": 5}}',
        '{"order": {"order_type": "standard", "channel": "portal", "lines": [{"sku": "A", "quantity": "1", "list_price": "1"}]}, "stock": []}',
        '{"order": {"order_type": "standard", "channel": "portal", "lines": [{"sku": "A", "quantity": "1", "list_price": "1"}]}, "credit": 7}',
        '{"order": {"order_type": "standard", "channel": "portal", "nope": 1, "lines": []}}',
    ],
)  # fmt: skip
def test_a_sample_that_is_none_is_answered_with_what_is_wrong(ada: Browser, sample: str) -> None:
    page = ada.post("/builder/try", {"order": "", "sample": sample})

    assert page.status_code in {200, 422}
    assert "With the drafts" not in page.text and "problem-list" in page.text


def test_an_order_that_is_not_there_is_said(ada: Browser) -> None:
    assert ada.get("/builder/try?order=NO-1").status_code == 404


def test_a_backtest_is_started_watched_and_read(ada: Browser, engine: Engine, tea: Shop) -> None:
    started = ada.post("/builder/backtests", {"limit": "100"})
    where = re.search(r"/builder/backtests/(bkt_\w+)", started.headers["Location"])
    assert where
    waiting = ada.get(f"/builder/backtests/{where[1]}")
    progress = ada.get(f"/builder/backtests/{where[1]}", headers={"HX-Request": "true"})
    key = from_text("bkt", where[1])
    assert key
    run_backtest(lambda tenant: open_work(engine, tenant), tea.company.id, key, PlacedOrders())
    done = ada.get(f"/builder/backtests/{where[1]}")
    narrowed = ada.get(f"/builder/backtests/{where[1]}?what=review")
    one = ada.get(f"/builder/backtests/{where[1]}/1")

    assert "Waits for a worker" in waiting.text and "<html" not in progress.text
    assert "Done" in done.text and "100.0 % (3)" in done.text and "On hold: Review" in done.text
    assert narrowed.status_code == 200 and "Decided differently: Review" in one.text
    assert ada.get(f"/builder/backtests/{where[1]}/99").status_code == 404
    assert where[1] in ada.get("/builder/backtests").text


def test_a_backtest_is_stopped(ada: Browser) -> None:
    started = ada.post("/builder/backtests", {"limit": "100"})
    where = started.headers["Location"].rpartition("/")[2]

    stopped = ada.post(f"/builder/backtests/{where}/cancel")
    again = ada.post(f"/builder/backtests/{where}/cancel")

    assert (stopped.status_code, again.status_code) == (303, 303)
    assert "Stopped" in ada.get(f"/builder/backtests/{where}").text


@pytest.mark.parametrize(
    "form", [{"limit": "0"}, {"limit": "100001"}, {"limit": "many"}, {"limit": "5", "from": "x"}, {"limit": "5", "from": "2026-02-02", "to": "2026-01-01"}]
)  # fmt: skip
def test_a_scope_that_is_none_is_refused_beside_its_field(ada: Browser, form: dict[str, str]) -> None:
    page = ada.post("/builder/backtests", form)

    assert page.status_code == 422 and 'class="problem"' in page.text


def test_who_may_not_edit_drafts_starts_none(app: Flask, engine: Engine, tea: Shop) -> None:
    reader = sign_in(app, tea.company, make_user(engine, tea.company, "operator"))

    assert reader.post("/builder/backtests", {"limit": "5"}).status_code == 403
    assert reader.get(f"/builder/backtests/{to_text('bkt', tea.company.id)}").status_code in {403, 404}


def test_a_floor_that_only_the_drafts_have_is_said_not_to_be_tried(
    app: Flask, engine: Engine, system_engine: Any
) -> None:
    shop = make_shop(engine, system_engine)
    actor = Actor(kind="staff", id=shop.company.admin.id, name="Ada")
    with open_work(engine, shop.company.id, actor) as work:
        line = LineRequest(sku="TEA", quantity=Decimal(1))
        place(work, PlaceOrder(order_type="standard", channel="portal", customer_id=shop.customer, lines=(line,)))
    page = f"/builder/try?order={number_of(engine, shop)}"
    same = sign_in(app, shop.company).get(page).text
    floor = an_order_type()
    floor["prices"] = {"source": "lists", "floor": {"below_list_percent": "10", "then": "hold"}}
    with open_work(engine, shop.company.id, actor) as work:
        save_draft(work, SaveDraft(kind="order_type", key="standard", body=floor))

    other = sign_in(app, shop.company).get(page).text

    assert "Another price floor is not tried" in other and "Another price floor" not in same
