"""The step that runs another flow, if that one wants to see the subject. Its steps stand in this flow under
`call.step`, with the policies of their own flow; what they say counts here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.flows.run import Run
from low_code.flows.tree import Condition, Node, Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """target: where the called flow begins; what follows the call, where it has no steps"""

    flow_key: str
    target: str | None
    applies: Condition


class CallNodes:
    name = "call"
    can_be_returned_to = False

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Call:
        target, applies = placing.called(step["flow"])
        return Call(flow_key=step["flow"], target=target, applies=applies)

    def enter(self, run: Run, node: Node) -> None:
        applies = node.spec.applies(run.world.values, run.moment)
        run.emit("flow_called" if applies else "call_skipped", node=node.id, flow=node.spec.flow_key)
        run.go_to(node.spec.target if applies else node.next_id)

    def settle(self, run: Run, node: Node) -> None:
        raise AssertionError("a call asks nobody itself")
