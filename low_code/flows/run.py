"""One step of one approval while it is being worked out: the state so far, and the events that led to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from low_code.expressions import Environment
from low_code.flows.business_time import Duration, due_at
from low_code.flows.fold import apply_event
from low_code.flows.people import Asking, Who, World, find_people
from low_code.flows.state import LIVE, Active, FlowEvent, FlowState, Task
from low_code.flows.tree import JOIN, Flow, Node, Scope


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

    def emit(self, kind: str, /, **data: Any) -> None:
        event = FlowEvent(kind=kind, data=data, actor=self.actor, at=self.now)
        self.state = apply_event(self.state, event)
        self.events.append(event)

    # Where it goes

    def go_to(self, target: str | None) -> None:
        """The flow goes on at `target` once the present step is through; None ends it as approved."""
        self._next.append(target)

    def go_on(self, node: Node) -> None:
        """The flow goes on behind `node`."""
        self.go_to(node.next_id)

    def drive(self) -> None:
        """Walks on until all that is active waits or the flow has ended. A loop, so long flows need no stack."""
        while self._next and self.state.status == "open":
            target = self._next.pop(0)
            if target is None:
                self.end("approved")
            elif JOIN in target:
                self._arrive(*target.split(JOIN))
            else:
                node = self.flow.nodes[target]
                node.type.enter(self, node)

    def _arrive(self, block_id: str, branch: str) -> None:
        """A branch is through. The block decides whether that is enough."""
        active = self.state.active_at(block_id)
        assert active is not None, "a branch ends before its block is left"
        self.emit("branch_arrived", node=block_id, branch=branch)
        node = self.flow.nodes[block_id]
        node.type.settle(self, node)

    def come_to(self, kind: str, node: Node, **data: Any) -> int:
        """The step becomes active; the number of this visit."""
        visit = self.state.visits + 1
        self.emit(kind, node=node.id, visit=visit, **data)
        return visit

    def leave(self, node: Node) -> None:
        """A step that asks has passed: cancel what is still open in it, and go on, or back to who sent it here."""
        self.cancel_open("step_passed", self.state.tasks_at(node.id))
        jump = next((jump for jump in reversed(self.state.jumps) if jump[0] == node.id), None)
        self.emit("step_passed", node=node.id)
        self.go_to(jump[1] if jump else node.next_id)

    def reject(self, node: Node, *, reason: str = "") -> None:
        """The step says no: so does all, unless a block around it is content with another of its branches."""
        for depth in range(len(node.inside), 0, -1):
            block_id, branch = node.inside[depth - 1]
            block = self.flow.nodes[block_id]
            if block.spec.join != "any":
                continue
            self.emit("branch_failed", node=block_id, branch=branch)
            self.close_scope(node.inside[:depth], "branch_failed")
            active = self.state.active_at(block_id)
            assert active is not None
            if set(active.failed) != set(block.spec.branches):
                return
        self.end("rejected", reason=reason)

    def nobody(self, node: Node, reason: str = "nobody_can_approve") -> None:
        """The step finds nobody, and nobody in their place."""
        if node.policy.otherwise == "reject":
            self.reject(node, reason=reason)
        else:
            self.end("returned", reason=reason)

    def end(self, status: str, *, reason: str = "", resume: str | None = None) -> None:
        self.cancel_open(status, self.state.live_tasks)
        self._next.clear()
        self.emit("ended", status=status, reason=reason, resume=resume)

    def close_scope(self, scope: Scope, reason: str) -> None:
        """Ends all that is active within a branch, and all that was about to begin there."""
        steps = self.active_within(scope)
        for active in steps:
            self.cancel_open(reason, self.state.tasks_of(active.visit))
        if steps:
            self.emit("steps_cancelled", nodes=[active.node_id for active in steps])
        self.forget_within(scope)

    def active_within(self, scope: Scope) -> list[Active]:
        return [active for active in self.state.active if self.flow.nodes[active.node_id].inside[: len(scope)] == scope]

    def forget_within(self, scope: Scope) -> None:
        self._next = [target for target in self._next if self.flow.scope_of(target)[: len(scope)] != scope]

    # Whom it asks

    def find(self, who: tuple[Who, ...], node: Node) -> tuple[UUID, ...]:
        asking = Asking(submitter=self.state.submitter, moment=self.moment, chosen=self.state.choices.get(node.id, ()))
        return find_people(who, self.world, asking)

    def fallback_people(self, node: Node) -> tuple[UUID, ...]:
        """Whom the flow's policy asks where a step finds nobody; () where that finds nobody either."""
        named = self.without_submitter(node, self.find(node.policy.on_empty, node))
        if named or node.policy.otherwise != "administrators":
            return named
        return self.without_submitter(node, tuple(self.world.directory.administrators()))

    def without_submitter(self, node: Node, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
        return tuple(user for user in people if not self.is_barred(node, user))

    def is_barred(self, node: Node, user: UUID) -> bool:
        """Whether the user submitted this himself, and the flow does not let him approve that."""
        approves = node.type.name == "approve"
        return approves and user == self.state.submitter and node.policy.submitter_is_approver != "allow"

    def delegate(self, node: Node, user: UUID) -> UUID:
        """Who is asked in the user's place: himself, or whoever stands in for him today. A circle ends where it
        began to repeat; nobody who may not approve this stands in."""
        at, seen = user, {user}
        while True:
            found = self.world.directory.delegate_of(at, self.flow.key, self.world.today)
            if found is None or found in seen or not self.world.directory.active(found):
                break
            at = found
            seen.add(at)
        return user if self.is_barred(node, at) else at

    def asked_in(self, visit: int) -> set[UUID]:
        """Who has, or had, a task in this visit of a step."""
        return {task.assignee for task in self.state.tasks_of(visit)}

    def open_task(
        self,
        node: Node,
        user: UUID,
        *,
        via: str,
        origin: UUID | None = None,
        sign: str = "",
        parent: int | None = None,
        after: Iterable[UUID] = (),
        weight: int = 1,
        escalations: int = 0,
    ) -> int:
        """Asks somebody, or whoever stands in for him, unless that one is asked in this step already. The number of
        the task."""
        active = self.state.active_at(node.id)
        assert active is not None
        stand_in = self.delegate(node, user)
        if stand_in != user and stand_in not in self.asked_in(active.visit):
            assignee, via, origin = stand_in, "delegate", user
        else:
            assignee = user
        number = len(self.state.tasks) + 1
        due = node.spec.due
        due_on = self.due_at(due.after, working=due.working) if due else None
        self.emit(
            "task_opened",
            number=number,
            node=node.id,
            kind=node.type.name,
            visit=active.visit,
            assignee=str(assignee),
            origin=str(origin) if origin else None,
            via=via,
            sign=sign,
            parent=parent,
            after=[str(signer) for signer in after],
            weight=weight,
            escalations=escalations,
            due_at=due_on.isoformat() if due_on else None,
        )
        self.set_task_timers(node, number, remind=True)
        return number

    def cancel_open(self, reason: str, tasks: Iterable[Task]) -> None:
        for task in tasks:
            if task.status in LIVE:
                self.emit("task_cancelled", number=task.number, reason=reason)

    # What it does by itself

    def due_at(self, duration: Duration, *, working: bool) -> datetime:
        return due_at(self.now, duration, self.flow.calendar if working else None, self.world.zone)

    def set_task_timers(self, node: Node, number: int, *, remind: bool) -> None:
        """The time limit of a task, and the reminders before it."""
        due, task = node.spec.due, self.state.task(number)
        assert task is not None
        if due is None:
            return
        for before in due.remind if remind else ():
            at = self.due_at(before, working=due.working)
            self.set_timer("remind", at, node, task.visit, number)
        self.set_timer("due", self.due_at(due.after, working=due.working), node, task.visit, number)

    def set_timer(self, purpose: str, at: datetime, node: Node, visit: int, task: int | None = None) -> None:
        number = self.state.timer_count + 1
        self.emit("timer_set", number=number, purpose=purpose, at=at.isoformat(), node=node.id, visit=visit, task=task)
