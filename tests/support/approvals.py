"""Builders of approval flows and of the people in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from low_code.flows.build import build_flow
from low_code.flows.commands import Approve, Command, Fire, Reject, Return, Start
from low_code.flows.people import World
from low_code.flows.state import FlowEvent, FlowState
from low_code.flows.step import Effect, step
from low_code.flows.tree import Flow

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_SPACE = UUID("01940000-0000-7000-8000-00000000000a")


def person(name: str) -> UUID:
    """The same id for the same name, so that tests talk of people by name."""
    return uuid5(_SPACE, name)


@dataclass
class People:
    """A directory in memory.

    roles        role key -> names
    managers     name -> name
    departments  name -> heads of his department and of those above it
    heads        department key -> name
    limits       name -> how much he may decide
    away         name -> who is asked in his place
    """

    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    managers: Mapping[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    admins: Sequence[str] = ("admin",)
    departments: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    away: dict[str, str] = field(default_factory=dict)
    everybody: Sequence[str] = ("ann", "bob", "cid", "sam", "zoe")

    def active(self, user: UUID) -> bool:
        return user not in {person(name) for name in self.absent}

    def with_role(self, role_key: str) -> list[UUID]:
        return [person(name) for name in self.roles.get(role_key, ()) if name not in self.absent]

    def with_email(self, email: str) -> UUID | None:
        return person(email.partition("@")[0])

    def manager_of(self, user: UUID) -> UUID | None:
        above = {person(name): person(manager) for name, manager in self.managers.items()}
        return above.get(user)

    def heads_above(self, user: UUID) -> list[UUID | None]:
        above = {person(name): heads for name, heads in self.departments.items()}
        return [person(head) if head else None for head in above.get(user, ())]

    def head_of(self, department_key: str) -> UUID | None:
        return person(self.heads[department_key]) if department_key in self.heads else None

    def approval_limit(self, user: UUID) -> Decimal | None:
        limits = {person(name): Decimal(limit) for name, limit in self.limits.items()}
        return limits.get(user)

    def delegate_of(self, user: UUID, flow_key: str, today: date) -> UUID | None:
        return {person(name): person(to) for name, to in self.away.items()}.get(user)

    def staff(self) -> list[UUID]:
        return [person(name) for name in self.everybody if name not in self.absent]

    def administrators(self) -> list[UUID]:
        return [person(name) for name in self.admins if name not in self.absent]


def a_condition(expression: Any) -> Any:
    """A stand-in for the expression language: `["total", 1000]` holds from a total of 1000 on."""
    path, least = expression
    return lambda values, moment: values["order"].get(path, 0) >= least


def ask(step_id: str, *names: str, mode: str = "any", role: str | None = None, **more: Any) -> dict[str, Any]:
    """An approve step that asks people by name, or a role."""
    who = [{"role": role}] if role else [{"users": [f"{name}@acme.test" for name in names]}]
    return {"id": step_id, "type": "approve", "mode": mode, "who": more.pop("who", who), **more}


def a_flow(
    *steps: dict[str, Any],
    watch: Sequence[str] = (),
    on_change: str = "restart",
    called: Mapping[str, Any] | None = None,
    **policy: Any,
) -> Flow:
    """called: key -> steps of flows that it calls"""
    document = {
        "name": {"en": "Approval"},
        "subject": {"of": "order", "watch": list(watch), "on_change": on_change},
        "policy": policy,
        "steps": list(steps),
    }

    def find_called(key: str) -> Mapping[str, Any]:
        assert called is not None
        return called[key] if isinstance(called[key], Mapping) else {"steps": called[key]}

    return build_flow("approval", document, a_condition, called=find_called)


@dataclass
class Running:
    """An approval in memory that tests act on step by step; `log` holds all events so far."""

    flow: Flow
    people: People = field(default_factory=People)
    values: dict[str, Any] = field(default_factory=lambda: {"order": {"total": 100}})
    state: FlowState = field(default_factory=FlowState)
    log: list[FlowEvent] = field(default_factory=list)
    now: datetime = NOON

    def start(
        self, submitter: str = "sam", revision: int = 1, choices: Mapping[str, Sequence[str]] | None = None
    ) -> tuple[Effect, ...]:
        chosen = {step: tuple(person(name) for name in names) for step, names in (choices or {}).items()}
        return self.do(Start(actor=person(submitter), submitter=person(submitter), revision=revision, choices=chosen))

    def do(self, command: Command) -> tuple[Effect, ...]:
        world = World(self.values, self.people, self.now.date())
        done = step(self.flow, self.state, command, self.now, world)
        self.state = done.state
        self.log.extend(done.events)
        return done.effects

    def wait(self, **time: int) -> list[Effect]:
        """Lets time go by, and fires each timer when its time has come."""
        until, effects = self.now + timedelta(**time), []
        while due := [timer for timer in self.state.timers if datetime.fromisoformat(timer.at) <= until]:
            first = min(due, key=lambda timer: (timer.at, timer.number))
            self.now = max(self.now, datetime.fromisoformat(first.at))
            effects += self.do(Fire(timer=first.number))
        self.now = until
        return effects

    def task_of(self, name: str) -> int:
        return next(task.number for task in self.state.open_tasks if task.assignee == person(name))

    def asked(self) -> list[UUID]:
        return [task.assignee for task in self.state.open_tasks]


def people_named(*names: str) -> list[UUID]:
    return [person(name) for name in names]


def started(flow: Flow, people: People | None = None, **order: Any) -> Running:
    """A running approval of an order of 100, submitted by sam."""
    running = Running(flow, people or People(), {"order": {"total": 100, **order}})
    running.start()
    return running


def approve(running: Running, name: str) -> tuple[Effect, ...]:
    return running.do(Approve(actor=person(name), task=running.task_of(name)))


def reject(running: Running, name: str) -> tuple[Effect, ...]:
    return running.do(Reject(actor=person(name), task=running.task_of(name), comment="too dear"))


def send_back(running: Running, name: str, to: str) -> tuple[Effect, ...]:
    return running.do(Return(actor=person(name), task=running.task_of(name), to=to, comment="look again"))
