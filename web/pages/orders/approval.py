"""The approval of an order as its page shows it: the steps, who is next, what was said, what one may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from low_code.documents.compiled import compiled
from low_code.flows.commands import SUBMITTER
from low_code.flows.nodes.asking import Ask
from low_code.flows.queries import Approval, approvals_of, read_approval
from low_code.flows.tree import Flow
from oms.placement.start_order_approval import SUBJECT
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues, name_in
from web.http.principals import may, signed_in
from web.pages.words import TASK, Word, word

_MODES = {
    "any": N_("One of them is enough"),
    "all": N_("All of them must agree"),
    "sequential": N_("One after the other"),
    "quorum": N_("By quorum"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTask:
    """What one person is, or was, asked. via: how it came to him, "" the usual way"""

    who: str
    state: Word
    at: datetime | None
    comment: str
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    name: str
    mode: str
    round: int
    tasks: Sequence[ShownTask]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPanel:
    """steps       those that were reached, in order; then the names of those still to come, as far as the flow is
                a plain list (a branch decides when it is reached)
    waiting_for names of who is asked now
    mine        whether the reader is one of them
    returns     (target, label): where the reader may send it back to
    colleagues  (id, name): to whom he may pass it on; empty where the step does not allow it
    comment_for actions that need a comment
    """

    name: str
    state: Word
    round: int
    version: int
    steps: Sequence[ShownStep]
    to_come: Sequence[str]
    waiting_for: Sequence[str]
    mine: bool
    returns: Sequence[tuple[str, str]]
    colleagues: Sequence[tuple[str, str]]
    comment_for: frozenset[str]
    may_withdraw: bool
    may_resubmit: bool


def approval_panel(work: Work, order_id: UUID) -> ApprovalPanel | None:
    """Of the newest approval that the order went through; None where there was none."""
    ids = approvals_of(work, SUBJECT, order_id)
    if not ids:
        return None
    approval = read_approval(work, ids[0])
    flow: Flow = compiled(work, "approval_flow", approval.flow_key, approval.release).flow
    names = _names(work, approval)
    me = signed_in().id
    open_tasks = [task for task in approval.tasks if task["status"] == "open"]
    my_task = next((task for task in open_tasks if task["assignee_id"] == me), None)
    spec = _spec(flow, my_task["node_id"]) if my_task else None
    acting = my_task is not None and may(Permission.APPROVE_ORDERS)
    submitter = approval.submitter_id == me
    untouched = all(task["acted_by"] is None for task in approval.tasks)
    withdraw = flow.policy.withdraw
    return ApprovalPanel(
        name=_named(flow.names),
        state=word(TASK, approval.status),
        round=approval.round,
        version=approval.version,
        steps=_steps(flow, approval, names),
        to_come=_to_come(flow, approval) if approval.status == "open" else (),
        waiting_for=[names.get(task["assignee_id"], "") for task in open_tasks],
        mine=acting,
        returns=_returns(flow, approval, my_task["id"]) if acting and my_task else (),
        colleagues=_others(work, me) if acting and spec is not None and spec.may_transfer else (),
        comment_for=spec.comment_required_on if spec is not None else frozenset(),
        may_withdraw=submitter
        and approval.status in {"open", "returned"}
        and (withdraw == "any_time" or (withdraw == "before_first_action" and untouched)),
        may_resubmit=submitter and approval.status == "returned",
    )


def _names(work: Work, approval: Approval) -> Mapping[UUID, str]:
    people = {task[role] for task in approval.tasks for role in ("assignee_id", "origin_id", "acted_by")} - {None}
    rows = work.rows(
        "SELECT id, name FROM users WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)",
        {"tenant": work.tenant_id, "ids": list(people)},
    )
    return {row.id: row.name for row in rows}


def _steps(flow: Flow, approval: Approval, names: Mapping[UUID, str]) -> list[ShownStep]:
    groups: dict[tuple[int, str], list[ShownTask]] = {}
    for task in approval.tasks:
        groups.setdefault((task["round"], task["node_id"]), []).append(
            ShownTask(
                who=names.get(task["assignee_id"], ""),
                state=word(TASK, task["status"]),
                at=task["acted_at"] or task["opened_at"],
                comment=task["comment"],
                via=_via(task["via"], names.get(task["origin_id"], "")),
            )
        )
    steps = []
    for (round_no, node_id), tasks in groups.items():
        spec = _spec(flow, node_id)
        steps.append(
            ShownStep(
                name=_node_name(flow, node_id),
                mode=_(_MODES[spec.mode]) if spec is not None and len(tasks) > 1 else "",
                round=round_no,
                tasks=tasks,
            )
        )
    return steps


def _via(via: str, origin: str) -> str:
    if via == "transfer":
        return _("passed on by {name}", name=origin) if origin else _("passed on")
    return _("stands in, because the step found nobody") if via == "fallback" else ""


def _to_come(flow: Flow, approval: Approval) -> list[str]:
    """Names of the steps behind those that wait, until the way forks."""
    waiting = [task["node_id"] for task in approval.tasks if task["status"] == "open"]
    following = flow.nodes[waiting[-1]].next_id if waiting and waiting[-1] in flow.nodes else None
    found = []
    while following is not None and following in flow.nodes:
        node = flow.nodes[following]
        if not isinstance(node.spec, Ask):
            break
        found.append(_node_name(flow, node.id))
        following = node.next_id
    return found


def _returns(flow: Flow, approval: Approval, task_id: UUID) -> list[tuple[str, str]]:
    labels = {SUBMITTER: _("The submitter")}
    targets = approval.returns.get(task_id, ())
    return [(target, labels.get(target) or _node_name(flow, target)) for target in targets]


def _others(work: Work, me: UUID) -> list[tuple[str, str]]:
    return [(str(each), name) for each, name in colleagues(work) if each != me]


def _spec(flow: Flow, node_id: str) -> Ask | None:
    node = flow.nodes.get(node_id)
    return node.spec if node is not None and isinstance(node.spec, Ask) else None


def _node_name(flow: Flow, node_id: str) -> str:
    node = flow.nodes.get(node_id)
    return (_named(node.names) if node else "") or node_id


def _named(names: Mapping[str, str]) -> str:
    return name_in(names, current_locale())
