"""`make bench`: orders/s through the API over HTTP against the raw SQL bound, on one server in one run.

Everything is on: custom fields on order and line, quantity tiers, review rules, credit, allocation over three
locations, decision log, timeline, outbox, idempotency, rate limit, fsync. The raw bound runs before and after, and the
ratio is taken to their mean.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.db.engine import counting_statements, make_engine
from kernel.embedded import OWNER, EmbeddedPostgres, EmbeddedValkey
from kernel.embedded.ports import free_port
from kernel.schema import APP_ROLE, SYSTEM_ROLE
from kernel.schema.migrate import migrate
from oms.configuration import install_domain, publish_bundle, starter_documents
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.access.create_api_key import CreateApiKey, create_api_key
from tenants.access.save_department import CreateDepartment, create_department
from tenants.directory.create_tenant import CreateTenant, create_tenant
from tenants.scope import in_work, open_work
from tests.bench.load import Measured, run_load
from web.commands.doctor import LEDGERS
from web.demo.wholesaler_documents import DOCUMENTS

HERE = Path(__file__).resolve().parent
STATE = HERE.parents[1] / "var" / "bench"

_MASTER_DATA = """
INSERT INTO tax_rates (tenant_id, id, tax_class, rate) VALUES (%(t)s, new_id(), 'standard', 0.13);
INSERT INTO products (tenant_id, id, code, name, category)
  SELECT %(t)s, new_id(), 'S-' || n, 'Product ' || n, CASE n %% 3 WHEN 0 THEN 'Green tea' ELSE 'Ware' END
  FROM generate_series(1, 1000) n;
INSERT INTO skus (tenant_id, id, product_id, code, name)
  SELECT tenant_id, new_id(), id, code, name FROM products WHERE tenant_id = %(t)s;
INSERT INTO price_lists (tenant_id, id, key, names, currency, scope)
  VALUES (%(t)s, new_id(), 'base', '{"en": "Base"}', 'CNY', 'base');
INSERT INTO price_list_entries (tenant_id, id, price_list_id, sku_id, min_quantity, unit_price)
  SELECT s.tenant_id, new_id(), l.id, s.id, tier.minimum, 10 - tier.minimum / 10
  FROM skus s, price_lists l, (VALUES (0), (3), (5)) AS tier (minimum) WHERE s.tenant_id = %(t)s AND l.tenant_id = %(t)s;
INSERT INTO locations (tenant_id, id, key, names, country, region, priority)
  SELECT %(t)s, new_id(), 'w' || n, '{"en": "Warehouse"}', 'CN', 'Zhejiang', n FROM generate_series(1, 3) n;
INSERT INTO stock_positions (tenant_id, sku_id, location_id, on_hand)
  SELECT s.tenant_id, s.id, l.id, 10000000 FROM skus s JOIN locations l ON l.tenant_id = s.tenant_id WHERE s.tenant_id = %(t)s;
INSERT INTO credit_accounts (tenant_id, id, number, name, currency, credit_limit)
  SELECT %(t)s, new_id(), 'A-' || n, 'Account', 'CNY', 1000000000 FROM generate_series(1, 1000) n;
INSERT INTO customers (tenant_id, id, number, name, credit_account_id)
  SELECT a.tenant_id, new_id(), 'B' || substr(a.number, 2), 'Customer', a.id FROM credit_accounts a WHERE a.tenant_id = %(t)s;
INSERT INTO customer_addresses (tenant_id, id, customer_id, recipient, street, city, region, country, is_default_shipping)
  SELECT tenant_id, new_id(), id, name, '1 Market Street', 'Hangzhou', 'Zhejiang', 'CN', true FROM customers WHERE tenant_id = %(t)s
"""


def raw_bound(postgres: EmbeddedPostgres, seconds: int, clients: int) -> float:
    """R: orders/s of a minimal correct placement by pgbench."""
    postgres.create_database("rawr")
    environment = {**os.environ, "PGPASSWORD": postgres.passwords[OWNER]}
    at = ["-h", "127.0.0.1", "-p", str(postgres.port), "-U", OWNER]

    def psql(*arguments: str) -> str:
        command = [str(postgres.bin / "psql"), "-qXAt", *at, "-d", "rawr", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    psql("-f", str(HERE / "raw_order" / "schema.sql"))
    psql("-c", "CHECKPOINT")
    command = [
        str(postgres.bin / "pgbench"), "-n", *at, "-f", str(HERE / "raw_order" / "place_order.sql"),
        "-c", str(clients), "-j", "2", "-T", str(seconds), "rawr",
    ]  # fmt: skip
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
    assert found, printed
    assert psql("-f", str(HERE / "raw_order" / "check.sql")).strip() == "t|t|t|t"
    return float(found.group(1))


def prepare(postgres: EmbeddedPostgres) -> tuple[Engine, UUID, str]:
    """A fresh database with one company that has everything on. Returns its engine, id and an API key."""
    with psycopg.connect(postgres.url(database="postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS orderloom WITH (FORCE)")
    postgres.create_database("orderloom")
    migrate(postgres.url())
    engine, system = make_engine(postgres.url(APP_ROLE), 4), make_engine(postgres.url(SYSTEM_ROLE), 2)
    install_domain()
    made = create_tenant(
        system, engine,
        CreateTenant(slug="bench", name="Bench", admin_email="a@bench.example", admin_password="not a secret 1", currency="CNY"),
    )  # fmt: skip

    def fill(work: Work) -> str:
        for key in ("finance", "logistics"):  # the approval flow names them
            create_department(work, CreateDepartment(key=key, names={"en": key}))
        publish_bundle(work, {**starter_documents(), **DOCUMENTS}, notes="bench")
        for statement in _MASTER_DATA.split(";\n"):
            work.execute(statement, {"t": work.tenant_id})
        return create_api_key(
            work, CreateApiKey(name="Load", permissions=frozenset({"orders.place"}), rate_limit="9000000/minute")
        ).key

    key = in_work(engine, made.tenant_id, SYSTEM, fill)
    return engine, made.tenant_id, key


def settle(postgres: EmbeddedPostgres) -> None:
    """What autovacuum does in a new installation's first minutes.

    Before it, plans made while a table was empty read it from end to end as it fills.
    """
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def statements_per_order(engine: Engine, tenant_id: UUID) -> int:
    """What placing itself sends; the request adds its scope, key and idempotency record."""
    command = PlaceOrder(
        order_type="standard", channel="api", customer_number="B-1",
        lines=tuple(LineRequest(sku=f"S-{n}", quantity=Decimal(2)) for n in (1, 400, 800)),
    )  # fmt: skip
    with open_work(engine, tenant_id) as work:
        place(work, command)
    with counting_statements() as log:
        with open_work(engine, tenant_id) as work:
            place(work, command)
    return log.count


def check_books(engine: Engine, tenant_id: UUID) -> None:
    with open_work(engine, tenant_id) as work:
        for what, query in LEDGERS.items():
            assert work.row(query, {"t": tenant_id}) is None, f"not true after the run: {what}"


def serve(
    postgres: EmbeddedPostgres, valkey: EmbeddedValkey, processes: int, threads: int
) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port(8900)
    environment = {
        **os.environ, "DATABASE_URL": postgres.url(APP_ROLE), "DATABASE_SYSTEM_URL": postgres.url(SYSTEM_ROLE),
        "REDIS_URL": valkey.url, "ORDERLOOM_SECRET_KEY": "only the bench signs with this key, nothing else",
        "ORDERLOOM_LOG_LEVEL": "WARNING",
    }  # fmt: skip
    os.environ.update({name: environment[name] for name in ("ORDERLOOM_SECRET_KEY",)})
    command = [
        sys.executable,
        "-m",
        "web.cli",
        "serve",
        "--port",
        str(port),
        "--processes",
        str(processes),
        "--threads",
        str(threads),
    ]
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return server, port
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the web server did not start")


def cpu_seconds(parent: int) -> float:
    """User and system time of a process and all below it that live."""
    ticks, clock = 0, os.sysconf("SC_CLK_TCK")
    family = {parent}
    stats = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            stats[int(entry.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    grown = True
    while grown:
        below = {pid for pid, (above, _) in stats.items() if above in family} | family
        grown, family = below != family, below
    ticks = sum(stats[pid][1] for pid in family if pid in stats)
    return ticks / clock


def report(measured: Measured, before: float, after: float, statements: int) -> None:
    mean = (before + after) / 2
    print(f"raw bound R          {before:8.0f} before, {after:.0f} after: mean {mean:.0f} orders/s")
    print(
        f"API, HTTP            {measured.per_second:8.1f} orders/s, {len(measured.latencies)} placed, failures {measured.failures}"
    )
    print(
        f"latency              p50 {measured.percentile(0.5) * 1000:.1f} ms, p95 {measured.percentile(0.95) * 1000:.1f} ms, "
        f"p99 {measured.percentile(0.99) * 1000:.1f} ms"
    )
    print(
        f"statements an order  {statements + 3:8d} ({statements} of the unit of work, 1 for the key, 2 for the idempotency record)"
    )
    print(f"ratio to R           {measured.per_second / mean:8.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--profile", action="store_true", help="only start the server and print a key")
    arguments = parser.parse_args()
    os.environ.setdefault("ORDERLOOM_SECRET_KEY", "only the bench signs with this key, nothing else")
    postgres = EmbeddedPostgres(STATE).start()
    valkey = EmbeddedValkey(STATE).start()
    server = None
    try:
        engine, tenant_id, key = prepare(postgres)
        statements = statements_per_order(engine, tenant_id)
        before = raw_bound(postgres, arguments.seconds, arguments.concurrency)
        server, port = serve(postgres, valkey, arguments.processes, arguments.threads)
        run_load("127.0.0.1", port, key, seconds=3, concurrency=arguments.concurrency)  # warm-up
        settle(postgres)
        database = int((postgres.data / "postmaster.pid").read_text().split()[0])
        cpu = [cpu_seconds(server.pid), cpu_seconds(database), time.process_time()]
        measured = run_load("127.0.0.1", port, key, seconds=arguments.seconds, concurrency=arguments.concurrency)
        spent = [cpu_seconds(server.pid) - cpu[0], cpu_seconds(database) - cpu[1], time.process_time() - cpu[2]]
        server.terminate()
        server.wait(20)
        check_books(engine, tenant_id)
        after = raw_bound(postgres, arguments.seconds, arguments.concurrency)
        report(measured, before, after, statements)
        web, database_cpu, client = (seconds * 1000 / len(measured.latencies) for seconds in spent)
        print(f"CPU ms an order      web {web:.2f}, database {database_cpu:.2f}, client {client:.2f}")
        if measured.failures:
            sys.exit(f"not every order was placed: {json.dumps(measured.failures)}")
    finally:
        if server and server.poll() is None:
            server.kill()
        valkey.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
