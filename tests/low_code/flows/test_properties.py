"""Random documents, random commands, a random clock: what must hold whatever a tenant draws and whoever presses
what, whenever."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import DomainError
from low_code.flows.commands import (
    SUBMITTER,
    AddSigners,
    Approve,
    Command,
    Comment,
    Fire,
    Migrate,
    Reject,
    Remind,
    Restart,
    Return,
    SubjectChanged,
    Transfer,
    Withdraw,
)
from low_code.flows.fold import fold
from low_code.flows.migration import obstacles
from low_code.flows.preview import preview
from low_code.flows.state import FlowState
from low_code.flows.tree import Flow
from tests.support.approvals import NOON, People, Running, World, a_flow, person

NAMES = ["ann", "bob", "cid", "sam", "zoe"]
MODES = ["any", "all", "sequential", "quorum"]
TIMEOUTS: list[Any] = [
    "approve",
    "reject",
    "remind",
    {"escalate": {"manager_of": "assignee"}},
    {"escalate": {"users": ["zoe@x"]}},
]
CALLED = {
    "small": {"steps": [{"id": "n1", "type": "approve", "who": [{"users": ["bob@x"]}]}], "policy": {"dedupe": "none"}},
    "empty": {"steps": []},
    "twice": {
        "steps": [
            {"id": "n1", "type": "parallel", "join": "any", "branches": [
                {"id": "x", "steps": [{"id": "n2", "type": "call", "flow": "small"}]},
                {"id": "y", "steps": [{"id": "n3", "type": "approve", "who": [{"submitter_choice": {}}]}]}]},
        ],
        "policy": {"submitter_is_approver": "allow"},
    },
}  # fmt: skip

names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)
whos = st.one_of(
    names.map(lambda found: [{"users": [f"{name}@x" for name in found]}]),
    st.sampled_from(
        [
            [{"role": "ghosts"}],
            [{"chain": {"levels": 2}}],
            [{"department_head": {"level": 1}}],
            [{"submitter_choice": {}}],
        ]
    ),
)


@st.composite
def asking(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    mode = draw(st.sampled_from(MODES))
    step: dict[str, Any] = {"type": kind, "mode": mode, "who": draw(whos), "collect": draw(st.booleans())}
    if mode == "quorum":
        weights = draw(st.dictionaries(st.sampled_from([f"{name}@x" for name in NAMES]), st.integers(1, 4)))
        needed = draw(st.sampled_from([{"count": 2}, {"count": 4}, {"percent": 51}, {"percent": 100}, {"weight": 3}]))
        step["pass"] = {**needed, "weights": weights}
    if draw(st.booleans()):
        after = draw(st.sampled_from(["PT5H", "P1D"]))
        step["due"] = {"after": after, "remind": ["PT1H"], "on_timeout": draw(st.sampled_from(TIMEOUTS))}
    step["allow"] = {"add_signer": ["before", "after", "parallel"], "reject": draw(st.booleans())}
    return step


@st.composite
def blocks(draw: st.DrawFn, depth: int = 2) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    flat = ["approve", "approve", "approve", "handle", "cc", "auto", "wait", "call"]
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(flat + (["branch", "parallel", "parallel"] if depth else [])))
        match kind:
            case "branch":
                cases = [
                    {"id": "c1", "when": ["total", draw(st.integers(0, 3))], "steps": draw(blocks(depth - 1))},
                    {"id": "c0", "else": True, "steps": draw(blocks(depth - 1))},
                ]
                steps.append({"type": "branch", "cases": cases})
            case "parallel":
                branches = [
                    {"id": f"b{number}", "steps": draw(blocks(depth - 1))} for number in range(draw(st.integers(2, 3)))
                ]
                steps.append({"type": "parallel", "join": draw(st.sampled_from(["all", "any"])), "branches": branches})
            case "auto":
                steps.append({"type": "auto", "when": ["total", draw(st.integers(0, 3))]})
            case "wait":
                until = draw(st.sampled_from([{"after": "PT3H"}, {"until": "order.from"}]))
                steps.append({"type": "wait", **until})
            case "call":
                steps.append({"type": "call", "flow": draw(st.sampled_from(sorted(CALLED)))})
            case "cc":
                steps.append({"type": "cc", "who": draw(whos)})
            case _:
                steps.append(draw(asking(kind)))
    return steps


def numbered(steps: list[dict[str, Any]], count: list[int]) -> list[dict[str, Any]]:
    """The same steps with an id each."""
    made = []
    for step in steps:
        count[0] += 1
        own = {**step, "id": f"n{count[0]}"}
        for inner in ("cases", "branches"):
            if inner in step:
                own[inner] = [{**block, "steps": numbered(block["steps"], count)} for block in step[inner]]
        made.append(own)
    return made


policies = st.fixed_dictionaries(
    {
        "dedupe": st.sampled_from(["none", "adjacent", "whole"]),
        "submitter_is_approver": st.sampled_from(["allow", "skip", "manager", "department_head", "forbid"]),
        "on_empty": st.sampled_from(["administrators", "return", "reject"]),
        "withdraw": st.sampled_from(["never", "before_first_action", "any_time"]),
        "after_return": st.sampled_from(["replay", "jump_back"]),
    }
)
_MOVES = (
    "approve approve approve approve reject return return transfer sign sign withdraw cancel comment change edit"
    " restart leave away time fire remind migrate"
).split()


def _random_moves(seed: int) -> list[tuple[str, int, str, bool]]:
    """A long life: lists that hypothesis draws itself are mostly short."""
    dice = random.Random(seed)
    return [
        (dice.choice(_MOVES), dice.randrange(10), dice.choice(NAMES), dice.random() < 0.9)
        for _ in range(dice.randrange(60))
    ]


moves = st.integers(0, 2**32).map(_random_moves)


def command_for(running: Running, move: str, pick: int, name: str, honest: bool) -> Command | None:
    """A command of this sort: by the person it was asked of (`honest`), or by anybody at all."""
    state = running.state
    match move:
        case "leave":
            running.people.absent.add(name)
            return None
        case "away":
            running.people.away[name] = NAMES[pick % len(NAMES)]
            return None
        case "time":
            running.now += timedelta(hours=pick * 4)
            return None
        case "change" | "edit":
            running.values["order"]["total"] = pick
            return SubjectChanged(actor=None, revision=state.revision + 1, by_approver=move == "edit")
        case "restart":
            return Restart(actor=state.submitter, revision=state.revision + 1)
        case "withdraw":
            return Withdraw(actor=state.submitter if honest else person(name))
        case "cancel":
            return Withdraw(actor=person("admin" if honest and pick > 8 else name), by_administrator=True)
        case "comment":
            return Comment(actor=person(name), comment="hm")
        case "remind":
            return Remind(actor=state.submitter if honest else person(name))
        case "fire":
            return Fire(timer=state.timers[pick % len(state.timers)].number if honest and state.timers else pick)
        case "migrate":
            return None if obstacles(running.flow, running.flow, state) else Migrate(
                actor=person("admin"), from_release=1, to_release=2
            )  # fmt: skip
    if not state.open_tasks:
        return Approve(actor=person(name), task=pick)
    task = state.open_tasks[pick % len(state.open_tasks)]
    actor = task.assignee if honest else person(name)
    match move:
        case "transfer":
            return Transfer(actor=actor, task=task.number, to=person(name))
        case "sign":
            people = tuple({person(name), person(NAMES[pick % len(NAMES)])})
            where = ("before", "after", "parallel")[pick % 3]
            return AddSigners(actor=actor, task=task.number, people=people, where=where)
        case "return":
            before = running.flow.nodes[task.node_id].before
            to = before[pick % len(before)] if before and pick else SUBMITTER
            return Return(actor=actor, task=task.number, to=to, comment="x", leave_parallel=honest)
    kind = Approve if move == "approve" else Reject
    return kind(actor=actor, task=task.number, comment="x")


def a_company() -> People:
    return People(managers={"sam": "ann", "ann": "bob", "bob": "cid"}, departments={"sam": ["zoe", "ann"]})


def random_flow(steps: list[dict[str, Any]], policy: dict[str, Any]) -> Flow:
    return a_flow(*numbered(steps, [0]), watch=["order.total"], called=CALLED, **policy)


def check_state(running: Running) -> None:
    """What holds after every command."""
    state = running.state
    assert state.status != "open" or state.open_tasks or state.timers, "open, and nothing will ever happen"
    assert state.status == "open" or not (state.live_tasks or state.timers or state.active), "ended, and still going"
    asked = Counter((task.visit, task.assignee) for task in state.tasks)
    assert max(asked.values(), default=1) == 1, "somebody was asked twice for the same"
    for task in state.live_tasks:
        assert any(active.visit == task.visit for active in state.active), "asked for a step that was left"
    for active in state.active:
        node = running.flow.nodes[active.node_id]
        assert all(state.active_at(block) for block, _ in node.inside), "within a block that was left"
        if node.type.name in {"approve", "handle"}:
            assert any(task.status == "open" for task in state.tasks_of(active.visit)), "a step that asks nobody"
    numbers = [event.data["number"] for event in running.log if event.kind.startswith("task_") and "by" in event.data]
    assert len(numbers) == len(set(numbers)), "a task was acted on twice"
    barred = {"approve"} if running.flow.policy.submitter_is_approver != "allow" else set()
    for task in state.tasks:  # called flows have policies of their own
        own = "." not in task.node_id and task.kind in barred
        assert not (own and task.assignee == state.submitter), "who submitted is asked to approve"


@settings(max_examples=300, deadline=None)
@given(steps=blocks(), policy=policies, moves=moves)
def test_an_approval_never_stalls_and_its_log_is_its_state(
    steps: list[dict[str, Any]], policy: dict[str, Any], moves: list[tuple[str, int, str, bool]]
) -> None:
    running = Running(random_flow(steps, policy), a_company(), {"order": {"total": 2, "from": "2026-11-25"}})
    running.start(choices={"n2": ["bob", "cid"]})

    for move in moves:
        check_state(running)
        command = command_for(running, *move)
        before = running.state
        if command is not None:
            try:
                running.do(command)
            except DomainError:
                assert running.state is before
    check_state(running)

    assert fold(running.log) == running.state
    assert FlowState.from_json(json.loads(json.dumps(running.state.to_json()))) == running.state


@settings(max_examples=150, deadline=None)
@given(steps=blocks(), policy=policies, moves=moves)
def test_when_all_say_yes_in_time_everything_comes_to_an_end(
    steps: list[dict[str, Any]], policy: dict[str, Any], moves: list[tuple[str, int, str, bool]]
) -> None:
    """From wherever random commands led, as long as somebody is there to be asked."""
    running = Running(random_flow(steps, policy), a_company(), {"order": {"total": 2, "from": "2026-11-25"}})
    running.start()
    for move in moves:
        try:
            if (command := command_for(running, *move)) is not None:
                running.do(command)
        except DomainError:
            continue

    for _ in range(500):
        state = running.state
        if state.status != "open":
            break
        if state.open_tasks:
            task = state.open_tasks[0]
            running.do(Approve(actor=task.assignee, task=task.number, comment="x"))
        else:
            first = min(state.timers, key=lambda timer: timer.at)
            running.now = max(running.now, datetime.fromisoformat(first.at))
            running.do(Fire(timer=first.number))

    assert running.state.status != "open"


@settings(max_examples=150, deadline=None)
@given(steps=blocks(), policy=policies)
def test_the_preview_shows_whom_the_flow_then_asks(steps: list[dict[str, Any]], policy: dict[str, Any]) -> None:
    flow, values = random_flow(steps, policy), {"order": {"total": 2, "from": "2026-11-25"}}
    seen = preview(flow, World(values, a_company(), NOON.date()), submitter=person("sam"), now=NOON)
    running = Running(flow, a_company(), values)
    running.start()

    steps_asked = {task.node_id for task in running.state.tasks}

    assert steps_asked <= {step.node_id for step in seen.steps}
    if not running.state.tasks and not running.state.timers:
        assert seen.ends == running.state.status
