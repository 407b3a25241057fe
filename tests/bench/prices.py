"""`make bench-prices`: one order of 100 lines priced among 3,800 lists with 1,000,000 rows, beside the raw SQL bound.

The bound is what the same rows cost when somebody knows the lists already: one statement that looks every (SKU, list)
up by the index and brings the tiers home. Both run in turns, in one process on one server.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from kernel.db import SYSTEM, Work
from kernel.db.engine import counting_statements, make_engine
from kernel.embedded import EmbeddedPostgres
from kernel.schema import APP_ROLE, SYSTEM_ROLE
from kernel.schema.migrate import migrate
from oms.configuration import install_domain, publish_bundle, starter_documents
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.load import load_for_placement
from oms.placement.plan import plan_order
from oms.placement.policy_for import policy_for
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.scope import in_work, open_work

STATE = Path(__file__).resolve().parents[2] / "var" / "bench-prices"
LISTS, SKUS, BUYERS, LINES = 3_800, 4_000, 1_500, 100
_DATA = """
INSERT INTO tax_rates (tenant_id, id, tax_class, rate) VALUES (%(t)s, new_id(), 'standard', 0.13);
INSERT INTO products (tenant_id, id, code, name) SELECT %(t)s, new_id(), 'S-' || n, 'P' FROM generate_series(1, %(skus)s) n;
INSERT INTO skus (tenant_id, id, product_id, code, name)
  SELECT tenant_id, new_id(), id, code, name FROM products WHERE tenant_id = %(t)s;
INSERT INTO customer_groups (tenant_id, id, key, names)
  SELECT %(t)s, new_id(), 'g' || n, '{"en": "G"}' FROM generate_series(1, 50) n;
INSERT INTO customers (tenant_id, id, number, name, group_id)
  SELECT %(t)s, new_id(), 'C-' || n, 'Customer', (SELECT id FROM customer_groups
    WHERE tenant_id = %(t)s AND key = 'g' || (n %% 50 + 1)) FROM generate_series(1, %(buyers)s) n;
INSERT INTO customer_addresses (tenant_id, id, customer_id, recipient, street, city, region, country, is_default_shipping)
  SELECT tenant_id, new_id(), id, name, 'S', 'C', 'Zhejiang', 'CN', true FROM customers WHERE tenant_id = %(t)s;
INSERT INTO price_lists (tenant_id, id, key, names, currency, scope, priority)
  SELECT %(t)s, new_id(), 'L-' || n, '{"en": "L"}', 'CNY', CASE WHEN n = 1 THEN 'base' WHEN n <= 51 THEN 'customer_group'
    WHEN n <= 301 THEN 'region' ELSE 'customer' END, n %% 5 FROM generate_series(1, %(lists)s) n;
INSERT INTO price_list_targets (tenant_id, id, price_list_id, group_id)
  SELECT %(t)s, new_id(), l.id, g.id FROM generate_series(2, 51) n
  JOIN price_lists l ON l.tenant_id = %(t)s AND l.key = 'L-' || n
  JOIN customer_groups g ON g.tenant_id = %(t)s AND g.key = 'g' || (n - 1);
INSERT INTO price_list_targets (tenant_id, id, price_list_id, country, region)
  SELECT %(t)s, new_id(), l.id, 'CN', CASE WHEN n = 52 THEN 'Zhejiang' ELSE 'Region ' || n END FROM generate_series(52, 301) n
  JOIN price_lists l ON l.tenant_id = %(t)s AND l.key = 'L-' || n;
INSERT INTO price_list_targets (tenant_id, id, price_list_id, customer_id)
  SELECT %(t)s, new_id(), l.id, c.id FROM generate_series(302, %(lists)s) n
  JOIN price_lists l ON l.tenant_id = %(t)s AND l.key = 'L-' || n
  JOIN customers c ON c.tenant_id = %(t)s AND c.number = 'C-' || (n %% %(buyers)s + 1);
INSERT INTO price_list_entries (tenant_id, id, price_list_id, sku_id, min_quantity, unit_price)
  SELECT %(t)s, new_id(), l.id, s.id, 0, 10 + (x.n %% 977)::numeric / 100
  FROM (SELECT n, CASE WHEN n <= %(skus)s THEN 1 ELSE 2 + (n - %(skus)s) %% (%(lists)s - 1) END AS list,
      CASE WHEN n <= %(skus)s THEN n ELSE 1 + ((n - %(skus)s) / (%(lists)s - 1)) * 15 %% %(skus)s END AS sku
    FROM generate_series(1, 1000000) n) x
  JOIN (SELECT id, substr(key, 3)::int AS n FROM price_lists WHERE tenant_id = %(t)s) l ON l.n = x.list
  JOIN (SELECT id, substr(code, 3)::int AS n FROM skus WHERE tenant_id = %(t)s) s ON s.n = x.sku
  ON CONFLICT DO NOTHING
"""
_RAW = """
SELECT e.sku_id, e.price_list_id, e.min_quantity, e.unit_price FROM unnest(%(skus)s::uuid[]) AS w (sku)
CROSS JOIN unnest(%(lists)s::uuid[]) AS l (id)
CROSS JOIN LATERAL (SELECT * FROM price_list_entries e
  WHERE e.tenant_id = %(t)s AND e.sku_id = w.sku AND e.price_list_id = l.id OFFSET 0) e
"""
_KNOWN = """
SELECT ARRAY(SELECT id FROM skus WHERE tenant_id = %(t)s AND code = ANY(%(codes)s)) AS skus,
  ARRAY(SELECT l.id FROM price_lists l WHERE l.tenant_id = %(t)s AND l.scope = 'base' UNION ALL
    SELECT t.price_list_id FROM price_list_targets t JOIN customers c ON c.tenant_id = %(t)s AND c.number = %(buyer)s
    WHERE t.tenant_id = %(t)s AND (t.customer_id = c.id OR t.group_id = c.group_id OR t.region = 'Zhejiang')) AS lists
"""


def _price(work: Work, command: PlaceOrder) -> float:
    """Seconds to load and price the order; nothing is written."""
    policy = policy_for(work, "standard")
    started = time.perf_counter()
    loaded = load_for_placement(work, command, policy, currency="CNY", today=work.today, lock=False)
    order, problems = plan_order(
        command, loaded, policy, currency="CNY", now=work.now, today=work.today, order_custom={},
        line_custom=[{}] * len(command.lines),
    )  # fmt: skip
    assert order is not None and not problems and len(order.lines) == len(command.lines)
    return time.perf_counter() - started


def _raw(work: Work, known: Any) -> float:
    started = time.perf_counter()
    rows = work.rows(_RAW, {"t": work.tenant_id, "skus": known.skus, "lists": known.lists})
    assert rows
    return time.perf_counter() - started


def run(rounds: int) -> None:
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
        facts = {"t": tenant, "lists": LISTS, "skus": SKUS, "buyers": BUYERS}

        def fill(work: Work) -> None:
            publish_bundle(work, starter_documents(), notes="bench")
            work.execute("SET LOCAL statement_timeout = 0")
            for statement in _DATA.split(";\n"):
                work.execute(statement, facts)

        in_work(engine, tenant, SYSTEM, fill)
        with psycopg.connect(postgres.url(database="orderloom"), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        with open_work(engine, tenant) as work:
            rows = work.scalar("SELECT count(*) FROM price_list_entries WHERE tenant_id = %(t)s", facts)
            lists = work.scalar("SELECT count(*) FROM price_lists WHERE tenant_id = %(t)s", facts)
        chance, product, bound = random.Random(1), [], []
        for number in range(rounds + 5):
            codes = [f"S-{each}" for each in chance.sample(range(1, SKUS + 1), LINES)]
            buyer = f"C-{chance.randint(1, BUYERS)}"
            command = PlaceOrder(
                order_type="standard", channel="api", customer_number=buyer,
                lines=tuple(LineRequest(sku=code, quantity=Decimal(chance.randint(1, 50))) for code in codes),
            )  # fmt: skip
            with open_work(engine, tenant) as work:
                policy_for(work, "standard")  # compiled once a release
                with counting_statements() as log:
                    spent = _price(work, command)
                assert log.count == 1, log.statements
                known = work.row(_KNOWN, {"t": tenant, "codes": codes, "buyer": buyer})
                raw = _raw(work, known)
            if number >= 5:
                product.append(spent * 1000)
                bound.append(raw * 1000)
        ratio = statistics.median(product) / statistics.median(bound)
        print(f"{lists:,} lists, {rows:,} rows, {LINES} lines an order, {rounds} orders")
        for name, times in (("load and price", product), ("raw SQL bound", bound)):
            times.sort()
            p99 = times[min(int(len(times) * 0.99), len(times) - 1)]
            print(f"{name:16} p50 {statistics.median(times):6.1f} ms   p99 {p99:6.1f} ms")
        print(f"ratio            {ratio:.1f} x the bound (budget: p50 below 30 ms)")
    finally:
        postgres.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    run(parser.parse_args().rounds)
