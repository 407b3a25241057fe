"""One step of one approval while it is being worked out: the state so far, and the events that led to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from low_code.expressions import Environment
from low_code.flows.people import World, find_people
from low_code.flows.state import FlowEvent, FlowState, Task, apply_event
from low_code.flows.tree import Flow, Node


@dataclass(slots=True, kw_only=True)
class Run:
    """Node types and commands write events through it; the state follows from them alone."""

    flow: Flow
    state: FlowState
    world: World
    now: datetime
    actor: UUID | None
    events: list[FlowEvent] = field(default_factory=list)
    _next: list[str | None] = field(default_factory=list)

    @property
    def moment(self) -> Environment:
        return Environment(now=self.now, today=self.world.today)

    def emit(self, kind: str, **data: Any) -> None:
        event = FlowEvent(kind=kind, data=data, actor=self.actor, at=self.now)
        self.state = apply_event(self.state, event)
        self.events.append(event)

    def go_to(self, node_id: str | None) -> None:
        """The flow goes on at `node_id` once the present step is through; None ends it as approved."""
        self._next.append(node_id)

    def go_on(self, node: Node) -> None:
        """The flow goes on behind `node`."""
        self.go_to(node.next_id)

    def drive(self) -> None:
        """Walks on until a step waits for people or the flow has ended. A loop, so long flows need no stack."""
        while self._next and self.state.status == "open":
            node_id = self._next.pop(0)
            if node_id is None:
                self.end("approved")
            else:
                node = self.flow.nodes[node_id]
                node.type.enter(self, node)

    def leave(self, node: Node) -> None:
        """An approve step has passed: cancel what is still open in it, and go on, or back to who sent it here."""
        self.cancel_open("step_passed", self.state.tasks_at(node.id))
        jumps = self.state.jumps
        target = jumps[-1][1] if jumps and jumps[-1][0] == node.id else node.next_id
        self.emit("step_passed", node=node.id)
        self.go_to(target)

    def end(self, status: str, *, reason: str = "", resume: str | None = None) -> None:
        self.cancel_open(status, self.state.open_tasks)
        self.emit("ended", status=status, reason=reason, resume=resume)

    def cancel_open(self, reason: str, tasks: Iterable[Task]) -> None:
        for task in tasks:
            if task.status == "open":
                self.emit("task_cancelled", number=task.number, reason=reason)

    def open_task(self, node: Node, assignee: UUID, *, via: str, origin: UUID | None = None) -> int:
        """Asks somebody; the number of the task."""
        number = len(self.state.tasks) + 1
        self.emit(
            "task_opened",
            number=number,
            node=node.id,
            assignee=str(assignee),
            origin=str(origin) if origin else None,
            via=via,
        )
        return number

    def fallback_people(self) -> tuple[UUID, ...]:
        """Whom the flow's policy asks where a step finds nobody; () where that finds nobody either."""
        policy = self.flow.policy
        named = self._without_submitter(find_people(policy.on_empty, self.world, self.state.submitter))
        if named or not policy.to_administrators:
            return named
        return self._without_submitter(tuple(self.world.directory.administrators()))

    def _without_submitter(self, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
        if self.flow.policy.submitter_is_approver == "allow":
            return people
        return tuple(user for user in people if user != self.state.submitter)
