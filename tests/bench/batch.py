"""`make bench-batch`: 1,000 orders of three lines over six locations, by the rules and at the least cost.

Both decide the same batch over the same stock in one process; nothing is written, so they can be compared. The last
figure is the batch by the rules written down.
"""

from __future__ import annotations

import argparse
import os
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from kernel.db import SYSTEM, Work
from kernel.db.engine import make_engine
from kernel.embedded import EmbeddedPostgres
from kernel.schema import APP_ROLE, SYSTEM_ROLE
from kernel.schema.migrate import migrate
from oms.allocation.waiting_orders import WaitingFilter, waiting_orders
from oms.configuration import install_domain, publish_bundle, starter_documents
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.placement.allocate_batch import AllocateBatch, BatchAllocated, allocate_batch
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_location, a_sku, sku_id

STATE = Path(__file__).resolve().parents[2] / "var" / "bench-batch"
SKUS, LOCATIONS = 60, 6
_AT = ((30.3, 120.2), (23.1, 113.3), (39.9, 116.4), (30.6, 104.1), (22.5, 114.1), (31.2, 121.5))
_TO = ((45.8, 126.5), (43.8, 87.6), (25.0, 102.7), (36.1, 120.4), (26.1, 119.3), (34.3, 108.9))
RULE: dict[str, Any] = {
    "name": {"en": "Bench"},
    "strategies": [{"id": "s1", "strategy": "fewest_splits"}, {"id": "s2", "strategy": "nearest"}],
    "costs": {"split": "5", "unfilled": "100", "per_km": "0.01"},
}


def _fill(work: Work, orders: int, chance: random.Random) -> None:
    documents = starter_documents()
    order_type = {**documents["order_type/standard"], "credit": {"policy": "ignore"}, "allow_backorder": True,
                  "auto_allocate": False}  # fmt: skip
    publish_bundle(
        work, {**documents, "order_type/standard": order_type, "allocation_rule/standard": RULE}, notes="bench"
    )
    places = [
        a_location(work, f"l{n}", latitude=Decimal(str(at[0])), longitude=Decimal(str(at[1])))
        for n, at in enumerate(_AT[:LOCATIONS])
    ]
    codes = [f"S-{n}" for n in range(SKUS)]
    for code in codes:
        a_sku(work, code)
    a_customer(work, "C-1")
    for code in codes:
        for location in places:
            units = Decimal(chance.randint(0, orders * 3 * 3 // (SKUS * LOCATIONS) * 2))
            if units and chance.random() < 0.8:
                receive_stock(work, ReceiveStock(sku_id=sku_id(work, code), location_id=location, quantity=units))
    for _ in range(orders):
        at = chance.choice(_TO)
        address = {
            "recipient": "A",
            "street": "S",
            "city": "C",
            "country": "CN",
            "latitude": str(at[0]),
            "longitude": str(at[1]),
        }
        lines = tuple(LineRequest(sku=code, quantity=Decimal(chance.randint(1, 5))) for code in chance.sample(codes, 3))
        command = PlaceOrder(
            order_type="standard", channel="api", customer_number="C-1", ship_to=address, lines=lines,
            priority=chance.randint(3, 7),
        )  # fmt: skip
        place(work, command)


def _tell(name: str, done: BatchAllocated) -> None:
    cost = done.cost
    proven = "" if done.proven else "  (best found in time)"
    print(
        f"{name:<22} cost {cost.total:>12,.2f}  freight {cost.freight:>10,.2f}  split {cost.split:>8,.2f}"
        f"  splits {done.splits:>4}  fill {done.fill_percent:>5} %  {done.seconds:>6.2f} s{proven}"
    )


def run(orders: int, seconds: float) -> None:
    os.environ.setdefault("ORDERLOOM_SECRET_KEY", "only the bench signs and encrypts with this key")
    postgres = EmbeddedPostgres(STATE).start()
    try:
        with psycopg.connect(postgres.url(database="postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS orderloom WITH (FORCE)")
        postgres.create_database("orderloom")
        migrate(postgres.url())
        engine, system = make_engine(postgres.url(APP_ROLE), 2), make_engine(postgres.url(SYSTEM_ROLE), 2)
        install_domain()
        tenant = create_tenant(
            system, engine,
            CreateTenant(slug="bench", name="Bench", admin_email="a@bench.example", admin_password="not a secret 1", currency="CNY"),
        ).tenant_id  # fmt: skip
        in_work(engine, tenant, SYSTEM, lambda work: _fill(work, orders, random.Random(7)))
        with psycopg.connect(postgres.url(database="orderloom"), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        with open_work(engine, tenant) as work:
            ids = tuple(one.id for one in waiting_orders(work, WaitingFilter(), most=orders))
        print(f"{len(ids)} orders, 3 lines each, {SKUS} SKUs, {LOCATIONS} locations")
        for mode in ("rules", "optimise"):
            with open_work(engine, tenant) as work:
                command = AllocateBatch(order_ids=ids, mode=mode, dry_run=True, seconds=seconds)  # type: ignore[arg-type]
                _tell(mode, allocate_batch(work, command))
        with open_work(engine, tenant) as work:
            _tell("rules, written", allocate_batch(work, AllocateBatch(order_ids=ids)))
    finally:
        postgres.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0, help="that the optimising mode may take")
    given = parser.parse_args()
    run(given.orders, given.seconds)
