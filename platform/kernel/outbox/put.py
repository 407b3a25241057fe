"""Puts an event into the outbox, in the transaction that makes it true."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Event, Work
from kernel.db.json import dumps
from kernel.ids import new_id

CHANNEL = "orderloom_outbox"

_INSERT = """
INSERT INTO outbox_messages (tenant_id, id, topic, payload, created_at, next_try_at)
VALUES (%(tenant)s, %(id)s, %(topic)s, %(payload)s::jsonb, %(now)s, %(now)s)
"""


def put_event(work: Work, event: Event) -> UUID:
    """Writes one outbox row and returns the event's id. It is sent only if the transaction commits."""
    return put_message(work, event.topic, event.to_json())


def put_message(work: Work, topic: str, payload: dict[str, Any]) -> UUID:
    event_id = new_id()
    work.execute(
        _INSERT,
        {"tenant": work.tenant_id, "id": event_id, "topic": topic, "payload": dumps(payload), "now": work.now},
    )
    work.wakes_relay = True
    return event_id
