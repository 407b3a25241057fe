"""Reads of planned releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.documents.queries import drafts_digest
from low_code.plans.errors import PlanUnknown
from low_code.plans.models import OPEN_STATES

_COLUMNS = (
    "id, action, target, base, seen, changed, notes, accept_warnings, state, publish_at, proposed_by, proposed_by_name,"
    " proposed_by_kind, proposed_at, decided_by, decided_by_name, decided_at, decision_note, ended_at, failure, release"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """action   publish, or roll_back to `target`
    state    waiting for a second person, scheduled for `publish_at`, published as `release`, refused, cancelled, void
             (drafts changed), failed
    stands   False: open, but what was seen is not there any more, so it can only be proposed again
    """

    id: UUID
    action: str
    target: int | None
    base: int
    seen: str
    changed: Sequence[str]
    notes: str
    accept_warnings: bool
    state: str
    publish_at: datetime | None
    proposed_by: UUID | None
    proposed_by_name: str
    proposed_by_kind: str
    proposed_at: datetime
    decided_by: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None
    decision_note: str
    ended_at: datetime | None
    failure: Mapping[str, Any] | None
    release: int | None
    stands: bool

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def list_plans(work: Work, *, open_only: bool = False, limit: int = 50) -> list[Plan]:
    """Open ones first, then newest first."""
    rows = work.mappings(
        f"SELECT {_COLUMNS} FROM config_plans WHERE tenant_id = %(tenant)s"
        f"{' AND state IN (' + _QUOTED + ')' if open_only else ''}"
        f" ORDER BY state IN ({_QUOTED}) DESC, id DESC LIMIT %(limit)s",
        {"tenant": work.tenant_id, "limit": limit},
    )
    digest = drafts_digest(work) if rows else ""
    return [_plan(work, row, digest) for row in rows]


_QUOTED = ", ".join(f"'{state}'" for state in OPEN_STATES)


def read_plan(work: Work, plan_id: UUID, *, lock: bool = False) -> Plan:
    """lock: nobody else decides about it until this unit of work ends. Raises PlanUnknown."""
    rows = work.mappings(
        f"SELECT {_COLUMNS} FROM config_plans WHERE tenant_id = %(tenant)s AND id = %(id)s"
        f"{' FOR UPDATE' if lock else ''}",
        {"tenant": work.tenant_id, "id": plan_id},
    )
    if not rows:
        raise PlanUnknown()
    return _plan(work, rows[0], drafts_digest(work))


def due_plans(work: Work) -> list[UUID]:
    """Scheduled ones whose hour has come, in the order of their hours; locked, without those that another locked."""
    rows = work.rows(
        "SELECT id FROM config_plans WHERE tenant_id = %(tenant)s AND state = 'scheduled' AND publish_at <= %(now)s"
        " ORDER BY publish_at, id FOR UPDATE SKIP LOCKED",
        {"tenant": work.tenant_id, "now": work.now},
    )
    return [row.id for row in rows]


def _plan(work: Work, row: dict[str, Any], digest: str) -> Plan:
    seen_is_there = row["action"] == "roll_back" or row["seen"] == digest
    return Plan(**row, stands=row["base"] == work.tenant.head_release and seen_is_there)
