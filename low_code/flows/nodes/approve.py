"""The step that asks people: any of them, all of them, or one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from low_code.flows.people import Who, find_people, parse_who, reporting_line
from low_code.flows.run import Run
from low_code.flows.state import Task
from low_code.flows.tree import Node, Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """What an approve step says.

    mode         any: the first approval passes, the step fails when all reject; all: the first rejection
                 fails; sequential: as all, one person at a time
    return_to    none, submitter, previous, any_before
    comment_required_on  actions (approve, reject, return, transfer) that need a reason
    """

    mode: str
    who: tuple[Who, ...]
    may_transfer: bool
    return_to: str
    comment_required_on: frozenset[str]


class ApproveNodes:
    name = "approve"
    can_be_returned_to = True

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Approve:
        allow = step.get("allow", {})
        return Approve(
            mode=step.get("mode", "any"),
            who=parse_who(step["who"]),
            may_transfer=allow.get("transfer", True),
            return_to=allow.get("return_to", "any_before"),
            comment_required_on=frozenset(allow.get("comment_required_on", ["reject", "return"])),
        )

    def enter(self, run: Run, node: Node) -> None:
        people, via = _whom_to_ask(run, node.spec)
        if not people:
            run.end("returned", reason="nobody_can_approve")
            return
        one_at_a_time = node.spec.mode == "sequential"
        waiting = [str(user) for user in people] if one_at_a_time else []
        run.emit("step_entered", node=node.id, people=[str(user) for user in people], waiting=waiting, via=via)
        if not one_at_a_time:
            for user in _enough_of(run, node.spec.mode, people):
                _ask(run, node, user, via)
        self.settle(run, node)

    def settle(self, run: Run, node: Node) -> None:
        while True:
            tasks, waiting = run.state.tasks_at(node.id), run.state.waiting_at(node.id)
            verdict = _verdict(node.spec.mode, tasks)
            if verdict == "rejected":
                return run.end("rejected")
            if verdict == "approved" and not waiting:
                return run.leave(node)
            if any(task.status == "open" for task in tasks):
                return None
            if not _ask_next(run, node):
                return run.end("returned", reason="nobody_can_approve")


def _enough_of(run: Run, mode: str, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Where one approval is enough and somebody gave it before, nobody else need be disturbed."""
    if mode == "any":
        for user in people:
            if _approved_before(run, user) is not None:
                return (user,)
    return people


def _verdict(mode: str, tasks: Sequence[Task]) -> str | None:
    """What the tasks of a step amount to so far: approved, rejected, or None while somebody is still asked."""
    statuses = {task.status for task in tasks}
    first, last = ("approved", "rejected") if mode == "any" else ("rejected", "approved")
    if first in statuses:
        return first
    if "open" in statuses:
        return None
    return last if last in statuses else None


def _whom_to_ask(run: Run, spec: Approve) -> tuple[tuple[UUID, ...], str]:
    """The people of a step after the policy on self-approval, and by which way they were found."""
    people = find_people(spec.who, run.world, run.state.submitter)
    submitter, policy = run.state.submitter, run.flow.policy.submitter_is_approver
    if submitter in people and policy != "allow":
        stand_in = reporting_line(run.world.directory, submitter, 1) if policy == "manager" else []
        replaced = [user for person in people for user in (stand_in if person == submitter else [person])]
        people = tuple(user for user in dict.fromkeys(replaced) if run.world.directory.active(user))
    return (people, "flow") if people else (run.fallback_people(), "fallback")


def _ask(run: Run, node: Node, user: UUID, via: str) -> None:
    """Opens a task, and closes it at once where the person has approved the same content before."""
    number = run.open_task(node, user, via=via)
    if (earlier := _approved_before(run, user)) is not None:
        run.emit("task_approved", number=number, by=str(user), comment="", auto=True, because=earlier)


def _ask_next(run: Run, node: Node) -> bool:
    """Asks the next person in line. Whoever has left meanwhile is replaced by the flow's fallback; False where
    that finds nobody who was not asked in this step already."""
    user, *rest = run.state.waiting_at(node.id)
    if run.world.directory.active(user):
        _ask(run, node, user, "flow")
        return True
    asked = {task.assignee for task in run.state.tasks_at(node.id)} | set(rest)
    stand_ins = [person for person in run.fallback_people() if person not in asked][:1]
    run.emit(
        "approver_replaced",
        node=node.id,
        absent=str(user),
        by=[str(person) for person in stand_ins],
        waiting=[str(person) for person in rest],
    )
    for person in stand_ins:
        _ask(run, node, person, "fallback")
    return bool(stand_ins)


def _approved_before(run: Run, user: UUID) -> str | None:
    """The step of this round at which `user` approved what is asked again now, as far as the policy looks back."""
    state, dedupe = run.state, run.flow.policy.dedupe
    steps = {"none": (), "adjacent": state.passed[-1:], "whole": state.passed}[dedupe]
    for step in reversed(steps):
        for task in state.tasks_at(step):
            if task.status == "approved" and task.acted_by == user and task.revision == state.revision:
                return step
    return None
