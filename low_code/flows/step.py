"""The approval engine: a pure function from a state and a command to the next state.

No clock, no database, no random choice: the same arguments give the same events. People and the subject's
values come in with `World`, and what they amounted to is kept in the events, so the log alone rebuilds a state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from low_code.flows import acting, course, timing
from low_code.flows.acting import legal_returns
from low_code.flows.commands import (
    AddSigners,
    Approve,
    Command,
    Comment,
    Fire,
    Migrate,
    Reject,
    Remind,
    Restart,
    Return,
    Start,
    SubjectChanged,
    Transfer,
    Withdraw,
)
from low_code.flows.course import watched_content
from low_code.flows.people import World
from low_code.flows.run import Run
from low_code.flows.state import FlowEvent, FlowState
from low_code.flows.tree import Flow

__all__ = ["Effect", "Stepped", "legal_returns", "step", "watched_content"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What must happen outside the approval.

    kind  approved, rejected, returned_to_submitter, withdrawn, restarted: the domain acts on these;
          task_opened, task_reminded, task_escalated, people_copied, people_notified: somebody is told
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


_HANDLERS: Mapping[type[Command], Callable[[Run, Any], None]] = {
    Start: course.start,
    Comment: course.comment,
    Withdraw: course.withdraw,
    Restart: course.restart,
    SubjectChanged: course.subject_changed,
    Migrate: course.migrate,
    Approve: acting.approve,
    Reject: acting.reject,
    Return: acting.send_back,
    Transfer: acting.transfer,
    AddSigners: acting.add_signers,
    Remind: timing.remind,
    Fire: timing.fire,
}

_ENDINGS = {
    "approved": "approved",
    "rejected": "rejected",
    "returned": "returned_to_submitter",
    "withdrawn": "withdrawn",
}
_TOLD = frozenset({"restarted", "people_copied", "people_notified", "task_escalated"})


def _effects(run: Run) -> tuple[Effect, ...]:
    still_open = {task.number: task for task in run.state.open_tasks}
    effects: list[Effect] = []
    for event in run.events:
        number = event.data.get("number")
        if event.kind == "ended":
            effects.append(Effect(kind=_ENDINGS[event.data["status"]], data={"reason": event.data["reason"]}))
        elif event.kind == "task_opened" and number in still_open:
            effects.append(Effect(kind="task_opened", data=event.data))
        elif event.kind in {"task_resumed", "task_reminded"} and number in still_open:
            task = still_open[number]
            kind = "task_opened" if event.kind == "task_resumed" else event.kind
            data = {**event.data, "node": task.node_id, "assignee": str(task.assignee), "due_at": task.due_at}
            effects.append(Effect(kind=kind, data=data))
        elif event.kind in _TOLD:
            effects.append(Effect(kind=event.kind, data=event.data))
    return tuple(effects)
