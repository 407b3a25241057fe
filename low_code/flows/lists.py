"""Lists of approvals: what somebody did, submitted or got a copy of, and what runs in the whole company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.db import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedApproval:
    """row_id: what the next page begins after; at: when it was done, submitted or copied; did: what somebody did"""

    row_id: UUID
    instance_id: UUID
    flow_key: str
    subject_kind: str
    subject_id: UUID
    title: str
    status: str
    at: datetime
    did: str


_DONE = """
SELECT t.id AS row_id, i.id AS instance_id, i.flow_key, i.subject_kind, i.subject_id, i.title, i.status,
  t.acted_at AS at, t.status AS did
FROM approval_tasks t JOIN approval_instances i ON i.tenant_id = t.tenant_id AND i.id = t.instance_id
WHERE t.tenant_id = %(tenant)s AND t.acted_by = %(user)s AND (%(before)s::uuid IS NULL OR t.id < %(before)s)
ORDER BY t.id DESC LIMIT %(limit)s
"""
_SUBMITTED = """
SELECT i.id AS row_id, i.id AS instance_id, i.flow_key, i.subject_kind, i.subject_id, i.title, i.status,
  i.started_at AS at, '' AS did
FROM approval_instances i
WHERE i.tenant_id = %(tenant)s AND i.submitter_id = %(user)s AND (%(before)s::uuid IS NULL OR i.id < %(before)s)
ORDER BY i.id DESC LIMIT %(limit)s
"""
_COPIED = """
SELECT c.id AS row_id, i.id AS instance_id, i.flow_key, i.subject_kind, i.subject_id, i.title, i.status, c.at,
  '' AS did
FROM approval_copies c JOIN approval_instances i ON i.tenant_id = c.tenant_id AND i.id = c.instance_id
WHERE c.tenant_id = %(tenant)s AND c.user_id = %(user)s AND (%(before)s::uuid IS NULL OR c.id < %(before)s)
ORDER BY c.id DESC LIMIT %(limit)s
"""
LISTS = {"done": _DONE, "submitted": _SUBMITTED, "copied": _COPIED}


def list_approvals(
    work: Work, user_id: UUID, which: str, *, before: UUID | None = None, limit: int = 50
) -> list[ListedApproval]:
    """which: done, submitted or copied; newest first. before: the last row of the page before."""
    params = {"tenant": work.tenant_id, "user": user_id, "before": before, "limit": limit}
    return [ListedApproval(**row) for row in work.mappings(LISTS[which], params)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningFilter:
    """None and "" do not filter.

    node   a step that somebody is asked at
    since  running tasks opened at or before this instant: what is stuck
    after  the last one of the page before
    """

    flow_key: str = ""
    node_id: str = ""
    assignee_id: UUID | None = None
    since: datetime | None = None
    after: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningApproval:
    """tasks: (id, step, assignee's id, opened at, due at) of who is asked now, oldest first; () while it waits for a
    time. waits_until: when its next timer fires"""

    id: UUID
    flow_key: str
    release: int
    subject_kind: str
    subject_id: UUID
    title: str
    round: int
    version: int
    submitter_id: UUID | None
    started_at: datetime
    waits_until: datetime | None
    tasks: tuple[tuple[UUID, str, UUID, datetime, datetime | None], ...]


_RUNNING = """
SELECT i.id, i.flow_key, i.release, i.subject_kind, i.subject_id, i.title, i.round, i.version, i.submitter_id,
  i.started_at,
  (SELECT min(w.due_at) FROM approval_timers w WHERE w.tenant_id = i.tenant_id AND w.instance_id = i.id) AS waits_until
FROM approval_instances i
WHERE i.tenant_id = %(tenant)s AND i.status = 'open'
  AND (%(flow)s = '' OR i.flow_key = %(flow)s) AND (%(after)s::uuid IS NULL OR i.id > %(after)s)
  AND (NOT %(by_task)s OR EXISTS (SELECT FROM approval_tasks t
    WHERE t.tenant_id = i.tenant_id AND t.instance_id = i.id AND t.status = 'open'
      AND (%(node)s = '' OR t.node_id = %(node)s) AND (%(assignee)s::uuid IS NULL OR t.assignee_id = %(assignee)s)
      AND (%(since)s::timestamptz IS NULL OR t.opened_at <= %(since)s)))
ORDER BY i.id LIMIT %(limit)s
"""
_TASKS = """
SELECT instance_id, id, node_id, assignee_id, opened_at, due_at FROM approval_tasks
WHERE tenant_id = %(tenant)s AND instance_id = ANY(%(ids)s) AND status = 'open' ORDER BY number
"""


def list_running(work: Work, wanted: RunningFilter, *, limit: int = 50) -> list[RunningApproval]:
    """Running approvals, oldest first. Two statements."""
    rows = work.mappings(
        _RUNNING,
        {
            "tenant": work.tenant_id,
            "flow": wanted.flow_key,
            "after": wanted.after,
            "node": wanted.node_id,
            "assignee": wanted.assignee_id,
            "since": wanted.since,
            "by_task": bool(wanted.node_id or wanted.assignee_id or wanted.since),
            "limit": limit,
        },
    )
    tasks: dict[UUID, list[tuple[UUID, str, UUID, datetime, datetime | None]]] = {}
    for task in work.rows(_TASKS, {"tenant": work.tenant_id, "ids": [row["id"] for row in rows]}):
        found = (task.id, task.node_id, task.assignee_id, task.opened_at, task.due_at)
        tasks.setdefault(task.instance_id, []).append(found)
    return [RunningApproval(**row, tasks=tuple(tasks.get(row["id"], ()))) for row in rows]


def running_flows(work: Work) -> list[tuple[str, int]]:
    """(flow, how many of it run) each."""
    rows = work.rows(
        "SELECT flow_key, count(*) AS running FROM approval_instances"
        " WHERE tenant_id = %(tenant)s AND status = 'open' GROUP BY flow_key ORDER BY flow_key",
        {"tenant": work.tenant_id},
    )
    return [(row.flow_key, row.running) for row in rows]


def count_older(work: Work) -> int:
    """How many run under an older release than the one in force, whether or not their flow differs there."""
    return int(
        work.scalar(
            "SELECT count(*) FROM approval_instances WHERE tenant_id = %(tenant)s AND status = 'open'"
            " AND release < %(head)s",
            {"tenant": work.tenant_id, "head": work.tenant.head_release},
        )
    )


def names_of(work: Work, users: Sequence[UUID | None]) -> dict[UUID, str]:
    """user -> name, of those there are."""
    rows = work.rows(
        "SELECT id, name FROM users WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)",
        {"tenant": work.tenant_id, "ids": [user for user in users if user]},
    )
    return {row.id: row.name for row in rows}
