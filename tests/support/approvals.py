"""Builders of approval flows and of the people in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from low_code.flows.build import build_flow
from low_code.flows.commands import Command, Start
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
    """A directory in memory. roles: role key -> names; managers: name -> name."""

    roles: Mapping[str, Sequence[str]] = field(default_factory=dict)
    managers: Mapping[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    admins: Sequence[str] = ("admin",)

    def active(self, user: UUID) -> bool:
        return user not in {person(name) for name in self.absent}

    def with_role(self, role_key: str) -> list[UUID]:
        return [person(name) for name in self.roles.get(role_key, ()) if name not in self.absent]

    def with_email(self, email: str) -> UUID | None:
        return person(email.partition("@")[0])

    def manager_of(self, user: UUID) -> UUID | None:
        above = {person(name): person(manager) for name, manager in self.managers.items()}
        return above.get(user)

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


def a_flow(*steps: dict[str, Any], watch: Sequence[str] = (), on_change: str = "restart", **policy: Any) -> Flow:
    document = {
        "name": {"en": "Approval"},
        "subject": {"of": "order", "watch": list(watch), "on_change": on_change},
        "policy": policy,
        "steps": list(steps),
    }
    return build_flow("approval", document, a_condition)


@dataclass
class Running:
    """An approval in memory that tests act on step by step; `log` holds all events so far."""

    flow: Flow
    people: People = field(default_factory=People)
    values: dict[str, Any] = field(default_factory=lambda: {"order": {"total": 100}})
    state: FlowState = field(default_factory=FlowState)
    log: list[FlowEvent] = field(default_factory=list)

    def start(self, submitter: str = "sam", revision: int = 1) -> tuple[Effect, ...]:
        return self.do(Start(actor=person(submitter), submitter=person(submitter), revision=revision))

    def do(self, command: Command) -> tuple[Effect, ...]:
        done = step(self.flow, self.state, command, NOON, World(self.values, self.people, NOON.date()))
        self.state = done.state
        self.log.extend(done.events)
        return done.effects

    def task_of(self, name: str) -> int:
        return next(task.number for task in self.state.open_tasks if task.assignee == person(name))

    def asked(self) -> list[UUID]:
        return [task.assignee for task in self.state.open_tasks]


def people_named(*names: str) -> list[UUID]:
    return [person(name) for name in names]
