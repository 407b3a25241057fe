"""The way an approval would take, before anybody submits it: the same `step`, with everybody saying yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from low_code.expressions import Environment
from low_code.flows.commands import Approve, Start
from low_code.flows.people import World
from low_code.flows.state import FlowEvent, FlowState
from low_code.flows.step import step
from low_code.flows.tree import Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewStep:
    """One step on the way. people: whom it would ask or tell; case: the way a branch took; via: flow or
    fallback; auto: those who would not be asked because they approved before."""

    node_id: str
    type: str
    names: Mapping[str, str]
    mode: str = ""
    people: tuple[UUID, ...] = ()
    auto: tuple[UUID, ...] = ()
    case: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """ends: approved, or returned where a step finds nobody; needed: whether the flow applies at all."""

    needed: bool
    steps: tuple[PreviewStep, ...]
    ends: str


def preview(flow: Flow, world: World, *, submitter: UUID | None, now: datetime) -> Preview:
    """The steps and people that the subject in `world` would meet if everybody approved."""
    if not flow.applies(world.values, Environment(now=now, today=world.today)):
        return Preview(needed=False, steps=(), ends="approved")
    done = step(flow, FlowState(), Start(actor=submitter, submitter=submitter, revision=0), now, world)
    state, events = done.state, list(done.events)
    while state.open_tasks:
        task = state.open_tasks[0]
        done = step(flow, state, Approve(actor=task.assignee, task=task.number, comment="-"), now, world)
        state, events = done.state, events + list(done.events)
    return Preview(needed=True, steps=_described(flow, events), ends=state.status)


def _described(flow: Flow, events: list[FlowEvent]) -> tuple[PreviewStep, ...]:
    opened = {event.data["number"]: event.data for event in events if event.kind == "task_opened"}
    auto: dict[str, list[UUID]] = {}
    for event in events:
        if event.kind == "task_approved" and event.data.get("auto"):
            task = opened[event.data["number"]]
            auto.setdefault(task["node"], []).append(UUID(task["assignee"]))
    return tuple(
        _describe(flow, event.data, tuple(auto.get(event.data["node"], ())))
        for event in events
        if event.kind in {"step_entered", "branch_taken", "people_copied", "people_notified"}
    )


def _describe(flow: Flow, data: Mapping[str, Any], auto: tuple[UUID, ...]) -> PreviewStep:
    node = flow.nodes[data["node"]]
    return PreviewStep(
        node_id=node.id,
        type=node.type.name,
        names=node.names,
        mode=getattr(node.spec, "mode", ""),
        people=tuple(UUID(user) for user in data.get("people", ())),
        auto=auto,
        case=data.get("case", ""),
        via=data.get("via", ""),
    )
