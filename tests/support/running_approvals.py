"""Approvals on rows: users, a published flow, a run of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Actor, Work
from kernel.ids import new_id
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.queries import find_draft
from low_code.documents.save_draft import SaveDraft, save_draft
from low_code.flows.act_on_task import Action, ActOnTask, act_on_task
from low_code.flows.queries import list_my_tasks
from low_code.flows.start_approval import StartApproval, start_approval
from low_code.flows.store import ApprovalOutcome
from tests.support.low_code import named

VALUES = {"order": {"total": 5000, "channel": "shop", "rush": False, "lines": []}}


def add_user(work: Work, name: str, *roles: str, manager: UUID | None = None) -> UUID:
    user = new_id()
    work.execute(
        "INSERT INTO users (tenant_id, id, kind, email, name, manager_id)"
        " VALUES (%(t)s, %(id)s, 'staff', %(email)s, %(name)s, %(manager)s)",
        {"t": work.tenant_id, "id": user, "email": f"{name}@acme.test", "name": name, "manager": manager},
    )
    for role in roles:
        work.execute(
            "INSERT INTO roles (tenant_id, id, key, names, permissions)"
            " VALUES (%(t)s, %(id)s, %(role)s, '{}', %(permissions)s) ON CONFLICT DO NOTHING",
            {
                "t": work.tenant_id,
                "id": new_id(),
                "role": role,
                "permissions": ["users.manage"] if role == "admin" else [],
            },
        )
        work.execute(
            "INSERT INTO user_roles (tenant_id, id, user_id, role_id)"
            " SELECT tenant_id, %(id)s, %(user)s, id FROM roles WHERE tenant_id = %(t)s AND key = %(role)s",
            {"t": work.tenant_id, "id": new_id(), "user": user, "role": role},
        )
    return user


def publish_flow(work: Work, *steps: dict[str, Any], key: str = "big", **more: Any) -> None:
    body = {"name": named("Big orders"), "subject": {"of": "order"}, "steps": list(steps), **more}
    draft = find_draft(work, "approval_flow", key)
    save_draft(work, SaveDraft(kind="approval_flow", key=key, body=body, etag=draft.etag if draft else None))
    publish_drafts(work, PublishDrafts(base=work.tenant.head_release, accept_warnings=True))


def asks(step_id: str, role: str, mode: str = "any") -> dict[str, Any]:
    return {"id": step_id, "type": "approve", "mode": mode, "who": [{"role": role}]}


def begin(work: Work, submitter: UUID | None = None, subject: UUID | None = None, **more: Any) -> ApprovalOutcome:
    return start_approval(
        work,
        StartApproval(
            flow_key="big",
            subject_kind="order",
            subject_id=subject or new_id(),
            subject_revision=1,
            submitter_id=submitter,
            title="SO-1",
            values=VALUES,
            **more,
        ),
    )


def as_user(work: Work, user: UUID) -> Work:
    """The same unit of work on behalf of `user`."""
    work.actor = Actor(kind="staff", id=user, name="somebody")
    return work


def act(work: Work, user: UUID, action: Action = Action.APPROVE, **more: Any) -> ApprovalOutcome:
    """The user's oldest task."""
    task = list_my_tasks(work, user)[0]
    command = ActOnTask(task_id=task.task_id, action=action, **{"values": VALUES, "comment": "ok", **more})
    return act_on_task(as_user(work, user), command)
