"""How work over all rows is going, and what a person may do about it."""

from __future__ import annotations

from typing import Any

from kernel.db import Work
from low_code.field_index.ask_run import ask_run
from low_code.field_index.errors import RunNotOpen, RunStillOpen, RunUnknown
from tenants.access.audit import audit

_RUNS = """
SELECT entity, work, number, release, state, rows_total, rows_done, rows_failed, cancel_requested, failure, asked_at,
  asked_by, started_at, heartbeat_at, finished_at
FROM field_runs WHERE tenant_id = %(tenant)s ORDER BY asked_at DESC, entity, work
"""
_SLOTS = """
SELECT f.entity, f.key, f.slot, f.kind, f.ready, s.filled, s.sampled, s.distinct_values, s.taken_at FROM field_slots f
LEFT JOIN field_statistics s ON s.tenant_id = f.tenant_id AND s.entity = f.entity AND s.key = f.key
WHERE f.tenant_id = %(tenant)s ORDER BY f.entity, f.slot, f.key
"""
_STATE = """
SELECT state FROM field_runs WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND work = %(work)s FOR UPDATE
"""
_CANCEL = """
UPDATE field_runs SET cancel_requested = true, state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END
WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND work = %(work)s
"""


def list_runs(work: Work) -> list[Any]:
    """The last work of each kind on each entity, newest first."""
    return work.rows(_RUNS, {"tenant": work.tenant_id})


def list_slots(work: Work) -> list[Any]:
    """Every indexed field with what is known of its values."""
    return work.rows(_SLOTS, {"tenant": work.tenant_id})


def cancel_run(work: Work, entity: str, kind: str) -> None:
    """Stops after the batch that is under way. Raises RunUnknown, RunNotOpen."""
    if _state(work, entity, kind) not in {"waiting", "running"}:
        raise RunNotOpen()
    work.execute(_CANCEL, {"tenant": work.tenant_id, "entity": entity, "work": kind})
    audit(work, "field_run.cancel", "field_run", f"{entity}.{kind}")


def resume_run(work: Work, entity: str, kind: str) -> None:
    """Goes on where a cancelled or failed run stopped. Raises RunUnknown, RunStillOpen."""
    if _state(work, entity, kind) in {"waiting", "running"}:
        raise RunStillOpen()
    ask_run(work, entity, kind, resume=True)
    audit(work, "field_run.resume", "field_run", f"{entity}.{kind}")


def _state(work: Work, entity: str, kind: str) -> str:
    row = work.row(_STATE, {"tenant": work.tenant_id, "entity": entity, "work": kind})
    if row is None:
        raise RunUnknown()
    return str(row.state)
