"""Every write of the API: a fault before any statement leaves nothing, a retry does it once, the same key twice is once.

The writes are taken from the application itself: a new one fails here until it has a case in `writes/`.
"""

from __future__ import annotations

from itertools import count
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.receivables.checks import disagreements
from tenants.scope import in_work, open_work
from tests.oms.regrouping.test_split_and_merge import proof
from tests.support.builders import a_customer, a_group, a_location, a_price, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.promotions import a_coupon
from tests.support.web import make_company, make_key, make_user
from tests.web.api.conftest import ALL
from tests.web.api.writes.case import Cases, Stage
from tests.web.api.writes.masters import MASTERS
from tests.web.api.writes.money import MONEY
from tests.web.api.writes.orders import ORDERS
from tests.web.api.writes.papers import PAPERS
from tests.web.api.writes.stock import STOCK
from web.commands.doctor import LEDGERS

CASES: Cases = {**ORDERS, **PAPERS, **MONEY, **STOCK, **MASTERS}
# They are POSTs because they carry a body; what they say is not kept.
ONLY_ASK = {
    "POST api_approvals.Preview", "POST api_changes.Previews", "POST api_configuration.Comparisons",
    "POST api_configuration.Simulations", "POST api_prices.Quotes",
}  # fmt: skip


def _fill(work: Work) -> None:
    field = {"id": "f1", "key": "po", "labels": {"en": "PO", "zh-CN": "采购单号"}, "type": "text", "required": True}
    gate = {"id": "f2", "key": "gate", "labels": {"en": "Gate", "zh-CN": "门"}, "type": "text"}
    spring = {
        "name": {"en": "Spring", "zh-CN": "春"}, "effect": {"do": "percent", "value": "5"}, "coupon": True,
        "currency": "USD", "budget": {"amount": "100000", "uses": 10000},
    }  # fmt: skip
    flow = {"name": {"en": "All"}, "subject": {"of": "order"},
            "steps": [{"id": "n1", "type": "approve", "who": [{"role": "admin"}]}]}  # fmt: skip
    warn = {"credit": {"policy": "warn", "check_at": ["place"]}}
    publish_defaults(work, {
        "order_type/standard": an_order_type(channels=["api", "file"], **warn),
        "order_type/dear": an_order_type(name={"en": "Dear", "zh-CN": "贵"}, promotions=["spring"], **warn),
        "order_type/approved": an_order_type(name={"en": "Approved", "zh-CN": "审"}, approvals=["all"], **warn),
        "order_type/prepaid": an_order_type(name={"en": "Prepaid", "zh-CN": "预付"}, prepayment_percent=100),
        "approval_flow/all": flow,
        "promotion/spring": spring,
        "fields/order": {"fields": [field]},
        "fields/location": {"fields": [gate]},
    })  # fmt: skip
    a_sku(work, "TEA", price="10.00", tax_rate="0.19", units={"box": "12"})
    a_sku(work, "MUG", price="4.00", tax_rate="0.07")
    a_sku(work, "CARD", price="1.00")
    a_sku(work, "CHEESE", price="7.00")
    work.execute("UPDATE skus SET tracking = 'lot' WHERE tenant_id = %(t)s AND code = 'CHEESE'", {"t": work.tenant_id})
    a_price(work, "TEA", "8.00", from_quantity="10")
    a_coupon(work, "SPRING", "spring", most_uses=100000)
    a_customer(work, "K-1", limit="100000", group=a_group(work))
    a_customer(work, "K-2", limit="500")
    for key, rank in (("east", 1), ("west", 2)):
        place = a_location(work, key, priority=rank)
        for code in ("TEA", "MUG"):
            stock(work, code, at=place, on_hand="100000")


@pytest.fixture(scope="module")
def stage(app: Flask, engine: Engine, system_engine: Engine) -> Stage:
    company = make_company(engine, system_engine)
    in_work(engine, company.id, SYSTEM, _fill)
    customer = in_work(engine, company.id, SYSTEM, lambda work: work.scalar(
        "SELECT id FROM customers WHERE tenant_id = %(t)s AND number = 'K-1'", {"t": work.tenant_id}
    ))  # fmt: skip
    buyer = make_user(engine, company, "buyer", customer_id=customer)
    return Stage(app, engine, company, make_key(engine, company, *ALL), buyer)


def writes_of(app: Flask) -> set[str]:
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }


def test_every_write_has_a_case(app: Flask) -> None:
    assert writes_of(app) == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_write_is_done_whole_or_not_at_all_and_once(stage: Stage, name: str) -> None:
    call, once = CASES[name](stage), uuid4().hex
    before = stage.state()

    for number in count(1):
        done = stage.broken(call, once, number)
        if done is not None:
            break
        left = stage.state()
        assert {table for table in left if left[table] != before[table]} == set(), f"left before statement {number}"

    assert done is not None and done.status_code < 300, done and done.text
    assert number > 2, "it was never broken"
    after = stage.state()
    assert (after == before) is (name in ONLY_ASK)
    again = stage.send(call, once)
    if name not in ONLY_ASK:
        assert stage.state() == after, "the same key did it twice"
        assert again.data == done.data
    _assert_sound(stage)


def _assert_sound(stage: Stage) -> None:
    with open_work(stage.engine, stage.company.id) as work:
        assert [what for what, query in LEDGERS.items() if work.row(query, {"t": work.tenant_id}) is not None] == []
        proof(work)
        assert disagreements(work) == []
