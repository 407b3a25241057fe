"""The step that decides by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.flows.run import Run
from low_code.flows.tree import Condition, Node, Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto:
    """then, otherwise: approve (the flow goes on) or reject"""

    holds: Condition
    then: str
    otherwise: str


class AutoNodes:
    name = "auto"
    can_be_returned_to = False

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Auto:
        then = step.get("then", "approve")
        return Auto(
            holds=placing.condition(step["when"]),
            then=then,
            otherwise=step.get("otherwise", "reject" if then == "approve" else "approve"),
        )

    def enter(self, run: Run, node: Node) -> None:
        holds = node.spec.holds(run.world.values, run.moment)
        decided = node.spec.then if holds else node.spec.otherwise
        run.emit("decided_by_rule", node=node.id, holds=holds, decided=decided)
        if decided == "reject":
            run.reject(node, reason="decided_by_rule")
        else:
            run.go_on(node)

    def settle(self, run: Run, node: Node) -> None:
        raise AssertionError("a rule asks nobody")
