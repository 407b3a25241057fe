"""Whether a running approval can go on under another release of its flow. Pure; the move itself is a command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.i18n import N_
from low_code.flows.state import FlowState
from low_code.flows.tree import Flow

STEP_GONE = N_("The step “{step}”, at which it waits, is not in the newest release.")
STEP_OTHER = N_("The step “{step}”, at which it waits, is of another kind in the newest release.")
STEP_MOVED = N_("The step “{step}”, at which it waits, stands in another parallel branch in the newest release.")
BRANCH_GONE = N_("The parallel step “{step}” has other branches in the newest release.")
NOT_OPEN = N_("It has ended already.")
FLOW_GONE = N_("There is no such flow in the newest release.")
IS_NEWEST = N_("It is under the newest release already.")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why it cannot. message is an English sentence with holes, which facts fill."""

    code: str
    message: str
    facts: Mapping[str, Any]


def obstacles(old: Flow, new: Flow, state: FlowState) -> tuple[Obstacle, ...]:
    """What stands in the way of running `state`, which began under `old`, under `new`; () where nothing does."""
    if state.status != "open":
        return (Obstacle("not_open", NOT_OPEN, {}),)
    return tuple(_of_active(old, new, state))


def _of_active(old: Flow, new: Flow, state: FlowState) -> Iterator[Obstacle]:
    for active in state.active:
        facts, before, after = {"step": active.node_id}, old.nodes[active.node_id], new.nodes.get(active.node_id)
        if after is None:
            yield Obstacle("step_gone", STEP_GONE, facts)
        elif after.type.name != before.type.name:
            yield Obstacle("step_other", STEP_OTHER, facts)
        elif after.inside != before.inside:
            yield Obstacle("step_moved", STEP_MOVED, facts)
        elif before.type.name == "parallel" and set(after.spec.branches) != set(before.spec.branches):
            yield Obstacle("branch_gone", BRANCH_GONE, facts)
