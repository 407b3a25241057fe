"""Random documents, random commands: what must hold whatever a tenant draws and whoever presses what."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import DomainError
from low_code.flows.commands import (
    SUBMITTER,
    Approve,
    Command,
    Comment,
    Reject,
    Restart,
    Return,
    SubjectChanged,
    Transfer,
    Withdraw,
)
from low_code.flows.state import FlowState, fold
from tests.support.approvals import People, Running, a_flow, person

NAMES = ["ann", "bob", "cid", "sam", "zoe"]
MODES = ["any", "all", "sequential"]

names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 2) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["approve", "approve", "cc", "branch" if depth else "approve"]))
        if kind == "branch":
            steps.append(
                {
                    "type": "branch",
                    "cases": [
                        {"id": "c1", "when": ["total", draw(st.integers(0, 3))], "steps": draw(blocks(depth - 1))},
                        {"id": "c0", "else": True, "steps": draw(blocks(depth - 1))},
                    ],
                }
            )
        else:
            who = [{"users": [f"{name}@x" for name in draw(names)]}]
            who = draw(st.sampled_from([who, [{"role": "ghosts"}], [{"chain": {"levels": 2}}]]))
            steps.append({"type": kind, "mode": draw(st.sampled_from(MODES)), "who": who})
    return steps


def numbered(steps: list[dict[str, Any]], count: list[int]) -> list[dict[str, Any]]:
    """The same steps with an id each."""
    made = []
    for step in steps:
        count[0] += 1
        step_id = f"n{count[0]}"
        cases = [{**case, "steps": numbered(case["steps"], count)} for case in step.get("cases", ())]
        made.append({**step, "id": step_id, **({"cases": cases} if cases else {})})
    return made


policies = st.fixed_dictionaries(
    {
        "dedupe": st.sampled_from(["none", "adjacent", "whole"]),
        "submitter_is_approver": st.sampled_from(["allow", "skip", "manager"]),
        "on_empty": st.sampled_from(["administrators", "return"]),
        "withdraw": st.sampled_from(["never", "before_first_action", "any_time"]),
        "after_return": st.sampled_from(["replay", "jump_back"]),
    }
)
moves = st.lists(
    st.tuples(st.sampled_from("approve approve reject return transfer withdraw comment change restart leave".split()),
              st.integers(0, 7), st.sampled_from(NAMES), st.booleans()),
    max_size=25,
)  # fmt: skip


def command_for(running: Running, move: str, pick: int, name: str, honest: bool) -> Command | None:
    """A command of this sort: by the person it was asked of (`honest`), or by anybody at all."""
    tasks = running.state.open_tasks
    if move == "leave":
        running.people.absent.add(name)
        return None
    if move == "change":
        running.values["order"]["total"] = pick
        return SubjectChanged(actor=None, revision=running.state.revision + 1)
    if move == "restart":
        return Restart(actor=running.state.submitter, revision=running.state.revision + 1)
    if move == "withdraw":
        return Withdraw(actor=running.state.submitter if honest else person(name))
    if move == "comment":
        return Comment(actor=person(name), comment="hm")
    if not tasks:
        return Approve(actor=person(name), task=pick)
    task = tasks[pick % len(tasks)]
    actor = task.assignee if honest else person(name)
    if move == "transfer":
        return Transfer(actor=actor, task=task.number, to=person(name))
    if move == "return":
        to = SUBMITTER if pick == 0 else f"n{pick}"
        return Return(actor=actor, task=task.number, to=to, comment="x")
    kind = Approve if move == "approve" else Reject
    return kind(actor=actor, task=task.number, comment="x")


@settings(max_examples=250, deadline=None)
@given(steps=blocks(), policy=policies, moves=moves)
def test_an_approval_never_stalls_and_its_log_is_its_state(
    steps: list[dict[str, Any]], policy: dict[str, Any], moves: list[tuple[str, int, str, bool]]
) -> None:
    flow = a_flow(*numbered(steps, [0]), watch=["order.total"], **policy)
    running = Running(flow, People(managers={"sam": "ann", "ann": "bob"}), {"order": {"total": 2}})
    running.start()

    for move in moves:
        command = command_for(running, *move)
        before = running.state
        if command is not None:
            try:
                running.do(command)
            except DomainError:
                assert running.state is before

        state = running.state
        assert state.status != "open" or state.open_tasks, "open, and nobody is asked"
        assert state.status == "open" or not state.open_tasks, "ended, and somebody is still asked"
        asked = Counter((task.node_id, task.round, task.assignee) for task in state.tasks)
        assert max(asked.values(), default=1) == 1, "somebody was asked twice for the same"
        acted = [event.data["number"] for event in running.log if event.kind.startswith("task_") and "by" in event.data]
        assert len(acted) == len(set(acted)), "a task was acted on twice"

    assert fold(running.log) == running.state
    assert FlowState.from_json(json.loads(json.dumps(running.state.to_json()))) == running.state
