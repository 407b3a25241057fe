"""The way of an approval, in words: what its log tells of the past, and what a look ahead tells of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.i18n import N_, _, current_locale
from low_code.flows.lists import names_of
from low_code.flows.nodes.asking import Ask
from low_code.flows.preview import PreviewStep
from low_code.flows.queries import Approval
from low_code.flows.state import FlowEvent
from low_code.flows.tree import INNER, Flow
from oms.placement.preview_approval import ApprovalPreview
from tenants.access.queries import name_in
from web.pages.words import TASK, Word, word

_MODES = {
    "any": N_("One of them is enough"),
    "all": N_("All of them must agree"),
    "sequential": N_("One after the other"),
    "quorum": N_("By quorum"),
}
_VIA = {
    "transfer": N_("passed on by {name}"),
    "delegate": N_("stands in for {name}"),
    "escalate": N_("passed up from {name}"),
    "add_sign": N_("added as a signer"),
    "fallback": N_("stands in, because the step found nobody"),
}
_ICONS = {
    "approve": "checklist", "handle": "clipboard-check", "cc": "mail", "notify": "bell", "branch": "git-branch",
    "parallel": "arrows-split", "auto": "bolt", "wait": "hourglass", "call": "route", "note": "message",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTask:
    """What one person is, or was, asked. via: how it came to him, "" the usual way"""

    who: str
    state: Word
    at: datetime | None
    comment: str
    via: str
    due_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class PathStep:
    """One thing on the way.

    text   what happened or would happen, beside the step's name
    people names of whom it concerns; tasks: what each was asked
    depth  how many parallel blocks are around it
    """

    name: str
    icon: str
    text: str = ""
    round: int = 1
    at: datetime | None = None
    depth: int = 0
    people: Sequence[str] = ()
    tasks: list[ShownTask] = field(default_factory=list)


def people_in(
    work: Work, approval: Approval, log: Sequence[FlowEvent], coming: Sequence[PreviewStep]
) -> Mapping[UUID, str]:
    """user -> name, of everybody who is named on the way."""
    people = {task[role] for task in approval.tasks for role in ("assignee_id", "origin_id", "acted_by")}
    people |= {UUID(user) for event in log for user in event.data.get("people", ())}
    people |= {event.actor for event in log} | {user for step in coming for user in step.people}
    return names_of(work, [*people, approval.submitter_id])


def step_name(flow: Flow, node_id: str) -> str:
    """What the document calls a step, else its id; a step of a called flow behind the call's name."""
    node = flow.nodes.get(node_id)
    own = name_in(node.names, current_locale()) if node else ""
    return own or node_id.rpartition(INNER)[2]


def path_so_far(flow: Flow, approval: Approval, log: Sequence[FlowEvent], names: Mapping[UUID, str]) -> list[PathStep]:
    """What happened, in the order in which it began."""
    tasks = {task["number"]: task for task in approval.tasks}
    steps: list[PathStep] = []
    visits: dict[int, PathStep] = {}
    round_ = 1
    for event in log:
        data = event.data
        if event.kind in {"restarted", "went_back"}:
            round_ += 1
        if event.kind == "task_opened":
            asked = visits.get(data.get("visit", -1)) or next(
                (step for step in reversed(steps) if step.name == step_name(flow, data["node"])), None
            )
            if asked is not None:
                asked.tasks.append(_task(tasks[data["number"]], names))
            continue
        told = _TOLD.get(event.kind)
        if told is None:
            continue
        step = told(flow, event, names)
        step.round, step.at = round_, event.at
        if "visit" in data:
            visits[data["visit"]] = step
        steps.append(step)
    return steps


def steps_to_come(flow: Flow, coming: Sequence[PreviewStep], names: Mapping[UUID, str]) -> list[PathStep]:
    return [
        PathStep(
            name=step_name(flow, step.node_id),
            icon=_ICONS.get(step.type, "point"),
            text=_(_MODES[step.mode]) if step.mode in _MODES and len(step.people) > 1 else "",
            people=[names[user] for user in step.people if user in names],
            depth=len(step.inside),
            at=step.until,
        )
        for step in coming
        if step.type not in {"branch", "auto", "call"}
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPath:
    """Before an order is placed: the flow's name, and the steps and people on the way."""

    name: str
    steps: Sequence[PathStep]
    ends: str


def approval_path(seen: ApprovalPreview | None) -> ApprovalPath | None:
    if seen is None:
        return None
    steps = [
        PathStep(
            name=name_in(step.names, current_locale()) or step.node_id.rpartition(INNER)[2],
            icon=_ICONS.get(step.type, "point"),
            text=_(_MODES[step.mode]) if step.mode in _MODES and len(step.people) > 1 else "",
            people=[seen.people[user] for user in step.people if user in seen.people],
            depth=len(step.inside),
            at=step.until,
        )
        for step in seen.steps
        if step.type not in {"branch", "auto", "call"}
    ]
    return ApprovalPath(name=name_in(seen.names, current_locale()), steps=steps, ends=seen.ends)


def _task(task: Mapping[str, Any], names: Mapping[UUID, str]) -> ShownTask:
    via = _VIA.get(task["via"], "")
    return ShownTask(
        who=names.get(task["assignee_id"], ""),
        state=word(TASK, "done" if (task["kind"], task["status"]) == ("handle", "approved") else task["status"]),
        at=task["acted_at"] or task["opened_at"],
        comment=task["comment"],
        via=_(via, name=names.get(task["origin_id"], "")) if via else "",
        due_at=task["due_at"] if task["status"] == "open" else None,
    )


def _step(flow: Flow, event: FlowEvent, text: str = "", people: Sequence[str] = ()) -> PathStep:
    node_id = event.data["node"]
    node = flow.nodes.get(node_id)
    return PathStep(
        name=step_name(flow, node_id),
        icon=_ICONS.get(node.type.name if node else "", "point"),
        text=text,
        depth=len(node.inside) if node else 0,
        people=people,
    )


def _note(event: FlowEvent, names: Mapping[UUID, str], text: str, icon: str = "message") -> PathStep:
    return PathStep(name=names.get(event.actor, "") if event.actor else "", icon=icon, text=text)


def _asked(flow: Flow, event: FlowEvent, names: Mapping[UUID, str]) -> PathStep:
    node = flow.nodes.get(event.data["node"])
    mode = node.spec.mode if node is not None and isinstance(node.spec, Ask) else ""
    return _step(flow, event, _(_MODES[mode]) if mode and len(event.data["people"]) > 1 else "")


def _people(event: FlowEvent, names: Mapping[UUID, str]) -> list[str]:
    return [names[UUID(user)] for user in event.data.get("people", ()) if UUID(user) in names]


_Teller = Callable[[Flow, FlowEvent, Mapping[UUID, str]], PathStep]
_TOLD: Mapping[str, _Teller] = {
    "step_entered": _asked,
    "people_copied": lambda flow, event, names: _step(flow, event, _("A copy went to"), _people(event, names)),
    "people_notified": lambda flow, event, names: _step(flow, event, _("Told"), _people(event, names)),
    "parallel_entered": lambda flow, event, names: _step(flow, event, _("Several branches at the same time")),
    "wait_entered": lambda flow, event, names: _step(flow, event, _("Waits")),
    "wait_skipped": lambda flow, event, names: _step(flow, event, _("Nothing to wait for")),
    "decided_by_rule": lambda flow, event, names: _step(
        flow, event, _("Decided by its rule: goes on") if event.data["decided"] == "approve"
        else _("Decided by its rule: rejected"),
    ),
    "flow_called": lambda flow, event, names: _step(flow, event, _("Another flow begins")),
    "went_back": lambda flow, event, names: _note(
        event, names, _("Sent back to {step}", step=step_name(flow, event.data["to"])), "arrow-back-up"
    ),
    "restarted": lambda flow, event, names: _note(event, names, _("A new round begins"), "refresh"),
    "commented": lambda flow, event, names: _note(event, names, event.data["comment"]),
    "everybody_reminded": lambda flow, event, names: _note(event, names, _("Reminded everybody who is asked"), "bell"),
    "signers_added": lambda flow, event, names: PathStep(
        name=names.get(event.actor, "") if event.actor else "", icon="user-plus", text=_("Asked others too"),
        people=_people(event, names),
    ),
    "migrated": lambda flow, event, names: _note(
        event, names, _("Goes on under release {number}", number=event.data["to_release"]), "versions"
    ),
}  # fmt: skip
