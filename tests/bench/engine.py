"""`make bench-engine`: the configuration engine. Rules and tables in Python on one core, and in SQL over stored orders.

Every figure is the best of three runs on one core, one connection, no parallel query.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from kernel.db import Work
from kernel.embedded import EmbeddedPostgres
from low_code.expressions import (
    BOOL,
    NUMBER,
    STRING,
    Environment,
    FieldSpec,
    check,
    compile_closure,
    compile_sql,
    load_document,
    option_of,
)
from low_code.rules import check_table, compile_table, table_sql
from oms.orders.subject import ORDER, ORDER_SOURCE, ORDER_SQL
from tenants.scope import open_work
from tests.bench.placement import STATE, prepare, settle

ORDERS = 100_000
ROWS = 500
ENV = Environment(now=datetime(2026, 11, 22, 8, tzinfo=UTC), today=date(2026, 11, 22))

SUBJECT = ORDER.with_fields({
    "order.cf.priority": FieldSpec(option_of(("low", "normal", "high"))),
    "order.cf.shop": FieldSpec(STRING),
    "order.cf.weight": FieldSpec(NUMBER),
})  # fmt: skip
RULE = b"""{"and": [
  {">=": [{"var": "order.total"}, {"dec": "1000.00"}]},
  {"==": [{"var": "order.currency"}, "CNY"]},
  {"in": [{"var": "order.channel"}, ["tmall", "shop", "portal"]]},
  {"or": [{"==": [{"var": "order.cf.priority"}, "high"]}, {"==": [{"var": "order.ship_to.region"}, "Zhejiang"]}]},
  {"!=": [{"var": "order.cf.shop"}, "outlet"]},
  {"<": [{"var": "order.net_total"}, {"dec": "90000"}]}]}"""
CHANNELS = ("tmall", "shop", "portal", "api", "amazon")
REGIONS = tuple(f"Region {n}" for n in range(20))

_STORE = """
INSERT INTO orders (tenant_id, id, number, order_type, channel, customer_id, status, currency, net_total, tax_total,
                    total, ship_to, custom, created_by_name, placed_at, placed_on)
SELECT %(t)s, new_id(), 'B' || n, 'standard', (%(channels)s::text[])[1 + n %% 5], c.id, 'placed', 'CNY',
       n %% 2000, (n %% 2000) * 0.13, (n %% 2000) * 1.13,
       jsonb_build_object('country', 'CN', 'region', CASE n %% 3 WHEN 0 THEN 'Zhejiang' ELSE 'Region ' || n %% 20 END),
       jsonb_build_object('priority', (ARRAY['low', 'normal', 'high'])[1 + n %% 3], 'shop', 'shop ' || n %% 50,
                          'weight', n %% 1000, 'memo', repeat('x', 80)),
       'bench', now() - n * interval '1 minute', current_date
FROM generate_series(1, %(count)s) n JOIN customers c ON c.tenant_id = %(t)s AND c.number = 'B-' || (1 + n %% 1000)
"""


def best(run: Callable[[], Any], times: int = 3) -> float:
    """Seconds of the fastest of some runs."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def an_order(n: int) -> dict[str, Any]:
    """One that the rule's first conditions let through, so that none of the six is spared."""
    return {
        "order": {
            "total": Decimal("2260.00") + n, "net_total": Decimal(2000), "currency": "CNY", "channel": "shop",
            "ship_to": {"country": "CN", "region": "Zhejiang" if n % 2 else "Hunan"},
            "cf": {"priority": "normal" if n % 2 else "high", "shop": "shop 7", "weight": Decimal(n % 30)},
        }
    }  # fmt: skip


def a_table() -> dict[str, Any]:
    """500 rows, 3 columns that never meet: channel, region, and steps of weight."""
    rows = []
    for n in range(ROWS):
        channel, region, step = CHANNELS[n % 5], REGIONS[n // 5 % 20], n // 100
        bounds = {"ge": str(step * 10), "lt": str(step * 10 + 10)}
        when = {"channel": {"eq": channel}, "region": {"eq": region}, "weight": bounds}
        rows.append({"id": f"r{n}", "when": when, "then": {"fee": str(n)}})
    return {
        "kind": "table", "key": "fee", "hit": "U", "rows": rows, "on_none": "default",
        "inputs": [
            {"id": "channel", "expr": {"var": "order.channel"}},
            {"id": "region", "expr": {"var": "order.ship_to.region"}},
            {"id": "weight", "expr": {"var": "order.cf.weight"}},
        ],
        "outputs": [{"id": "fee", "type": "number", "default": None}],
    }  # fmt: skip


def measure_rules() -> None:
    document, _ = load_document(RULE)
    checked = check(document, SUBJECT, BOOL).checked
    assert checked
    evaluate = compile_closure(checked)
    orders = [an_order(n) for n in range(1000)]
    assert {evaluate(order, ENV) for order in orders} == {True}

    def evaluations() -> None:
        for _ in range(200):
            for order in orders:
                evaluate(order, ENV)

    def compile_all() -> None:
        for _ in range(200):
            result = check(document, SUBJECT, BOOL)
            assert result.checked
            compile_closure(result.checked)

    print(f"rule of 6 conditions      {200_000 / best(evaluations):12,.0f} evaluations/s")
    print(f"checked and compiled      {best(compile_all) / 200 * 1000:12.3f} ms a rule")


def measure_tables() -> None:
    result = check_table(a_table(), SUBJECT)
    assert result.table, result.problems
    compiled = compile_table(result.table)
    orders = [
        {
            "order": {
                "channel": CHANNELS[n % 5],
                "ship_to": {"region": REGIONS[n % 20]},
                "cf": {"weight": Decimal(n % 50)},
            }
        }
        for n in range(1000)
    ]
    assert sum(compiled.evaluate(order, ENV).outcome == "hit" for order in orders) == 1000

    def lookups() -> None:
        evaluate = compiled.evaluate
        for _ in range(100):
            for order in orders:
                evaluate(order, ENV)

    print(f"table 500 × 3, a look-up  {best(lookups) / 100_000 * 1e6:12.2f} µs")
    print(
        f"table 500 × 3, checked    {best(lambda: check_table(a_table(), SUBJECT)) * 1000:12.1f} ms (overlaps, shadows, gaps)"
    )


def measure_sql(work: Work) -> None:
    document, _ = load_document(RULE)
    checked = check(document, SUBJECT, BOOL).checked
    assert checked
    condition = compile_sql(checked, ORDER_SQL, prefix="r")
    statement = f"SELECT count(*) FROM {ORDER_SOURCE} WHERE o.tenant_id = %(t)s AND {condition.text}"
    params = {**condition.params, **ENV.params(), "t": work.tenant_id}
    seconds = best(lambda: work.scalar(statement, params))
    print(f"rule over {ORDERS:,} orders {seconds:11.3f} s, {work.scalar(statement, params)} hit")

    result = check_table(a_table(), SUBJECT)
    assert result.table
    joined = table_sql(result.table, ORDER_SQL, source=ORDER_SOURCE, key="o.id", prefix="x")
    statement = f"SELECT count(*) FROM ({joined.text}) q"
    params = {**joined.params, **ENV.params(), "t": work.tenant_id}
    print(f"table 500 × 3 over the same {best(lambda: work.scalar(statement, params)):9.3f} s")


def main() -> None:
    os.environ.setdefault("ORDERLOOM_SECRET_KEY", "only the bench signs with this key, nothing else")
    measure_rules()
    measure_tables()
    postgres = EmbeddedPostgres(STATE).start()
    try:
        engine, tenant_id, _ = prepare(postgres)
        with open_work(engine, tenant_id) as work:
            work.execute(_STORE, {"t": tenant_id, "count": ORDERS, "channels": list(CHANNELS)})
        settle(postgres)
        with open_work(engine, tenant_id) as work:
            work.execute("SET LOCAL max_parallel_workers_per_gather = 0")
            measure_sql(work)
    finally:
        postgres.stop()


if __name__ == "__main__":
    main()
