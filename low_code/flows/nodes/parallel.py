"""The step whose branches run at once. join all: it is left when every branch is through; any: with the first, and
the others are called off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.flows.run import Run
from low_code.flows.tree import Node, Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """branches: id -> where its block begins, in the order of the document"""

    join: str
    branches: Mapping[str, str]


class ParallelNodes:
    name = "parallel"
    can_be_returned_to = False

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Parallel:
        return Parallel(
            join=step.get("join", "all"),
            branches={branch["id"]: placing.branch(branch["id"], branch["steps"]) for branch in step["branches"]},
        )

    def enter(self, run: Run, node: Node) -> None:
        run.come_to("parallel_entered", node, branches=list(node.spec.branches))
        for target in node.spec.branches.values():
            run.go_to(target)

    def settle(self, run: Run, node: Node) -> None:
        active, spec = run.state.active_at(node.id), node.spec
        assert active is not None
        if spec.join == "all" and not set(spec.branches) <= set(active.arrived):
            return
        for branch in spec.branches:
            if branch not in active.arrived:
                run.close_scope((*node.inside, (node.id, branch)), "another_branch_passed")
        run.emit("block_left", node=node.id)
        run.go_on(node)
