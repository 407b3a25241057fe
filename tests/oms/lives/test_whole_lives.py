"""Whole lives: orders, money, goods and customers together, in several ways of doing business."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from kernel.clock import frozen_at
from kernel.db import SYSTEM, Work
from tenants.scope import enter_scope
from tests.oms.lives.pencil import Way
from tests.oms.lives.steps_goods import GoodsSteps
from tests.oms.lives.steps_money import MoneySteps
from tests.oms.lives.steps_orders import OrderSteps
from tests.oms.lives.sums import assert_all_adds_up
from tests.support.tenants import create_test_tenant

WAYS = {
    "net": Way(),
    "with tax": Way(inclusive=True),
    "yen": Way(currency="JPY", coins=1),
    "by unit": Way(inclusive=True, level="unit"),
    "net by unit": Way(level="unit"),
}
OFTEN = (
    ["place"] * 5 + ["place_prepaid"] * 2 + ["place_planned", "place_deposit", "cancel", "cancel", "change", "change", "change"]
    + ["split", "split", "merge", "merge", "undo", "undo", "invoice", "invoice", "invoice", "pay", "pay_order", "apply"]
    + ["receive", "receive", "receive"]
)  # fmt: skip
SELDOM = [
    "cancel_all", "close_short", "hold", "release", "allocate", "deallocate", "batch", "prioritise", "refuse", "ask",
    "due", "credit", "void", "apply_all", "unapply", "refund", "write_off", "age", "raise_", "fill", "adjust", "put_aside",
    "transfer", "count", "reserve", "unreserve", "buffer", "expire", "merge_customers", "part_customers",
]  # fmt: skip
LIVES, STEPS = int(os.environ.get("LIVES", "3")), int(os.environ.get("STEPS", "40"))
FIRST = int(os.environ.get("FIRST_LIFE", "1"))


class Life(OrderSteps, MoneySteps, GoodsSteps):
    """Steps take two numbers that choose."""


def live(engine: Engine, system_engine: Engine, way: Way, seed: int) -> None:
    choose = random.Random(seed)
    tenant = create_test_tenant(system_engine, f"whole-{uuid4().hex[:10]}", currency=way.currency)
    told: list[str] = []
    with frozen_at(datetime(2026, 3, 2, 9, tzinfo=UTC)), engine.connect() as connection:
        transaction = connection.begin()
        work = Work(connection, enter_scope(connection, tenant.id), SYSTEM)
        try:
            life = Life(work, way)
            for sku in (0, 1, 2, 3):
                life.step = "receive"
                life.receive(sku, 12)
            for _ in range(STEPS):
                life.step = choose.choice(OFTEN if choose.random() < 0.6 else SELDOM)
                numbers = choose.randrange(61), choose.randrange(61)
                told.append(f"{life.step}{numbers}")
                getattr(life, life.step)(*numbers)
                assert_all_adds_up(life)
            assert life.done.total() > STEPS // 2, "a life in which most is refused proves little"
        except BaseException as error:
            error.add_note(f"seed {seed}, {way}: {' '.join(told)}")
            raise
        finally:
            work.close()
            transaction.rollback()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + LIVES))
@pytest.mark.parametrize("way", list(WAYS))
def test_a_whole_life_adds_up_after_every_step(engine: Engine, system_engine: Engine, way: str, seed: int) -> None:
    live(engine, system_engine, WAYS[way], seed * 1000 + len(way))
