"""Reads of approvals and tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.documents.compiled import compiled
from low_code.flows.errors import ApprovalUnknown, TaskUnknown
from low_code.flows.state import FlowEvent, FlowState
from low_code.flows.step import legal_returns


@dataclass(frozen=True, slots=True, kw_only=True)
class MyTask:
    """A task that waits for somebody. version: of the approval, to be sent back with the action."""

    task_id: UUID
    instance_id: UUID
    version: int
    flow_key: str
    release: int
    node_id: str
    subject_kind: str
    subject_id: UUID
    title: str
    submitter_id: UUID | None
    origin_id: UUID | None
    opened_at: datetime
    kind: str
    due_at: datetime | None


_MY_TASKS = """
    SELECT t.id AS task_id, t.instance_id, i.version, i.flow_key, i.release, t.node_id, i.subject_kind, i.subject_id,
           i.title, i.submitter_id, t.origin_id, t.opened_at, t.kind, t.due_at
    FROM approval_tasks t
    JOIN approval_instances i ON i.tenant_id = t.tenant_id AND i.id = t.instance_id
    WHERE t.tenant_id = %(tenant)s AND t.assignee_id = %(user)s AND t.status = 'open'
      AND (%(after)s::uuid IS NULL OR t.id > %(after)s) AND (%(flow)s = '' OR i.flow_key = %(flow)s)
    ORDER BY t.id LIMIT %(limit)s
"""

_MY_TASKS_ON = """
    SELECT t.id AS task_id, t.instance_id, i.version, i.flow_key, i.release, t.node_id, i.subject_kind, i.subject_id,
           i.title, i.submitter_id, t.origin_id, t.opened_at, t.kind, t.due_at
    FROM approval_tasks t
    JOIN approval_instances i ON i.tenant_id = t.tenant_id AND i.id = t.instance_id
    WHERE t.tenant_id = %(tenant)s AND t.assignee_id = %(user)s AND t.status = 'open'
      AND i.subject_kind = %(kind)s AND i.subject_id = ANY(%(subjects)s)
"""


def list_my_tasks(
    work: Work, user_id: UUID, *, after: UUID | None = None, flow_key: str = "", limit: int = 50
) -> list[MyTask]:
    """Open tasks of a user, oldest first; `after` is the last task of the page before. flow_key: "" is all."""
    params = {"tenant": work.tenant_id, "user": user_id, "after": after, "flow": flow_key, "limit": limit}
    return [MyTask(**row) for row in work.mappings(_MY_TASKS, params)]


def my_tasks_on(work: Work, user_id: UUID, subject_kind: str, subject_ids: Sequence[UUID]) -> dict[UUID, MyTask]:
    """subject id -> the open task that the user has there, for those subjects where there is one."""
    params = {"tenant": work.tenant_id, "user": user_id, "kind": subject_kind, "subjects": list(subject_ids)}
    tasks = [MyTask(**row) for row in work.mappings(_MY_TASKS_ON, params)]
    return {task.subject_id: task for task in tasks}


def count_my_tasks(work: Work, user_id: UUID) -> int:
    return int(
        work.scalar(
            "SELECT count(*) FROM approval_tasks"
            " WHERE tenant_id = %(tenant)s AND assignee_id = %(user)s AND status = 'open'",
            {"tenant": work.tenant_id, "user": user_id},
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSubject:
    """What a task is about: what a use case loads before it acts."""

    instance_id: UUID
    subject_kind: str
    subject_id: UUID
    number: int
    assignee_id: UUID
    status: str


def subject_of_task(work: Work, task_id: UUID) -> TaskSubject:
    """raises TaskUnknown"""
    rows = work.mappings(
        "SELECT t.instance_id, i.subject_kind, i.subject_id, t.number, t.assignee_id, t.status"
        " FROM approval_tasks t JOIN approval_instances i ON i.tenant_id = t.tenant_id AND i.id = t.instance_id"
        " WHERE t.tenant_id = %(tenant)s AND t.id = %(id)s",
        {"tenant": work.tenant_id, "id": task_id},
    )
    if not rows:
        raise TaskUnknown()
    return TaskSubject(**rows[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approval as pages show it. tasks: rows of approval_tasks as dicts, oldest first; returns: for each open
    task's id the steps that it may send the approval back to; state: where it stands."""

    id: UUID
    flow_key: str
    release: int
    document_hash: str
    subject_kind: str
    subject_id: UUID
    subject_revision: int
    status: str
    round: int
    version: int
    submitter_id: UUID | None
    title: str
    started_at: datetime
    ended_at: datetime | None
    tasks: tuple[dict[str, Any], ...]
    returns: dict[UUID, tuple[str, ...]]
    state: FlowState


_APPROVAL = (
    "id, flow_key, release, document_hash, subject_kind, subject_id, subject_revision, status, round, version,"
    " submitter_id, title, started_at, ended_at"
)


def read_approval(work: Work, instance_id: UUID) -> Approval:
    """raises ApprovalUnknown"""
    rows = work.mappings(
        f"SELECT {_APPROVAL}, state FROM approval_instances WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": instance_id},
    )
    if not rows:
        raise ApprovalUnknown()
    row = rows[0]
    state = FlowState.from_json(row.pop("state"))
    tasks = work.mappings(
        "SELECT id, number, node_id, kind, round, assignee_id, origin_id, via, status, opened_at, due_at, acted_by,"
        " acted_at, comment"
        " FROM approval_tasks WHERE tenant_id = %(tenant)s AND instance_id = %(id)s ORDER BY number",
        {"tenant": work.tenant_id, "id": instance_id},
    )
    flow = compiled(work, "approval_flow", row["flow_key"], row["release"]).flow
    ids = {task["number"]: task["id"] for task in tasks}
    returns = {ids[task.number]: legal_returns(flow, task) for task in state.open_tasks}
    return Approval(**row, tasks=tuple(tasks), returns=returns, state=state)


def approvals_of(work: Work, subject_kind: str, subject_id: UUID) -> list[UUID]:
    """Ids of all approvals that a subject went through, newest first."""
    rows = work.rows(
        "SELECT id FROM approval_instances WHERE tenant_id = %(tenant)s AND subject_kind = %(kind)s"
        " AND subject_id = %(subject)s ORDER BY id DESC",
        {"tenant": work.tenant_id, "kind": subject_kind, "subject": subject_id},
    )
    return [row.id for row in rows]


def approval_log(work: Work, instance_id: UUID) -> list[FlowEvent]:
    """Everything that happened to an approval, in order."""
    rows = work.rows(
        "SELECT kind, data, actor_id, at FROM approval_events"
        " WHERE tenant_id = %(tenant)s AND instance_id = %(id)s ORDER BY seq",
        {"tenant": work.tenant_id, "id": instance_id},
    )
    return [FlowEvent(kind=row.kind, data=row.data, actor=row.actor_id, at=row.at) for row in rows]


def my_flows(work: Work, user_id: UUID) -> list[tuple[str, int]]:
    """(flow, how many of its tasks wait for the user) each."""
    rows = work.rows(
        "SELECT i.flow_key, count(*) AS tasks FROM approval_tasks t"
        " JOIN approval_instances i ON i.tenant_id = t.tenant_id AND i.id = t.instance_id"
        " WHERE t.tenant_id = %(tenant)s AND t.assignee_id = %(user)s AND t.status = 'open'"
        " GROUP BY i.flow_key ORDER BY i.flow_key",
        {"tenant": work.tenant_id, "user": user_id},
    )
    return [(row.flow_key, row.tasks) for row in rows]
