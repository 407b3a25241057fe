"""Every write of the API: a fault before any statement leaves nothing, a retry does it once, the same key twice is once.

The writes are taken from the application itself: a new one fails here until it has a case in `writes/`.
"""

from __future__ import annotations

from itertools import count
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import SYSTEM
from tenants.scope import in_work
from tests.support.web import make_company, make_key, make_user
from tests.web.api.conftest import ALL
from tests.web.api.writes.case import Cases, Stage
from tests.web.api.writes.company import assert_sound, fill_company
from tests.web.api.writes.masters import MASTERS
from tests.web.api.writes.money import MONEY
from tests.web.api.writes.orders import ORDERS
from tests.web.api.writes.papers import PAPERS
from tests.web.api.writes.people import PEOPLE
from tests.web.api.writes.stock import STOCK

CASES: Cases = {**ORDERS, **PAPERS, **MONEY, **STOCK, **MASTERS, **PEOPLE}
# They are POSTs because they carry a body; what they say is not kept.
ONLY_ASK = {
    "POST api_approvals.Preview", "POST api_bank_statements.BankMatches", "POST api_changes.Previews", "POST api_configuration.Comparisons",
    "POST api_configuration.Simulations", "POST api_prices.Quotes",
}  # fmt: skip


@pytest.fixture(scope="module")
def stage(app: Flask, engine: Engine, system_engine: Engine) -> Stage:
    company = make_company(engine, system_engine)
    in_work(engine, company.id, SYSTEM, fill_company)
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
    stage.work(assert_sound)
