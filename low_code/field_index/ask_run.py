"""Asks for work over all rows of an entity, to be done in the background."""

from __future__ import annotations

from kernel.db import Work
from kernel.outbox import put_message

TOPICS = {"index": "fields.index_wanted", "compute": "fields.compute_wanted"}

_ASK = """
INSERT INTO field_runs (tenant_id, entity, work, number, release, state, asked_at, asked_by)
VALUES (%(tenant)s, %(entity)s, %(work)s, 1, %(release)s, 'waiting', %(now)s, %(actor)s)
ON CONFLICT (tenant_id, entity, work) DO UPDATE SET number = field_runs.number + 1, release = excluded.release,
  state = 'waiting', last_id = CASE WHEN %(resume)s THEN field_runs.last_id END,
  rows_done = CASE WHEN %(resume)s THEN field_runs.rows_done ELSE 0 END,
  rows_failed = CASE WHEN %(resume)s THEN field_runs.rows_failed ELSE 0 END,
  cancel_requested = false, failure = '', asked_at = excluded.asked_at, asked_by = excluded.asked_by,
  started_at = NULL, heartbeat_at = NULL, finished_at = NULL
RETURNING number
"""


def ask_run(work: Work, entity: str, kind: str, *, resume: bool = False) -> None:
    """kind    "index" or "compute"
    resume  go on where a cancelled or failed run stopped, instead of from the first row
    """
    number = work.scalar(
        _ASK,
        {
            "tenant": work.tenant_id, "entity": entity, "work": kind, "release": work.tenant.head_release,
            "now": work.now, "actor": work.actor.name, "resume": resume,
        },
    )  # fmt: skip
    put_message(work, TOPICS[kind], {"entity": entity, "number": number})
