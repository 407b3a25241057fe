"""The steps that ask people: approve, where they say yes or no, and handle, where they do something and say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from low_code.flows.nodes.asking import Ask, parse_ask
from low_code.flows.nodes.votes import is_reachable, verdict, votes_of, weights_of
from low_code.flows.people import reporting_line
from low_code.flows.run import Run
from low_code.flows.tree import Node, Placing


class AskNodes:
    can_be_returned_to = True

    def __init__(self, name: str) -> None:
        self.name = name

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Ask:
        return parse_ask(step, placing)

    def enter(self, run: Run, node: Node) -> None:
        people, via = _whom_to_ask(run, node)
        if people is None:
            return run.end("returned", reason="submitter_may_not_approve")
        spec: Ask = node.spec
        one_at_a_time = spec.mode == "sequential"
        seats = people if one_at_a_time else _seats(run, node, people)
        weights = weights_of(spec.passing, seats, run.world.directory)
        if seats and not is_reachable(spec.passing, weights):
            more = [user for user in run.fallback_people(node) if user not in people]
            seats = _seats(run, node, (*people, *more))
            weights = weights_of(spec.passing, seats, run.world.directory)
        if not seats:
            return run.nobody(node)
        if not is_reachable(spec.passing, weights):
            return run.nobody(node, "quorum_unreachable")
        names = [str(user) for user in seats]
        run.come_to("step_entered", node, people=names, waiting=names if one_at_a_time else [], via=via)
        if not one_at_a_time:
            for user in _enough_of(run, node, seats):
                _ask(run, node, user, via, weights[user])
        return self.settle(run, node)

    def settle(self, run: Run, node: Node) -> None:
        while True:
            active = run.state.active_at(node.id)
            assert active is not None
            tasks = run.state.tasks_of(active.visit)
            votes = votes_of(tasks)
            found = verdict(node.spec, votes)
            if found == "rejected":
                run.cancel_open("rejected", tasks)
                return run.reject(node)
            if found == "approved" and not active.waiting:
                return run.leave(node)
            if any(task.status in {"open", "suspended"} for task in tasks):
                return None
            if not active.waiting:  # everybody was called off: an administrator's doing, or a migration's
                return run.nobody(node)
            if not _ask_next(run, node, approved=found == "approved"):
                return run.nobody(node)


def _whom_to_ask(run: Run, node: Node) -> tuple[tuple[UUID, ...] | None, str]:
    """The people of a step after the policy on self-approval, and by which way they were found. None where the
    submitter would have to approve himself and the flow forbids that."""
    people = run.find(node.spec.who, node)
    submitter = run.state.submitter
    if submitter is not None and submitter in people and run.is_barred(node, submitter):
        policy = node.policy.submitter_is_approver
        if policy == "forbid":
            return None, "flow"
        stand_ins = _in_place_of(run, submitter, policy)
        replaced = [user for person in people for user in (stand_ins if person == submitter else [person])]
        people = run.without_submitter(
            node, tuple(user for user in dict.fromkeys(replaced) if run.world.directory.active(user))
        )
    return (people, "flow") if people else (run.fallback_people(node), "fallback")


def _in_place_of(run: Run, submitter: UUID, policy: str) -> list[UUID]:
    if policy == "manager":
        return reporting_line(run.world.directory, submitter, 1)
    if policy == "department_head":  # of a head himself, the head above
        heads = run.world.directory.heads_above(submitter)
        return [head for head in heads if head is not None and head != submitter][:1]
    return []


def _seats(run: Run, node: Node, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """The people without those whom another of them stands in for: nobody is asked twice for the same step."""
    own = [user for user in people if run.delegate(node, user) == user]
    seats, taken = [], set(own)
    for user in people:
        stand_in = run.delegate(node, user)
        if stand_in != user and stand_in in taken:
            continue
        taken.add(stand_in)
        seats.append(user)
    return tuple(seats)


def _enough_of(run: Run, node: Node, people: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Where one approval is enough and somebody gave it before, nobody else need be disturbed."""
    if node.spec.mode == "any":
        for user in people:
            if _approved_before(run, node, run.delegate(node, user)) is not None:
                return (user,)
    return people


def _ask(run: Run, node: Node, user: UUID, via: str, weight: int = 1) -> None:
    """Opens a task, and closes it at once where the person has approved the same content before."""
    number = run.open_task(node, user, via=via, weight=weight)
    task = run.state.task(number)
    assert task is not None
    if (earlier := _approved_before(run, node, task.assignee)) is not None:
        run.emit("task_approved", number=number, by=str(task.assignee), comment="", auto=True, because=earlier)


def _ask_next(run: Run, node: Node, *, approved: bool) -> bool:
    """Asks the next person in line. Whoever has left meanwhile is replaced by the flow's fallback; who stands in for
    somebody and has spoken already is not asked again. False where nobody is left to ask and nobody has approved."""
    active = run.state.active_at(node.id)
    assert active is not None
    user, *rest = active.waiting
    tasks = run.state.tasks_of(active.visit)
    asked = {task.assignee for task in tasks}
    stand_in = run.delegate(node, user)
    spoken = {task.assignee for task in tasks if task.status == "approved"}
    if run.world.directory.active(user) or (stand_in != user and stand_in not in asked):
        if not {user, stand_in} & spoken:
            _ask(run, node, user, "flow")
            return True
        stand_ins: list[UUID] = []
    else:
        stand_ins = [person for person in run.fallback_people(node) if person not in asked | set(rest)][:1]
    run.emit(
        "approver_replaced",
        node=node.id,
        absent=str(user),
        by=[str(person) for person in stand_ins],
        waiting=[str(person) for person in rest],
    )
    for person in stand_ins:
        _ask(run, node, person, "fallback")
    return bool(stand_ins) or bool(rest) or approved or bool(spoken)


def _approved_before(run: Run, node: Node, user: UUID) -> str | None:
    """The step of this round at which `user` approved what is asked again now, as far as the policy looks back.
    What is done beside this step, in another branch, was not before it. Having something done is never implied."""
    if node.type.name != "approve" or node.policy.dedupe == "none":
        return None
    state = run.state
    passed = [entry for entry in state.passed if not _stands_beside(run, node, entry[0])]
    if node.policy.dedupe == "adjacent":
        passed = passed[-1:]
    for step, visit in reversed(passed):
        for task in state.tasks_of(visit):
            approved = task.status == "approved" and task.kind == "approve"
            if approved and task.acted_by == user and task.revision == state.revision:
                return step
    return None


def _stands_beside(run: Run, node: Node, other_id: str) -> bool:
    other = run.flow.nodes.get(other_id)
    if other is None:  # a step that a migration left behind
        return True
    mine = dict(node.inside)
    return any(mine.get(block, branch) != branch for block, branch in other.inside)
