"""Where an approval stands: plain frozen values, and the fold of events that makes them.

Nothing else changes a state, so folding the stored events of an instance gives its state again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEvent:
    """Something that happened. `data` holds plain JSON values; ids in it are text."""

    kind: str
    data: Mapping[str, Any]
    actor: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one person is, or was, asked.

    via       flow, fallback (nobody was found) or transfer
    status    open, approved, rejected, returned, transferred, cancelled
    revision  the subject's revision when it was closed
    auto      closed without asking, because the person had approved the same content before
    """

    number: int
    node_id: str
    round: int
    assignee: UUID
    origin: UUID | None = None
    via: str = "flow"
    status: str = "open"
    acted_by: UUID | None = None
    comment: str = ""
    revision: int = 0
    auto: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """A step that waits. people: all whom it asks; waiting: those not asked yet, in order."""

    node_id: str
    people: tuple[UUID, ...]
    waiting: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowState:
    """Where one approval stands after `seq` events.

    status   new, open, approved, rejected, returned, withdrawn
    round    1 at the start; one more with every restart and every return
    watched  fingerprint of the content that the approvers answer for
    passed   approve steps that this round has passed, in order
    jumps    (step, where to go when it has passed): steps that a return will come back from, innermost last
    resume   the step that sent it back to the submitter, where the flow jumps back after a return
    """

    seq: int = 0
    status: str = "new"
    round: int = 0
    submitter: UUID | None = None
    revision: int = 0
    watched: str = ""
    active: tuple[Active, ...] = ()
    tasks: tuple[Task, ...] = ()
    passed: tuple[str, ...] = ()
    jumps: tuple[tuple[str, str], ...] = ()
    resume: str | None = None

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        return tuple(task for task in self.tasks if task.status == "open")

    def tasks_at(self, node_id: str) -> tuple[Task, ...]:
        """The tasks of a step in this round."""
        return tuple(task for task in self.tasks if task.node_id == node_id and task.round == self.round)

    def task(self, number: int) -> Task | None:
        return next((task for task in self.tasks if task.number == number), None)

    def waiting_at(self, node_id: str) -> tuple[UUID, ...]:
        return next((active.waiting for active in self.active if active.node_id == node_id), ())

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FlowState:
        known = {name.name for name in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values["submitter"] = _user(data["submitter"])
        values["active"] = tuple(
            Active(
                node_id=active["node_id"],
                people=_users(active["people"]),
                waiting=_users(active["waiting"]),
            )
            for active in data["active"]
        )
        values["tasks"] = tuple(
            Task(
                **{
                    **task,
                    "assignee": UUID(task["assignee"]),
                    "origin": _user(task["origin"]),
                    "acted_by": _user(task["acted_by"]),
                }
            )
            for task in data["tasks"]
        )
        values["passed"] = tuple(data["passed"])
        values["jumps"] = tuple((step, target) for step, target in data["jumps"])
        return cls(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


def _user(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _users(texts: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(UUID(text) for text in texts)


def apply_event(state: FlowState, event: FlowEvent) -> FlowState:
    """The state after one more event. An event that only tells (a comment, a copy) changes nothing but `seq`."""
    change = _CHANGES.get(event.kind)
    changed = change(state, event) if change else state
    return replace(changed, seq=state.seq + 1)


def fold(events: Iterable[FlowEvent]) -> FlowState:
    """The state that all events of an instance add up to."""
    state = FlowState()
    for event in events:
        state = apply_event(state, event)
    return state


def _started(state: FlowState, event: FlowEvent) -> FlowState:
    data = event.data
    return replace(
        state,
        status="open",
        round=1,
        submitter=_user(data["submitter"]),
        revision=data["revision"],
        watched=data["watched"],
    )


def _restarted(state: FlowState, event: FlowEvent) -> FlowState:
    data = event.data
    return replace(
        state,
        status="open",
        round=state.round + 1,
        revision=data["revision"],
        watched=data["watched"],
        active=(),
        passed=(),
        jumps=(),
        resume=None,
    )


def _went_back(state: FlowState, event: FlowEvent) -> FlowState:
    target, resume = event.data["to"], event.data["resume"]
    jumps = (*state.jumps, (target, resume)) if resume else ()
    return replace(state, round=state.round + 1, active=(), passed=(), jumps=jumps)


def _revised(state: FlowState, event: FlowEvent) -> FlowState:
    return replace(state, revision=event.data["revision"], watched=event.data["watched"])


def _entered(state: FlowState, event: FlowEvent) -> FlowState:
    people = _users(event.data["people"])
    active = Active(node_id=event.data["node"], people=people, waiting=_users(event.data["waiting"]))
    return replace(state, active=(*state.active, active))


def _waiting_changed(state: FlowState, event: FlowEvent) -> FlowState:
    node, waiting = event.data["node"], _users(event.data["waiting"])
    return replace(
        state,
        active=tuple(
            replace(active, waiting=waiting, people=tuple(dict.fromkeys((*active.people, *waiting))))
            if active.node_id == node
            else active
            for active in state.active
        ),
    )


def _opened(state: FlowState, event: FlowEvent) -> FlowState:
    data = event.data
    assignee = UUID(data["assignee"])
    task = Task(
        number=data["number"],
        node_id=data["node"],
        round=state.round,
        assignee=assignee,
        origin=_user(data["origin"]),
        via=data["via"],
    )
    active = tuple(
        replace(step, waiting=tuple(user for user in step.waiting if user != assignee))
        if step.node_id == data["node"]
        else step
        for step in state.active
    )
    return replace(state, tasks=(*state.tasks, task), active=active)


def _closed(status: str) -> Callable[[FlowState, FlowEvent], FlowState]:
    def close(state: FlowState, event: FlowEvent) -> FlowState:
        data = event.data
        tasks = tuple(
            replace(
                task,
                status=status,
                acted_by=_user(data.get("by")),
                comment=data.get("comment", ""),
                auto=data.get("auto", False),
                revision=state.revision,
            )
            if task.number == data["number"]
            else task
            for task in state.tasks
        )
        return replace(state, tasks=tasks)

    return close


def _left(state: FlowState, event: FlowEvent) -> FlowState:
    node = event.data["node"]
    jumps = state.jumps[:-1] if state.jumps and state.jumps[-1][0] == node else state.jumps
    return replace(
        state,
        active=tuple(active for active in state.active if active.node_id != node),
        passed=(*state.passed, node),
        jumps=jumps,
    )


def _ended(state: FlowState, event: FlowEvent) -> FlowState:
    return replace(state, status=event.data["status"], active=(), jumps=(), resume=event.data.get("resume"))


_CHANGES: Mapping[str, Callable[[FlowState, FlowEvent], FlowState]] = {
    "started": _started,
    "restarted": _restarted,
    "went_back": _went_back,
    "subject_revised": _revised,
    "step_entered": _entered,
    "approver_replaced": _waiting_changed,
    "task_opened": _opened,
    "task_approved": _closed("approved"),
    "task_rejected": _closed("rejected"),
    "task_returned": _closed("returned"),
    "task_transferred": _closed("transferred"),
    "task_cancelled": _closed("cancelled"),
    "step_passed": _left,
    "ended": _ended,
}
