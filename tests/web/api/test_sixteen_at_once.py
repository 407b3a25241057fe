"""Sixteen programs on the same customers, orders, shelves and coupons: nobody is told of our faults, and all adds up."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.db.engine import make_engine
from oms.inventory.move_stock import ReceiveStock, receive_stock
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_sku
from tests.support.configuration import an_order_type
from tests.support.database import Servers
from tests.support.promotions import a_coupon
from tests.support.web import make_company, make_key, make_user
from tests.web.api.conftest import ALL
from tests.web.api.rush.acts import ACTS
from tests.web.api.rush.crowd import Crowd
from tests.web.api.writes.case import Stage
from tests.web.api.writes.company import assert_sound, fill_company

THREADS, EACH = 16, int(os.environ.get("RUSH_EACH", "14"))
SEED = int(os.environ.get("RUSH_SEED", "1"))
LIMIT, FIVE, BUDGET = Decimal(300), 5, Decimal(20)


def _promotion(**more: Any) -> dict[str, Any]:
    return {"name": {"en": "P", "zh-CN": "促"}, "effect": {"do": "amount", "value": "1.50"}, "currency": "USD", **more}


def _order_type(name: str, **more: Any) -> dict[str, Any]:
    return an_order_type(name={"en": name, "zh-CN": name}, channels=["api", "file"], **more)


SCARCE = {
    "order_type/five": _order_type("Five", promotions=["five"], credit={"policy": "warn", "check_at": ["place"]}),
    "order_type/budget": _order_type("Budget", promotions=["few"], credit={"policy": "ignore"}),
    "order_type/strict": _order_type("Strict", credit={"policy": "block", "check_at": ["place"]}),
    "promotion/five": _promotion(coupon=True),
    "promotion/few": _promotion(budget={"amount": str(BUDGET)}),
}


def _fill(work: Work) -> None:
    """RARE goods, a coupon for five uses, a promotion with a budget, and K-3 who may owe so much and no more."""
    fill_company(work, SCARCE)
    a_coupon(work, "FIVE", "five", most_uses=FIVE)
    a_customer(work, "K-3", limit=str(LIMIT))
    for number in ("K-4", "K-5", "K-6"):
        a_customer(work, number)
    rare = a_sku(work, "RARE", price="9.00")
    for row in work.rows("SELECT id FROM locations WHERE tenant_id = %(t)s", {"t": work.tenant_id}):
        receive_stock(work, ReceiveStock(sku_id=rare, location_id=row.id, quantity=Decimal(12)))


@pytest.fixture
def crowd(make_app: Callable[..., Flask], servers: Servers, database: str, system_engine: Engine) -> Iterator[Crowd]:
    app, engine = make_app(db_pool=THREADS + 8), make_engine(servers.database("app", database), pool_size=THREADS + 4)
    company = make_company(engine, system_engine)
    in_work(engine, company.id, SYSTEM, _fill)
    yield Crowd(Stage(app, engine, company, make_key(engine, company, *ALL), make_user(engine, company, "buyer")))
    engine.dispose()


def test_sixteen_at_once_find_nothing_broken_and_leave_nothing_broken(crowd: Crowd) -> None:
    def program(number: int) -> None:
        lot = random.Random(SEED * 1000 + number)
        for _ in range(EACH):
            lot.choice(ACTS)(crowd, lot)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(program, range(THREADS)))

    told = "\n".join(f"{times:4} {what}" for what, times in sorted(crowd.ended.items()))
    if "RUSH_SEED" in os.environ:
        print(told)
    assert not crowd.faults, "\n".join(crowd.faults)
    assert_sound(crowd.stage)
    with open_work(crowd.stage.engine, crowd.stage.company.id) as work:
        limits = work.row(
            "SELECT (SELECT coalesce(max(uses), 0) FROM promotion_counters WHERE tenant_id = %(t)s AND coupon = 'FIVE'"
            " AND customer = '') AS five, (SELECT coalesce(sum(amount), 0) FROM promotion_redemptions WHERE"
            " tenant_id = %(t)s AND promotion = 'few' AND given_back_at IS NULL) AS few,"
            " (SELECT count(*) FROM orders o WHERE o.tenant_id = %(t)s AND o.outside_number IS NOT NULL) AS outside",
            {"t": work.tenant_id},
        )
        twice = work.rows(
            "SELECT reference FROM receivables WHERE tenant_id = %(t)s AND kind = 'payment' AND passed_from IS NULL"
            " AND reference <> '' GROUP BY method, reference HAVING count(*) > 1",
            {"t": work.tenant_id},
        )
    assert limits is not None and limits.five <= FIVE and limits.few <= BUDGET
    assert not twice
