"""Jobs and event consumers, declared where they belong and run by the worker.

A job is a function of plain JSON values with a queue and limits. A consumer is a job that runs once per event:
`consumed_events` remembers, in the consumer's own transaction, what it has done with.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.outbox.relay import Delivery

Handler = Callable[[Work, Delivery], None]
OpenWork = Callable[[UUID], AbstractContextManager[Work]]
LongHandler = Callable[[OpenWork, Delivery], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """name           stable; half of the key by which it is idempotent
    topics         events it wants
    handle         runs inside the unit of work of the event's tenant
    run_long       instead of handle: opens units of work of its own, so that its progress can be seen; it must be
                   able to go on where a killed one stopped, and the event counts as consumed when it returns
    queue          dramatiq queue
    max_retries    before the message is a dead letter
    time_limit_ms  after which the job is stopped
    """

    name: str
    topics: frozenset[str]
    handle: Handler | None
    queue: str
    max_retries: int
    time_limit_ms: int
    run_long: LongHandler | None = None


CONSUMERS: dict[str, Consumer] = {}


def consumes(
    *topics: str, name: str, queue: str = "default", max_retries: int = 8, time_limit_ms: int = 60_000
) -> Callable[[Handler], Handler]:
    """Declares a consumer of `topics`. Its work commits together with the mark that the event is consumed."""

    def declare(handle: Handler) -> Handler:
        if name in CONSUMERS:
            raise ValueError(f"two consumers are called {name}")
        CONSUMERS[name] = Consumer(
            name=name, topics=frozenset(topics), handle=handle, queue=queue, max_retries=max_retries,
            time_limit_ms=time_limit_ms,
        )  # fmt: skip
        return handle

    return declare


def consumes_long(
    *topics: str, name: str, queue: str = "long", max_retries: int = 20, time_limit_ms: int = 6 * 3_600_000
) -> Callable[[LongHandler], LongHandler]:
    """Declares a consumer that runs for minutes, over transactions of its own."""

    def declare(run: LongHandler) -> LongHandler:
        if name in CONSUMERS:
            raise ValueError(f"two consumers are called {name}")
        CONSUMERS[name] = Consumer(
            name=name,
            topics=frozenset(topics),
            handle=None,
            run_long=run,
            queue=queue,
            max_retries=max_retries,
            time_limit_ms=time_limit_ms,
        )
        return run

    return declare


def consumers_of(topic: str) -> list[Consumer]:
    return [consumer for consumer in CONSUMERS.values() if topic in consumer.topics]


_MARK = """
INSERT INTO consumed_events (tenant_id, id, consumer) VALUES (%(tenant)s, %(id)s, %(consumer)s)
ON CONFLICT DO NOTHING
"""


def consume(work: Work, consumer: Consumer, delivery: Delivery) -> bool:
    """Runs the consumer unless it has done with this event before. Returns whether it ran."""
    if not mark_consumed(work, consumer, delivery):
        return False
    assert consumer.handle is not None
    consumer.handle(work, delivery)
    return True


def mark_consumed(work: Work, consumer: Consumer, delivery: Delivery) -> bool:
    """Remembers that the consumer has done with the event. False if it had before."""
    return bool(work.execute(_MARK, {"tenant": work.tenant_id, "id": delivery.id, "consumer": consumer.name}))


def was_consumed(work: Work, consumer: Consumer, delivery: Delivery) -> bool:
    """Whether the consumer has done with the event."""
    return bool(
        work.scalar(
            "SELECT 1 FROM consumed_events WHERE tenant_id = %(tenant)s AND id = %(id)s AND consumer = %(consumer)s",
            {"tenant": work.tenant_id, "id": delivery.id, "consumer": consumer.name},
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """A task that the scheduler starts for each active tenant every `every_seconds`. Twice must be harmless."""

    name: str
    every_seconds: int
    run: Callable[[Work], None]


PERIODIC: dict[str, Periodic] = {}


def every(*, seconds: int, name: str) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    """Declares a periodic task."""

    def declare(run: Callable[[Work], None]) -> Callable[[Work], None]:
        if name in PERIODIC:
            raise ValueError(f"two periodic tasks are called {name}")
        PERIODIC[name] = Periodic(name=name, every_seconds=seconds, run=run)
        return run

    return declare
