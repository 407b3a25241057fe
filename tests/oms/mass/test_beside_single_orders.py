"""A file and single orders at the same time: neither waits for what the other cannot give."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.credit.lock_account import lock_account
from oms.orders.reserve_number import reserve_number
from tenants.scope import in_work, open_work
from tests.oms.mass.test_place_chunk import HEADER, run
from tests.support.builders import a_credit_account, a_customer, a_location, a_policy, a_sku, stock
from tests.support.processes import wait_for
from tests.support.tenants import TestTenant, create_test_tenant

_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def shop(engine: Engine, system_engine: Engine) -> Iterator[TestTenant]:
    tenant = create_test_tenant(system_engine, f"beside-{uuid4().hex[:8]}")

    def fill(work: Work) -> None:
        a_sku(work, "TEA", price="1.00")
        a_customer(work, "C-1", account=a_credit_account(work, "CA"))
        stock(work, "TEA", at=a_location(work, "ham"), on_hand="100")

    in_work(engine, tenant.id, SYSTEM, fill)
    yield tenant


def test_an_order_that_holds_its_account_gets_a_number_while_a_file_waits_for_the_account(
    engine: Engine, shop: TestTenant
) -> None:
    policy = a_policy()
    numbering = policy.numbering

    def somebody_waits() -> bool:
        with engine.connect() as asking:
            return bool(asking.exec_driver_sql(_WAITS).scalar())

    def import_file(work: Work) -> None:
        run(work, f"{HEADER}X-1,C-1,TEA,1,,\n", policy)

    with ThreadPoolExecutor(2) as pool, open_work(engine, shop.id) as work:
        account = work.scalar("SELECT id FROM credit_accounts WHERE tenant_id = %(t)s", {"t": shop.id})
        lock_account(work, account)
        importing = pool.submit(in_work, engine, shop.id, SYSTEM, import_file)
        wait_for(somebody_waits)
        got = threading.Event()

        def take_a_number() -> None:
            with open_work(engine, shop.id) as own:
                reserve_number(own, key=numbering.key, period=numbering.period_of(work.today), gapless=False)
            got.set()

        taking = pool.submit(take_a_number)
        number_came = got.wait(10)
        work.connection.rollback()  # whatever came, nobody is left waiting
        importing.result(30)
        taking.result(30)
    assert number_came
