"""The approval engine: a pure function from a state and a command to the next state.

No clock, no database, no random choice: the same arguments give the same events. People and the subject's
values come in with `World`, and what they amounted to is kept in the events, so the log alone rebuilds a state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import json as exact_json
from low_code.flows import errors
from low_code.flows.commands import (
    SUBMITTER,
    Approve,
    Command,
    Comment,
    Reject,
    Restart,
    Return,
    Start,
    SubjectChanged,
    Transfer,
    Withdraw,
)
from low_code.flows.people import World, read_path
from low_code.flows.run import Run
from low_code.flows.state import FlowEvent, FlowState, Task
from low_code.flows.tree import Flow, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What must happen outside the approval.

    kind  approved, rejected, returned_to_submitter, withdrawn, restarted: the domain acts on these;
          task_opened, people_copied, people_notified: somebody is told
    """

    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stepped:
    """The next state, the events that led there, and what they mean outside."""

    state: FlowState
    events: tuple[FlowEvent, ...]
    effects: tuple[Effect, ...]


def step(flow: Flow, state: FlowState, command: Command, now: datetime, world: World) -> Stepped:
    """What `command` makes of `state`.

    raises  the errors of `flows.errors` where it may not be done; the state is then as it was
    """
    run = Run(flow=flow, state=state, world=world, now=now, actor=command.actor)
    _HANDLERS[type(command)](run, command)
    run.drive()
    return Stepped(run.state, tuple(run.events), _effects(run))


def legal_returns(flow: Flow, task: Task) -> tuple[str, ...]:
    """Where the task's step may send the approval: ids of steps, nearest first, and the submitter."""
    node = flow.nodes[task.node_id]
    earlier = tuple(reversed(node.before))
    return {
        "none": (),
        "submitter": (SUBMITTER,),
        "previous": (*earlier[:1], SUBMITTER),
        "any_before": (*earlier, SUBMITTER),
    }[node.spec.return_to]


def watched_content(flow: Flow, values: Mapping[str, Any]) -> str:
    """Fingerprint of what the approvers answer for: SHA-256 over the watched paths and their values."""
    content = [[path, _comparable(read_path(values, path))] for path in sorted(flow.watch)]
    return hashlib.sha256(exact_json.dumps(content).encode()).hexdigest()


def _comparable(value: Any) -> Any:
    """1.50 and 1.5 are the same content; the order of keys is not content."""
    if isinstance(value, Mapping):
        return {str(key): _comparable(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_comparable(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    text = format(value.normalize(), "f") if hasattr(value, "normalize") else str(value)
    return f"{'s' if isinstance(value, str) else 'n'}:{text}"


def _start(run: Run, command: Start) -> None:
    if run.state.status != "new":
        raise errors.AlreadyUnderApproval()
    watched = watched_content(run.flow, run.world.values)
    submitter = str(command.submitter) if command.submitter else None
    run.emit("started", submitter=submitter, revision=command.revision, watched=watched)
    run.go_to(run.flow.first_id)


def _approve(run: Run, command: Approve) -> None:
    task, node = _my_task(run, command.task, command.actor)
    _want_comment(node, "approve", command.comment)
    run.emit("task_approved", number=task.number, by=str(command.actor), comment=command.comment)
    node.type.settle(run, node)


def _reject(run: Run, command: Reject) -> None:
    task, node = _my_task(run, command.task, command.actor)
    _want_comment(node, "reject", command.comment)
    run.emit("task_rejected", number=task.number, by=str(command.actor), comment=command.comment)
    node.type.settle(run, node)


def _return(run: Run, command: Return) -> None:
    task, node = _my_task(run, command.task, command.actor)
    targets = legal_returns(run.flow, task)
    if command.to not in targets:
        raise errors.ReturnTargetIllegal(to=command.to, targets=list(targets))
    _want_comment(node, "return", command.comment)
    run.emit("task_returned", number=task.number, by=str(command.actor), comment=command.comment, to=command.to)
    run.cancel_open("returned", run.state.open_tasks)
    resume = node.id if run.flow.policy.after_return == "jump_back" else None
    if command.to == SUBMITTER:
        run.end("returned", reason="returned", resume=resume)
    else:
        run.emit("went_back", to=command.to, resume=resume)
        run.go_to(command.to)


def _transfer(run: Run, command: Transfer) -> None:
    task, node = _open_task(run, command.task)
    if command.actor != task.assignee and command.actor not in run.world.directory.administrators():
        raise errors.NotYourTask(task=task.number)
    if not node.spec.may_transfer and command.actor == task.assignee:
        raise errors.TransferNotAllowed(task=task.number)
    asked = {other.assignee for other in run.state.tasks_at(node.id)} | set(run.state.waiting_at(node.id))
    own = command.to == run.state.submitter and run.flow.policy.submitter_is_approver != "allow"
    if own or command.to in asked or not run.world.directory.active(command.to):
        raise errors.TransferTargetUnfit(to=str(command.to))
    _want_comment(node, "transfer", command.comment)
    run.emit(
        "task_transferred",
        number=task.number,
        by=str(command.actor) if command.actor else None,
        to=str(command.to),
        comment=command.comment,
    )
    run.open_task(node, command.to, via="transfer", origin=task.origin or task.assignee)


def _comment(run: Run, command: Comment) -> None:
    if run.state.status == "new":
        raise errors.ApprovalUnknown()
    if not command.comment.strip():
        raise errors.CommentMissing()
    run.emit("commented", comment=command.comment)


def _withdraw(run: Run, command: Withdraw) -> None:
    state, policy = run.state, run.flow.policy.withdraw
    _must_be_open(run)
    if command.actor is not None and command.actor != state.submitter:
        raise errors.NotTheSubmitter()
    somebody_acted = any(
        task.round == state.round and task.status in {"approved", "rejected", "returned"} and not task.auto
        for task in state.tasks
    )
    too_late = policy == "never" or (policy == "before_first_action" and somebody_acted)
    if too_late and command.actor is not None:  # the domain itself may always call it off
        raise errors.WithdrawTooLate()
    if command.comment:
        run.emit("commented", comment=command.comment)
    run.end("withdrawn")


def _restart(run: Run, command: Restart) -> None:
    state = run.state
    if state.status not in {"returned", "open"} or (state.status == "open" and command.actor is not None):
        raise errors.ApprovalIsClosed(status=state.status)
    if command.actor is not None and command.actor != state.submitter:
        raise errors.NotTheSubmitter()
    _begin_round(run, command.revision, watched_content(run.flow, run.world.values), "resubmitted")


def _subject_changed(run: Run, command: SubjectChanged) -> None:
    if run.state.status != "open":
        return
    watched = watched_content(run.flow, run.world.values)
    if watched != run.state.watched and run.flow.on_change == "restart":
        _begin_round(run, command.revision, watched, "content_changed")
    elif command.revision != run.state.revision:
        run.emit("subject_revised", revision=command.revision, watched=watched)


def _begin_round(run: Run, revision: int, watched: str, reason: str) -> None:
    """From the start; straight to whoever sent it back only if they would see the same content again."""
    resume = run.state.resume if watched == run.state.watched else None
    run.cancel_open("restarted", run.state.open_tasks)
    run.emit("restarted", revision=revision, watched=watched, reason=reason)
    run.go_to(resume or run.flow.first_id)


def _must_be_open(run: Run) -> None:
    if run.state.status != "open":
        raise errors.ApprovalIsClosed(status=run.state.status)


def _open_task(run: Run, number: int) -> tuple[Task, Node]:
    task = run.state.task(number)
    if task is None:
        raise errors.TaskUnknown(task=number)
    if task.status != "open":
        raise errors.TaskIsClosed(task=number, status=task.status)
    return task, run.flow.nodes[task.node_id]


def _my_task(run: Run, number: int, actor: UUID | None) -> tuple[Task, Node]:
    task, node = _open_task(run, number)
    if actor != task.assignee:
        raise errors.NotYourTask(task=number)
    return task, node


def _want_comment(node: Node, action: str, comment: str) -> None:
    if action in node.spec.comment_required_on and not comment.strip():
        raise errors.CommentMissing(action=action)


_HANDLERS: Mapping[type[Command], Callable[[Run, Any], None]] = {
    Start: _start,
    Approve: _approve,
    Reject: _reject,
    Return: _return,
    Transfer: _transfer,
    Comment: _comment,
    Withdraw: _withdraw,
    Restart: _restart,
    SubjectChanged: _subject_changed,
}

_ENDINGS = {
    "approved": "approved",
    "rejected": "rejected",
    "returned": "returned_to_submitter",
    "withdrawn": "withdrawn",
}


def _effects(run: Run) -> tuple[Effect, ...]:
    still_open = {task.number for task in run.state.open_tasks}
    effects: list[Effect] = []
    for event in run.events:
        if event.kind == "ended":
            effects.append(Effect(kind=_ENDINGS[event.data["status"]], data={"reason": event.data["reason"]}))
        elif event.kind == "task_opened" and event.data["number"] in still_open:
            effects.append(Effect(kind="task_opened", data=event.data))
        elif event.kind in {"restarted", "people_copied", "people_notified"}:
            effects.append(Effect(kind=event.kind, data=event.data))
    return tuple(effects)
