"""The approval that an order is in, and the task that somebody has there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.documents.compiled import compiled
from low_code.flows.errors import NotYourTask, TaskIsClosed
from oms.orders.lock_order import LockedOrder
from oms.placement.errors import NoOpenApproval
from oms.placement.start_order_approval import SUBJECT

_OPEN = """
SELECT i.id AS instance_id, i.submitter_id, i.flow_key, i.release,
  (SELECT jsonb_agg(jsonb_build_object('id', t.id, 'node', t.node_id) ORDER BY t.number) FROM approval_tasks t
    WHERE t.tenant_id = %(tenant)s AND t.instance_id = i.id AND t.status = 'open'
    AND t.assignee_id = %(user)s) AS tasks
FROM approval_instances i
WHERE i.tenant_id = %(tenant)s AND i.subject_kind = %(kind)s AND i.subject_id = %(order)s
  AND i.status NOT IN ('approved', 'rejected', 'withdrawn')
ORDER BY i.id DESC LIMIT 1
"""
_PEOPLE = "SELECT id, name, email FROM users WHERE tenant_id = %(tenant)s AND email = ANY(%(emails)s) AND active"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApproval:
    """The running (or returned) approval of an order.

    tasks  (task, step) of the actor, oldest first
    """

    instance_id: UUID
    submitter_id: UUID | None
    flow_key: str
    release: int
    tasks: tuple[tuple[UUID, str], ...]

    def task(self, task_id: UUID | None) -> tuple[UUID, str]:
        """The actor's task with this id; None: his oldest. Raises NotYourTask, TaskIsClosed."""
        if task_id is None:
            if not self.tasks:
                raise NotYourTask()
            return self.tasks[0]
        for task in self.tasks:
            if task[0] == task_id:
                return task
        raise TaskIsClosed() if self.tasks else NotYourTask()


def open_approval(work: Work, order: LockedOrder) -> OpenApproval:
    """Raises NoOpenApproval."""
    row = work.row(_OPEN, {"tenant": work.tenant_id, "kind": SUBJECT, "order": order.id, "user": work.actor.id})
    if row is None:
        raise NoOpenApproval(number=order.number)
    tasks = tuple((UUID(task["id"]), task["node"]) for task in row.tasks or ())
    return OpenApproval(
        instance_id=row.instance_id, submitter_id=row.submitter_id, flow_key=row.flow_key, release=row.release,
        tasks=tasks,
    )  # fmt: skip


def rights_at(work: Work, flow_key: str, release: int, node_id: str) -> Mapping[str, str]:
    """path of a field -> edit, view or hide, for whoever is asked at a step."""
    node = compiled(work, "approval_flow", flow_key, release).flow.nodes.get(node_id)
    rights: Mapping[str, str] = getattr(node.spec, "fields", {}) if node else {}
    return rights


def people_by_mail(work: Work, emails: tuple[str, ...]) -> dict[str, Any]:
    """e-mail in lower case -> row (id, name, email) of the active user."""
    wanted = [email.lower() for email in emails]
    return {row.email: row for row in work.rows(_PEOPLE, {"tenant": work.tenant_id, "emails": wanted})}


def act_for(work: Work, email: str) -> None:
    """A key acts for a person: the person decides, and the key stays named beside. Raises NotYourTask."""
    person = people_by_mail(work, (email,)).get(email.lower())
    if person is None:
        raise NotYourTask()
    work.actor = replace(work.actor, kind="staff", id=person.id, name=f"{person.name} ({work.actor.name})")
