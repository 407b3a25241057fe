"""Long random lives of orders: the product and an independent reckoning agree after every step."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from kernel.clock import frozen_at
from kernel.db import SYSTEM, Work
from tenants.scope import enter_scope
from tests.oms.lives.life import Life
from tests.support.tenants import TestTenant

STEPS = st.tuples(
    st.sampled_from(
        [
            "place", "place", "cancel", "change", "change", "split", "split", "merge", "merge", "undo", "undo", "hold",
            "release", "allocate", "deallocate", "receive", "pay",
        ]
    ),
    st.integers(0, 60),
    st.integers(0, 60),
)  # fmt: skip


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=8, max_size=30))
def test_orders_and_reckoning_agree_after_every_step(
    steps: list[tuple[str, int, int]], engine: Engine, tenant: TestTenant
) -> None:
    with frozen_at(datetime(2026, 3, 2, 9, tzinfo=UTC)), engine.connect() as connection:
        transaction = connection.begin()
        work = Work(connection, enter_scope(connection, tenant.id), SYSTEM)
        try:
            life = Life(work)
            life.place(11, 3)
            life.place(5, 1)
            for name, one, two in steps:
                getattr(life, name)(one, two)
                life.agrees()
        finally:
            work.close()
            transaction.rollback()
