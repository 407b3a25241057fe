"""The way an approval would take, before anybody submits it: the same `step`, with everybody saying yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from low_code.expressions import Environment
from low_code.flows.commands import Approve, Fire, Start
from low_code.flows.people import World
from low_code.flows.state import FlowEvent, FlowState
from low_code.flows.step import step
from low_code.flows.tree import Flow, Scope

_LONGEST = 2000  # commands; a flow of 200 steps with ten people each asks no more
_SHOWN = frozenset(
    {"step_entered", "branch_taken", "people_copied", "people_notified", "parallel_entered", "wait_entered",
     "wait_skipped", "decided_by_rule", "flow_called", "call_skipped"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewStep:
    """One step on the way.

    people  whom it would ask or tell; those who stand in for somebody are in their place
    case    the way a branch took; what a rule decided
    via     flow or fallback
    auto    those who would not be asked because they approved before
    inside  the branches of parallel blocks around it
    until   when a waiting step would go on
    """

    node_id: str
    type: str
    names: Mapping[str, str]
    mode: str = ""
    people: tuple[UUID, ...] = ()
    auto: tuple[UUID, ...] = ()
    case: str = ""
    via: str = ""
    inside: Scope = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """ends: approved; rejected by a rule; or returned where a step finds nobody. needed: whether the flow applies at
    all"""

    needed: bool
    steps: tuple[PreviewStep, ...]
    ends: str


def preview(
    flow: Flow,
    world: World,
    *,
    submitter: UUID | None,
    now: datetime,
    choices: Mapping[str, tuple[UUID, ...]] | None = None,
) -> Preview:
    """The steps and people that the subject in `world` would meet if everybody approved.

    choices  step -> whom the submitter chose for it
    """
    if not flow.applies(world.values, Environment(now=now, today=world.today)):
        return Preview(needed=False, steps=(), ends="approved")
    begin = Start(actor=submitter, submitter=submitter, revision=0, choices=choices or {})
    done = step(flow, FlowState(), begin, now, world)
    state, events = _say_yes(flow, done.state, world, now)
    return Preview(needed=True, steps=_described(flow, [*done.events, *events]), ends=state.status)


def what_comes(flow: Flow, state: FlowState, world: World, now: datetime) -> Preview:
    """The steps that a running approval would still come to, if everybody approved from here on. Steps that it is at
    already are not among them."""
    state, events = _say_yes(flow, state, world, now)
    return Preview(needed=True, steps=_described(flow, events), ends=state.status)


def _say_yes(flow: Flow, state: FlowState, world: World, now: datetime) -> tuple[FlowState, list[FlowEvent]]:
    """Everybody approves, and time goes by where nobody is asked, until it ends."""
    events: list[FlowEvent] = []
    for _ in range(_LONGEST):
        if state.status != "open":
            break
        if state.open_tasks:
            task = state.open_tasks[0]
            command: Approve | Fire = Approve(actor=task.assignee, task=task.number, comment="-")
        else:
            timer = min(state.timers, key=lambda timer: timer.at)
            command, now = Fire(timer=timer.number), max(now, datetime.fromisoformat(timer.at))
        done = step(flow, state, command, now, world)
        state = done.state
        events += done.events
    return state, events


def _described(flow: Flow, events: list[FlowEvent]) -> tuple[PreviewStep, ...]:
    opened = {event.data["number"]: event.data for event in events if event.kind == "task_opened"}
    auto: dict[str, list[UUID]] = {}
    stand_ins: dict[str, dict[str, str]] = {}
    for event in events:
        if event.kind == "task_opened" and event.data["via"] == "delegate":
            stand_ins.setdefault(event.data["node"], {})[event.data["origin"]] = event.data["assignee"]
        if event.kind == "task_approved" and event.data.get("auto"):
            task = opened.get(event.data["number"], event.data)
            if "node" not in task:  # opened before this look ahead
                continue
            auto.setdefault(task["node"], []).append(UUID(task["assignee"]))
    return tuple(
        _describe(flow, event.data, tuple(auto.get(event.data["node"], ())), stand_ins.get(event.data["node"], {}))
        for event in events
        if event.kind in _SHOWN
    )


def _describe(flow: Flow, data: Mapping[str, Any], auto: tuple[UUID, ...], stand_ins: Mapping[str, str]) -> PreviewStep:
    node = flow.nodes[data["node"]]
    until = data.get("until")
    return PreviewStep(
        node_id=node.id,
        type=node.type.name,
        names=node.names,
        mode=getattr(node.spec, "mode", ""),
        people=tuple(UUID(stand_ins.get(user, user)) for user in data.get("people", ())),
        auto=auto,
        case=data.get("case", data.get("decided", "")),
        via=data.get("via", ""),
        inside=node.inside,
        until=datetime.fromisoformat(until) if until else None,
    )
