"""Finds the timers whose time has come, and fires one.

The two are apart so that a worker can be killed at any point: finding only marks a row as asked for, for a while;
firing locks the approval, looks at everything again, and writes what follows in the same transaction as it takes the
timer away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.flows.commands import Fire
from low_code.flows.store import ApprovalOutcome, OnceKey, carry_out, load

ASKED_AGAIN_AFTER = timedelta(minutes=5)

_CLAIM = """
UPDATE approval_timers SET claimed_until = %(until)s
WHERE tenant_id = %(tenant)s AND id IN (
  SELECT id FROM approval_timers
  WHERE tenant_id = %(tenant)s AND due_at <= %(now)s AND (claimed_until IS NULL OR claimed_until <= %(now)s)
  ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
_TIMER = """
SELECT t.id, t.instance_id, t.number, t.due_at, i.subject_kind, i.subject_id
FROM approval_timers t JOIN approval_instances i ON i.tenant_id = t.tenant_id AND i.id = t.instance_id
WHERE t.tenant_id = %(tenant)s AND t.id = %(id)s
"""
_TAKE = "SELECT number FROM approval_timers WHERE tenant_id = %(tenant)s AND id = %(id)s FOR UPDATE SKIP LOCKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTimer:
    """A timer, and what its approval is about."""

    id: UUID
    instance_id: UUID
    number: int
    subject_kind: str
    subject_id: UUID


def claim_due_timers(work: Work, *, limit: int = 200) -> list[UUID]:
    """Ids of timers that are due and that nobody was asked to fire in the last minutes; oldest first."""
    now = work.now
    rows = work.rows(_CLAIM, {"tenant": work.tenant_id, "now": now, "until": now + ASKED_AGAIN_AFTER, "limit": limit})
    return [row.id for row in rows]


def find_timer(work: Work, timer_id: UUID) -> FoundTimer | None:
    """The timer; None where it has fired or is no longer needed."""
    row = work.row(_TIMER, {"tenant": work.tenant_id, "id": timer_id})
    if row is None:
        return None
    return FoundTimer(
        id=row.id,
        instance_id=row.instance_id,
        number=row.number,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
    )


def fire_timer(work: Work, timer: FoundTimer, values: Mapping[str, Any]) -> ApprovalOutcome | None:
    """Fires it under the lock of its approval, in the name of the system. None where somebody else did, or does.

    values  the subject as expressions read it now; the caller has locked the subject
    """
    loaded = load(work, timer.instance_id)
    if work.row(_TAKE, {"tenant": work.tenant_id, "id": timer.id}) is None:
        return None
    return carry_out(work, loaded, Fire(timer=timer.number), values, OnceKey.of(None))
