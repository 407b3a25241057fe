"""dramatiq: the broker, one actor per consumer, and the messages between relay and worker.

Nothing else in the product knows dramatiq. Redis may vanish and come back: what is not marked sent stays in the
outbox, and what was sent and then lost is sent again (`kernel.outbox.relay.resend_unconsumed`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import (
    AgeLimit,
    Callbacks,
    CurrentMessage,
    Pipelines,
    Retries,
    ShutdownNotifications,
    TimeLimit,
)

from kernel.errors import DomainError, Unavailable
from kernel.jobs.registry import CONSUMERS, Consumer, OpenWork, consume, consumers_of, mark_consumed, was_consumed
from kernel.outbox.relay import Delivery

log = structlog.get_logger("jobs")


def make_broker(redis_url: str) -> dramatiq.Broker:
    """A broker on Redis or Valkey with the middleware that the product uses."""
    broker = RedisBroker(
        url=redis_url,
        middleware=[
            AgeLimit(), TimeLimit(), ShutdownNotifications(), Callbacks(), Pipelines(), CurrentMessage(),
            Retries(min_backoff=1_000, max_backoff=600_000),
        ],
    )  # fmt: skip
    dramatiq.set_broker(broker)
    return broker


def declare_actors(broker: dramatiq.Broker, open_work: OpenWork) -> None:
    """One actor per declared consumer. A domain refusal is final and logged; everything else is retried."""
    for consumer in CONSUMERS.values():
        declare = dramatiq.actor(
            actor_name=consumer.name, queue_name=consumer.queue, broker=broker,
            max_retries=consumer.max_retries, time_limit=consumer.time_limit_ms,
        )  # fmt: skip
        declare(_runner(consumer, open_work))


def _runner(consumer: Consumer, open_work: OpenWork) -> Callable[..., None]:
    def run(*, tenant_id: str, event_id: str, topic: str, payload: dict[str, Any]) -> None:
        delivery = Delivery(UUID(tenant_id), UUID(event_id), topic, payload)
        with structlog.contextvars.bound_contextvars(tenant=tenant_id, event=event_id, job=consumer.name):
            try:
                ran = _run(consumer, delivery, open_work)
            except Unavailable:
                raise
            except DomainError as refusal:
                log.warning("job_refused", code=refusal.code, reason=str(refusal))
                with open_work(delivery.tenant_id) as work:
                    mark_consumed(work, consumer, delivery)
            else:
                log.info("job_done", topic=topic, ran=ran)

    return run


def _run(consumer: Consumer, delivery: Delivery, open_work: OpenWork) -> bool:
    if consumer.run_long is None:
        with open_work(delivery.tenant_id) as work:
            return consume(work, consumer, delivery)
    with open_work(delivery.tenant_id) as work:
        if was_consumed(work, consumer, delivery):
            return False
    consumer.run_long(open_work, delivery)
    with open_work(delivery.tenant_id) as work:
        return mark_consumed(work, consumer, delivery)


def send_delivery(broker: dramatiq.Broker) -> Callable[[Delivery], None]:
    """What the relay calls for each event: one message per consumer of its topic."""

    def send(delivery: Delivery) -> None:
        for consumer in consumers_of(delivery.topic):
            broker.enqueue(
                dramatiq.Message(
                    queue_name=consumer.queue,
                    actor_name=consumer.name,
                    args=(),
                    kwargs={
                        "tenant_id": str(delivery.tenant_id),
                        "event_id": str(delivery.id),
                        "topic": delivery.topic,
                        "payload": delivery.payload,
                    },
                    options={},
                )
            )

    return send
