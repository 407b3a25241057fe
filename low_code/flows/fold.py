"""The fold of events that makes a state. Folding all stored events of an instance gives its state again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from low_code.flows.state import Active, FlowEvent, FlowState, Task, Timer, as_user, as_users


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
        submitter=as_user(data["submitter"]),
        revision=data["revision"],
        watched=data["watched"],
        choices={step: as_users(chosen) for step, chosen in data.get("choices", {}).items()},
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
        timers=(),
        passed=(),
        jumps=(),
        resume=None,
    )


def _went_back(state: FlowState, event: FlowEvent) -> FlowState:
    """`leaves`, `undone` and `jumps` came with parallel blocks; before, all was left and undone."""
    data = event.data
    if "leaves" not in data:
        jumps = (*state.jumps, (data["to"], data["resume"])) if data["resume"] else ()
        return replace(state, round=state.round + 1, active=(), passed=(), jumps=jumps)
    left, undone = set(data["leaves"]), set(data["undone"])
    gone = {active.visit for active in state.active if active.node_id in left}
    return replace(
        state,
        round=state.round + 1,
        active=tuple(active for active in state.active if active.node_id not in left),
        timers=tuple(timer for timer in state.timers if timer.visit not in gone),
        passed=tuple(entry for entry in state.passed if entry[0] not in undone),
        jumps=tuple((step, target) for step, target in data["jumps"]),
    )


def _revised(state: FlowState, event: FlowEvent) -> FlowState:
    return replace(state, revision=event.data["revision"], watched=event.data["watched"])


def _migrated(state: FlowState, event: FlowEvent) -> FlowState:
    jumps = tuple((step, target) for step, target in event.data["jumps"])
    return replace(state, watched=event.data["watched"], jumps=jumps)


def _entered(state: FlowState, event: FlowEvent) -> FlowState:
    data = event.data
    visit = data.get("visit", state.visits + 1)  # the version before wrote none
    active = Active(
        node_id=data["node"],
        visit=visit,
        people=as_users(data.get("people", ())),
        waiting=as_users(data.get("waiting", ())),
    )
    return replace(state, active=(*state.active, active), visits=max(state.visits, visit))


def _changed_at(state: FlowState, node_id: str, change: Callable[[Active], Active]) -> FlowState:
    return replace(
        state, active=tuple(change(active) if active.node_id == node_id else active for active in state.active)
    )


def _waiting_changed(state: FlowState, event: FlowEvent) -> FlowState:
    waiting = as_users(event.data["waiting"])
    return _changed_at(
        state,
        event.data["node"],
        lambda active: replace(active, waiting=waiting, people=tuple(dict.fromkeys((*active.people, *waiting)))),
    )


def _arrived(state: FlowState, event: FlowEvent) -> FlowState:
    branch = event.data["branch"]
    return _changed_at(state, event.data["node"], lambda active: replace(active, arrived=(*active.arrived, branch)))


def _failed(state: FlowState, event: FlowEvent) -> FlowState:
    branch = event.data["branch"]
    return _changed_at(state, event.data["node"], lambda active: replace(active, failed=(*active.failed, branch)))


def _opened(state: FlowState, event: FlowEvent) -> FlowState:
    data = event.data
    assignee = UUID(data["assignee"])
    active_here = state.active_at(data["node"])
    task = Task(
        number=data["number"],
        node_id=data["node"],
        kind=data.get("kind", "approve"),
        round=state.round,
        visit=data["visit"] if "visit" in data else active_here.visit if active_here else 0,
        assignee=assignee,
        origin=as_user(data["origin"]),
        via=data["via"],
        sign=data.get("sign", ""),
        parent=data.get("parent"),
        after=as_users(data.get("after", ())),
        weight=data.get("weight", 1),
        escalations=data.get("escalations", 0),
        due_at=data.get("due_at"),
    )
    # Who is asked no longer waits for his turn; asked for another, it is that other's turn that has come.
    asked = {assignee, *(user for user in (task.origin,) if user and task.via == "delegate")}
    changed = _changed_at(
        state,
        data["node"],
        lambda active: replace(active, waiting=tuple(user for user in active.waiting if user not in asked)),
    )
    return replace(changed, tasks=(*state.tasks, task))


def _with_task(state: FlowState, number: int, **changes: Any) -> FlowState:
    return replace(
        state, tasks=tuple(replace(task, **changes) if task.number == number else task for task in state.tasks)
    )


def _closed(status: str) -> Callable[[FlowState, FlowEvent], FlowState]:
    def close(state: FlowState, event: FlowEvent) -> FlowState:
        data = event.data
        closed = _with_task(
            state,
            data["number"],
            status=status,
            acted_by=as_user(data.get("by")),
            comment=data.get("comment", ""),
            auto=data.get("auto", False),
            revision=state.revision,
        )
        return _without_timers_of(closed, data["number"])

    return close


def _suspended(state: FlowState, event: FlowEvent) -> FlowState:
    number = event.data["number"]
    return _without_timers_of(_with_task(state, number, status="suspended", due_at=None), number)


def _resumed(state: FlowState, event: FlowEvent) -> FlowState:
    return _with_task(state, event.data["number"], status="open", due_at=event.data.get("due_at"))


def _signers_queued(state: FlowState, event: FlowEvent) -> FlowState:
    task = state.task(event.data["number"])
    assert task is not None
    return _with_task(state, task.number, after=(*task.after, *as_users(event.data["people"])))


def _due_moved(state: FlowState, event: FlowEvent) -> FlowState:
    return _with_task(state, event.data["number"], due_at=event.data["due_at"])


def _without_timers_of(state: FlowState, number: int) -> FlowState:
    return replace(state, timers=tuple(timer for timer in state.timers if timer.task != number))


def _timer_set(state: FlowState, event: FlowEvent) -> FlowState:
    data = event.data
    timer = Timer(
        number=data["number"],
        purpose=data["purpose"],
        at=data["at"],
        node_id=data["node"],
        visit=data["visit"],
        task=data["task"],
    )
    return replace(state, timers=(*state.timers, timer), timer_count=data["number"])


def _timer_fired(state: FlowState, event: FlowEvent) -> FlowState:
    number = event.data["number"]
    return replace(state, timers=tuple(timer for timer in state.timers if timer.number != number))


def _left(state: FlowState, event: FlowEvent) -> FlowState:
    """A step that asks people has passed: it counts as passed, and a jump from it is used up."""
    node = event.data["node"]
    active = state.active_at(node)
    jumps = list(state.jumps)
    last = next((jump for jump in reversed(jumps) if jump[0] == node), None)
    if last is not None:
        jumps.reverse()
        jumps.remove(last)
        jumps.reverse()
    passed = (*state.passed, (node, active.visit if active else state.round))
    return replace(_gone(state, {node}), passed=passed, jumps=tuple(jumps))


def _block_left(state: FlowState, event: FlowEvent) -> FlowState:
    return _gone(state, {event.data["node"]})


def _steps_cancelled(state: FlowState, event: FlowEvent) -> FlowState:
    return _gone(state, set(event.data["nodes"]))


def _gone(state: FlowState, nodes: set[str]) -> FlowState:
    visits = {active.visit for active in state.active if active.node_id in nodes}
    return replace(
        state,
        active=tuple(active for active in state.active if active.node_id not in nodes),
        timers=tuple(timer for timer in state.timers if timer.visit not in visits),
    )


def _ended(state: FlowState, event: FlowEvent) -> FlowState:
    return replace(state, status=event.data["status"], active=(), timers=(), jumps=(), resume=event.data.get("resume"))


def _reminded(state: FlowState, event: FlowEvent) -> FlowState:
    return replace(state, reminded_at=event.data["at"])


_CHANGES: Mapping[str, Callable[[FlowState, FlowEvent], FlowState]] = {
    "started": _started,
    "restarted": _restarted,
    "went_back": _went_back,
    "subject_revised": _revised,
    "migrated": _migrated,
    "step_entered": _entered,
    "parallel_entered": _entered,
    "wait_entered": _entered,
    "approver_replaced": _waiting_changed,
    "branch_arrived": _arrived,
    "branch_failed": _failed,
    "task_opened": _opened,
    "task_approved": _closed("approved"),
    "task_rejected": _closed("rejected"),
    "task_returned": _closed("returned"),
    "task_transferred": _closed("transferred"),
    "task_escalated": _closed("escalated"),
    "task_cancelled": _closed("cancelled"),
    "task_suspended": _suspended,
    "task_resumed": _resumed,
    "task_due_moved": _due_moved,
    "signers_queued": _signers_queued,
    "timer_set": _timer_set,
    "timer_fired": _timer_fired,
    "step_passed": _left,
    "block_left": _block_left,
    "steps_cancelled": _steps_cancelled,
    "everybody_reminded": _reminded,
    "ended": _ended,
}
