"""The approval of an order as pages show it: the way so far, who is asked now, what comes next, what one may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from kernel.db import Work
from kernel.i18n import _, current_locale
from kernel.ids import to_text
from low_code.documents.compiled import compiled
from low_code.flows.acting import leaves_parallel
from low_code.flows.commands import SUBMITTER
from low_code.flows.nodes.asking import Ask
from low_code.flows.preview import what_comes
from low_code.flows.queries import Approval, approval_log, approvals_of, read_approval
from low_code.flows.store import world_of
from low_code.flows.tree import Flow
from oms.orders.order_values import order_values
from oms.placement.edit_in_approval import editable_keys, hidden_keys
from oms.placement.start_order_approval import SUBJECT
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues, name_in
from web.http.principals import may, signed_in
from web.pages.orders.approval_path import PathStep, path_so_far, people_in, step_name, steps_to_come
from web.pages.orders.custom_fields import ShownField, order_fields
from web.pages.words import TASK, Word, word


@dataclass(frozen=True, slots=True, kw_only=True)
class MyAction:
    """What the reader is asked, and may do.

    task        the task's id
    step        its name
    handles     he does something, instead of saying yes or no
    returns     (target, label): where he may send it back to
    leaves      targets that end what runs beside the step
    colleagues  (id, name): to whom he may pass it on, or whom he may add
    signers     before, after, parallel: in which ways he may add others
    comment_for actions that need a comment
    fields      the order's own fields that he may change now, with their values as a form shows them
    """

    task: str
    step: str
    handles: bool
    may_reject: bool
    may_transfer: bool
    returns: Sequence[tuple[str, str]]
    leaves: frozenset[str]
    colleagues: Sequence[tuple[str, str]]
    signers: Sequence[str]
    comment_for: frozenset[str]
    fields: Sequence[tuple[ShownField, str]]
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPanel:
    """path        what happened, in order; coming: steps that would follow if everybody approved
    waiting_for names of who is asked now
    mine        what the reader may do, for each task that waits for him
    hidden      paths below the order that his step hides from him: `cf.margin`
    may_remind  the submitter or an administrator
    """

    name: str
    state: Word
    round: int
    version: int
    path: Sequence[PathStep]
    coming: Sequence[PathStep]
    waiting_for: Sequence[str]
    mine: Sequence[MyAction]
    may_withdraw: bool
    may_resubmit: bool
    may_remind: bool
    hidden: frozenset[str] = field(default_factory=frozenset)


def approval_panel(work: Work, order_id: UUID) -> ApprovalPanel | None:
    """Of the newest approval that the order went through; None where there was none."""
    ids = approvals_of(work, SUBJECT, order_id)
    if not ids:
        return None
    approval = read_approval(work, ids[0])
    flow: Flow = compiled(work, "approval_flow", approval.flow_key, approval.release).flow
    log = approval_log(work, ids[0])
    is_open = approval.status == "open"
    world = world_of(work, order_values(work, order_id))
    coming = what_comes(flow, approval.state, world, work.now).steps if is_open else ()
    names = people_in(work, approval, log, coming)
    me = signed_in().id
    mine = [task for task in approval.tasks if task["status"] == "open" and task["assignee_id"] == me]
    acting = may(Permission.APPROVE_ORDERS)
    rights = _rights(flow, mine)
    submitter = approval.submitter_id == me
    return ApprovalPanel(
        name=name_in(flow.names, current_locale()),
        state=word(TASK, approval.status),
        round=approval.round,
        version=approval.version,
        path=path_so_far(flow, approval, log, names),
        coming=steps_to_come(flow, coming, names),
        waiting_for=[names.get(task["assignee_id"], "") for task in approval.tasks if task["status"] == "open"],
        mine=[_mine(work, flow, approval, task) for task in mine] if acting else (),
        may_withdraw=submitter and _may_withdraw(flow, approval),
        may_resubmit=submitter and approval.status == "returned",
        may_remind=is_open and bool(approval.state.open_tasks) and (submitter or may(Permission.MANAGE_USERS)),
        hidden=hidden_keys(rights),
    )


def _rights(flow: Flow, mine: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Of several steps that ask the reader, what any of them hides is hidden."""
    rights: dict[str, str] = {}
    for task in mine:
        spec = _spec(flow, str(task["node_id"]))
        for path, right in (spec.fields if spec else {}).items():
            rights[path] = "hide" if "hide" in (right, rights.get(path)) else right
    return rights


def _mine(work: Work, flow: Flow, approval: Approval, task: Mapping[str, object]) -> MyAction:
    spec = _spec(flow, str(task["node_id"]))
    assert spec is not None
    row_id = task["id"]
    assert isinstance(row_id, UUID)
    state_task = approval.state.task(int(str(task["number"])))
    assert state_task is not None
    targets = approval.returns.get(row_id, ())
    added = state_task.sign in {"before", "after"}
    due = task["due_at"]
    return MyAction(
        task=to_text("tsk", row_id),
        step=step_name(flow, str(task["node_id"])),
        handles=task["kind"] == "handle",
        may_reject=spec.may_reject,
        may_transfer=spec.may_transfer,
        returns=[(to, _("The submitter") if to == SUBMITTER else step_name(flow, to)) for to in targets],
        leaves=frozenset(to for to in targets if leaves_parallel(flow, approval.state.active, state_task, to)),
        colleagues=_others(work) if spec.may_transfer or spec.add_signer else (),
        signers=() if added else [where for where in ("before", "after", "parallel") if where in spec.add_signer],
        comment_for=spec.comment_required_on,
        fields=_fields(work, approval.subject_id, spec),
        due_at=due if isinstance(due, datetime) else None,
    )


def _fields(work: Work, order_id: UUID, spec: Ask) -> list[tuple[ShownField, str]]:
    keys = editable_keys(spec.fields)
    if not keys:
        return []
    custom = work.scalar(
        "SELECT custom FROM orders WHERE tenant_id = %(tenant)s AND id = %(order)s",
        {"tenant": work.tenant_id, "order": order_id},
    )
    return [(shown, _typed(custom.get(shown.key))) for shown in order_fields(work) if shown.key in keys]


def _typed(value: object) -> str:
    """A kept value as a form shows it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _may_withdraw(flow: Flow, approval: Approval) -> bool:
    withdraw = flow.policy.withdraw
    untouched = all(task["acted_by"] is None for task in approval.tasks)
    if approval.status == "returned":
        return True
    return approval.status == "open" and (withdraw == "any_time" or (withdraw == "before_first_action" and untouched))


def _others(work: Work) -> list[tuple[str, str]]:
    me = signed_in().id
    return [(str(each), name) for each, name in colleagues(work) if each != me]


def _spec(flow: Flow, node_id: str) -> Ask | None:
    node = flow.nodes.get(node_id)
    return node.spec if node is not None and isinstance(node.spec, Ask) else None
