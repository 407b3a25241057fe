"""Outbox, queue and a real worker on a database and a corner of Valkey of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import redis
from dramatiq import Broker, Worker
from sqlalchemy import Engine, text

from kernel.ids import new_id
from kernel.jobs.broker import declare_actors, make_broker, send_delivery
from kernel.jobs.registry import OpenWork
from kernel.outbox import put_message
from kernel.outbox.relay import relay_once
from tenants.scope import open_work
from tests.support.tenants import TestTenant, create_test_tenant


@dataclass
class Post:
    """Outbox, queue and consumers of a database of its own."""

    app: Engine
    system: Engine
    redis_url: str

    def tenant(self) -> TestTenant:
        return create_test_tenant(self.system, f"t{new_id().hex[-12:]}")

    @property
    def open_work(self) -> OpenWork:
        return lambda tenant_id: open_work(self.app, tenant_id)

    def put(self, tenant: TestTenant, *topics: str) -> list[UUID]:
        with open_work(self.app, tenant.id) as work:
            return [put_message(work, topic, {"n": number}) for number, topic in enumerate(topics)]

    def many(self, tenant: TestTenant, count: int, topic: str = "flood") -> None:
        with open_work(self.app, tenant.id) as work:
            work.execute(
                "INSERT INTO outbox_messages (tenant_id, id, topic, payload) SELECT %(t)s, new_id(), %(topic)s, '{}'"
                " FROM generate_series(1, %(n)s)",
                {"t": tenant.id, "n": count, "topic": topic},
            )

    def count(self, condition: str = "true", **parameters: object) -> int:
        with self.system.connect() as connection:
            found = connection.execute(text(f"SELECT count(*) FROM outbox_messages WHERE {condition}"), parameters)
            return int(found.scalar_one())

    def consumed(self, consumer: str) -> int:
        with self.system.connect() as connection:
            statement = text("SELECT count(*) FROM consumed_events WHERE consumer = :name")
            return int(connection.execute(statement, {"name": consumer}).scalar_one())

    def change(self, statement: str, **parameters: object) -> None:
        with self.system.begin() as connection:
            connection.execute(text(statement), parameters)

    def flush_queue(self) -> None:
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()

    @contextmanager
    def worker(self, threads: int = 4) -> Iterator[Broker]:
        """Runs what CONSUMERS holds now."""
        broker = make_broker(self.redis_url)
        declare_actors(broker, self.open_work)
        running = Worker(broker, worker_threads=threads, worker_timeout=50)
        running.start()
        try:
            yield broker
        finally:
            running.stop(timeout=5_000)
            broker.close()

    def deliver(self, broker: Broker) -> int:
        """Relays all that waits."""
        sent, last = 0, -1
        while last:
            last = relay_once(self.system, send_delivery(broker))
            sent += last
        return sent


def wait_until(holds: Callable[[], object], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
