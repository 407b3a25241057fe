"""Sixteen programs on the same customers, orders, shelves and coupons: nobody is told of our faults, and all adds up."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from kernel.db import SYSTEM
from kernel.db.engine import make_engine
from tenants.scope import in_work, open_work
from tests.support.database import Servers
from tests.support.web import BASE_HOST, make_company, make_key
from tests.web.api.conftest import ALL
from tests.web.api.rush.acts import JOBS, REQUESTS
from tests.web.api.rush.crowd import Crowd
from tests.web.api.rush.scarce import assert_limits_hold, fill_scarce
from tests.web.api.writes.company import assert_sound

THREADS, EACH = 16, int(os.environ.get("RUSH_EACH", "14"))
SEED = int(os.environ.get("RUSH_SEED", "1"))


@pytest.fixture
def crowd(make_app: Callable[..., Flask], servers: Servers, database: str, system_engine: Engine) -> Iterator[Crowd]:
    app, engine = make_app(db_pool=THREADS + 8), make_engine(servers.database("app", database), pool_size=THREADS + 4)
    company = make_company(engine, system_engine)
    in_work(engine, company.id, SYSTEM, fill_scarce)
    key = make_key(engine, company, *ALL)

    def ask(method: str, path: str, body: Any, once: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": once}
        more: dict[str, Any] = {} if method == "GET" else {"json": {} if body is None else body}
        answer = app.test_client().open(
            f"/api/v1{path}", method=method, base_url=f"http://{BASE_HOST}", headers=headers, **more
        )
        return answer.status_code, answer.json

    yield Crowd(ask, engine, company.id)
    engine.dispose()


def test_sixteen_at_once_find_nothing_broken_and_leave_nothing_broken(crowd: Crowd) -> None:
    def program(number: int) -> None:
        lot = random.Random(SEED * 1000 + number)
        for _ in range(EACH):
            lot.choice(REQUESTS + JOBS)(crowd, lot)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(program, range(THREADS)))

    assert not crowd.faults, "\n".join(crowd.faults)
    assert len(crowd.won["POST /orders/"]) > 5
    with open_work(crowd.engine, crowd.tenant) as work:
        assert_sound(work)
        assert_limits_hold(work)
