"""Sends committed events to their consumers.

Rows are claimed with FOR UPDATE SKIP LOCKED, so several relays share the work. Each pass is shared out among the
tenants that wait, and takes at most `PER_TENANT` rows of one, so a million events of one tenant do not starve
another's ten; where more tenants wait than a pass has room for, chance decides who is first. A row is
marked sent in the transaction that claimed it, after the queue took the messages: a crash between the two
sends again, and consumers are idempotent by event id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import Engine, text

from kernel.outbox.put import CHANNEL
from kernel.telemetry.heartbeat import beat

log = structlog.get_logger("relay")

BATCH = 200
PER_TENANT = 50
_POLL_SECONDS = 0.5
_RETRY_SECONDS = 5

_CLAIM = text(
    """
    WITH tenants_waiting AS (
      SELECT tenant_id, count(*) OVER () AS tenants FROM outbox_messages
      WHERE sent_at IS NULL AND next_try_at <= now() GROUP BY tenant_id
    )
    SELECT m.tenant_id, m.id, m.topic, m.payload
    FROM (SELECT * FROM tenants_waiting ORDER BY random()) w CROSS JOIN LATERAL (
      SELECT tenant_id, id, topic, payload FROM outbox_messages
      WHERE tenant_id = w.tenant_id AND sent_at IS NULL AND next_try_at <= now()
      ORDER BY id LIMIT least(:per_tenant, greatest(:batch / w.tenants, 1)) FOR UPDATE SKIP LOCKED
    ) m
    LIMIT :batch
    """
)
_SENT = text(
    "UPDATE outbox_messages o SET sent_at = now(), attempts = attempts + 1"
    " FROM unnest(CAST(:tenants AS uuid[]), CAST(:ids AS uuid[])) AS done (tenant_id, id)"
    " WHERE o.tenant_id = done.tenant_id AND o.id = done.id"
)
# Not an attempt: while the queue is away none of them reaches a consumer, and all twenty are needed when it is back.
_LATER = text(
    "UPDATE outbox_messages SET next_try_at = now() + make_interval(secs => :seconds)"
    " WHERE tenant_id = :tenant AND id = :id"
)

# Sent a while ago, and some consumer has not done with it: Redis lost the message, or a worker died for good.
_RESEND = text(
    """
    UPDATE outbox_messages o SET sent_at = NULL, next_try_at = now()
    FROM unnest(CAST(:topics AS text[]), CAST(:consumers AS text[])) AS wanted (topic, consumer)
    WHERE o.sent_at < now() - make_interval(secs => :seconds) AND o.attempts < :attempts
      AND o.topic = wanted.topic
      AND NOT EXISTS (
        SELECT FROM consumed_events c
        WHERE c.tenant_id = o.tenant_id AND c.id = o.id AND c.consumer = wanted.consumer)
    """
)
RESEND_AFTER_SECONDS = 300
_RESEND_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way. `id` is what consumers are idempotent by."""

    tenant_id: UUID
    id: UUID
    topic: str
    payload: dict[str, Any]


def relay_once(engine: Engine, send: Callable[[Delivery], None]) -> int:
    """Claims one batch and sends it. Returns how many events were sent."""
    with engine.begin() as connection:
        rows = connection.execute(_CLAIM, {"per_tenant": PER_TENANT, "batch": BATCH}).all()
        sent: list[Delivery] = []
        for row in rows:
            delivery = Delivery(row.tenant_id, row.id, row.topic, row.payload)
            try:
                send(delivery)
            except Exception:  # the queue is away; the row stays, and the others are tried
                log.warning("event_not_sent", tenant=str(row.tenant_id), topic=row.topic, exc_info=True)
                connection.execute(_LATER, {"seconds": _RETRY_SECONDS, "tenant": delivery.tenant_id, "id": delivery.id})
            else:
                sent.append(delivery)
        if sent:
            connection.execute(_SENT, {"tenants": [one.tenant_id for one in sent], "ids": [one.id for one in sent]})
    return len(sent)


def resend_unconsumed(
    engine: Engine, wanted: Sequence[tuple[str, str]], *, after_seconds: float = RESEND_AFTER_SECONDS
) -> int:
    """Puts back events that were sent more than `after_seconds` ago and that a consumer has not done with.

    wanted   (topic, consumer) pairs
    returns  how many events will be sent again; an event is given up after twenty attempts
    """
    with engine.begin() as connection:
        done = connection.execute(
            _RESEND,
            {
                "topics": [topic for topic, _ in wanted],
                "consumers": [consumer for _, consumer in wanted],
                "seconds": after_seconds,
                "attempts": _RESEND_ATTEMPTS,
            },
        )
    return done.rowcount


def run_relay(
    engine: Engine,
    send: Callable[[Delivery], None],
    *,
    wanted: Sequence[tuple[str, str]],
    stopped: Callable[[], bool],
    resend_after_seconds: float = RESEND_AFTER_SECONDS,
) -> None:
    """Relays until `stopped()`. NOTIFY wakes it at once; polling covers a lost notification or connection.

    wanted                (topic, consumer) pairs, for events whose messages were lost after they were sent
    resend_after_seconds  as `resend_unconsumed` has it; looked for five times as often
    """
    swept = time.monotonic()
    while not stopped():
        try:
            with psycopg.connect(
                engine.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
            ) as listener:
                listener.execute(f"LISTEN {CHANNEL}")
                while not stopped():
                    beat()
                    while relay_once(engine, send):
                        if stopped():
                            return
                    if time.monotonic() - swept > resend_after_seconds / 5:
                        swept = time.monotonic()
                        resend_unconsumed(engine, wanted, after_seconds=resend_after_seconds)
                    for _ in listener.notifies(timeout=_POLL_SECONDS, stop_after=1):
                        pass
        except (psycopg.Error, OSError) as error:
            log.warning("relay_lost_database", error=str(error))
            time.sleep(_POLL_SECONDS)
