"""Where an approval stands: plain frozen values. Nothing but the fold of events (`fold.py`) makes or changes one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

LIVE = frozenset({"open", "suspended"})  # what a task may be while it still counts


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

    kind      approve, or handle
    visit     of the step: a step that is come to again has new tasks under a new number
    via       flow, fallback (nobody was found), delegate, transfer, escalate, add_sign
    origin    whom it was first asked of, where that is somebody else
    status    open, suspended (waits for signers added before it), approved, rejected, returned, transferred,
              escalated, cancelled
    revision  the subject's revision when it was closed
    auto      closed without asking, because the person had approved the same content before, or by a timeout
    sign      "" for who is asked by the flow; before, after or parallel for an added signer
    parent    number of the task whose holder added this signer
    after     signers to be asked when this task is approved
    weight    what its vote counts in a quorum
    escalations  how often it was passed up because nobody acted in time
    due_at    ISO instant; None where the step has no time limit
    """

    number: int
    node_id: str
    round: int
    assignee: UUID
    kind: str = "approve"
    visit: int = 0
    origin: UUID | None = None
    via: str = "flow"
    status: str = "open"
    acted_by: UUID | None = None
    comment: str = ""
    revision: int = 0
    auto: bool = False
    sign: str = ""
    parent: int | None = None
    after: tuple[UUID, ...] = ()
    weight: int = 1
    escalations: int = 0
    due_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Something that happens by itself.

    purpose  remind or due, of a task; wait, of a step
    at       ISO instant
    """

    number: int
    purpose: str
    at: str
    node_id: str
    visit: int
    task: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """A step that the approval is at; several within a parallel block, which is itself active until it is left.

    people   all whom it asks; waiting: those not asked yet, in order
    arrived  branches of a parallel block that are through; failed: those that were refused
    """

    node_id: str
    visit: int = 0
    people: tuple[UUID, ...] = ()
    waiting: tuple[UUID, ...] = ()
    arrived: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowState:
    """Where one approval stands after `seq` events.

    status   new, open, approved, rejected, returned, withdrawn
    round    1 at the start; one more with every restart and every return
    visits   how many steps were come to, ever
    watched  fingerprint of the content that the approvers answer for
    choices  step -> whom the submitter chose for it
    passed   (step, visit) of the steps that this round has passed, in order
    jumps    (step, where to go when it has passed): steps that a return will come back from, innermost last
    resume   the step that sent it back to the submitter, where the flow jumps back after a return
    reminded_at  ISO instant of the last reminder that a person asked for
    """

    seq: int = 0
    status: str = "new"
    round: int = 0
    visits: int = 0
    submitter: UUID | None = None
    revision: int = 0
    watched: str = ""
    choices: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)
    active: tuple[Active, ...] = ()
    tasks: tuple[Task, ...] = ()
    timers: tuple[Timer, ...] = ()
    timer_count: int = 0
    passed: tuple[tuple[str, int], ...] = ()
    jumps: tuple[tuple[str, str], ...] = ()
    resume: str | None = None
    reminded_at: str | None = None

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """What somebody can act on now."""
        return tuple(task for task in self.tasks if task.status == "open")

    @property
    def live_tasks(self) -> tuple[Task, ...]:
        """As `open_tasks`, with those that wait for signers added before them."""
        return tuple(task for task in self.tasks if task.status in LIVE)

    def active_at(self, node_id: str) -> Active | None:
        return next((active for active in self.active if active.node_id == node_id), None)

    def tasks_of(self, visit: int) -> tuple[Task, ...]:
        """The tasks of one visit of a step."""
        return tuple(task for task in self.tasks if task.visit == visit)

    def tasks_at(self, node_id: str) -> tuple[Task, ...]:
        """The tasks of the present visit of a step; () where the approval is not there."""
        active = self.active_at(node_id)
        return self.tasks_of(active.visit) if active else ()

    def task(self, number: int) -> Task | None:
        return self.tasks[number - 1] if 0 < number <= len(self.tasks) else None

    def timer(self, number: int) -> Timer | None:
        return next((timer for timer in self.timers if timer.number == number), None)

    def waiting_at(self, node_id: str) -> tuple[UUID, ...]:
        active = self.active_at(node_id)
        return active.waiting if active else ()

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FlowState:
        """Also reads what the version before wrote, which knew no visits: a step was visited once a round."""
        known = {name.name for name in fields(cls)}
        data = data if "visits" in data else _with_visits(data)
        values = {name: value for name, value in data.items() if name in known}
        values["submitter"] = as_user(data["submitter"])
        values["choices"] = {step: as_users(chosen) for step, chosen in data.get("choices", {}).items()}
        values["active"] = tuple(_active(active) for active in data["active"])
        values["tasks"] = tuple(_task(task) for task in data["tasks"])
        values["timers"] = tuple(Timer(**timer) for timer in data.get("timers", ()))
        values["passed"] = tuple((step, visit) for step, visit in data["passed"])
        values["jumps"] = tuple((step, target) for step, target in data["jumps"])
        return cls(**values)


def _with_visits(data: Mapping[str, Any]) -> dict[str, Any]:
    """A state without visits, as if they had been counted: in the order in which steps first asked somebody."""
    visits: dict[tuple[int, str], int] = {}
    for task in data["tasks"]:
        visits.setdefault((task["round"], task["node_id"]), len(visits) + 1)
    now = data["round"]
    return {
        **data,
        "visits": len(visits),
        "tasks": [{**task, "visit": visits[task["round"], task["node_id"]]} for task in data["tasks"]],
        "active": [{**active, "visit": visits.get((now, active["node_id"]), 0)} for active in data["active"]],
        "passed": [[step, visits.get((now, step), 0)] for step in data["passed"]],
    }


def _active(data: Mapping[str, Any]) -> Active:
    return Active(
        node_id=data["node_id"],
        visit=data["visit"],
        people=as_users(data["people"]),
        waiting=as_users(data["waiting"]),
        arrived=tuple(data.get("arrived", ())),
        failed=tuple(data.get("failed", ())),
    )


def _task(data: Mapping[str, Any]) -> Task:
    return Task(
        **{
            **data,
            "assignee": UUID(data["assignee"]),
            "origin": as_user(data["origin"]),
            "acted_by": as_user(data["acted_by"]),
            "after": as_users(data.get("after", ())),
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, UUID) else value


def as_user(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def as_users(texts: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(UUID(text) for text in texts)
