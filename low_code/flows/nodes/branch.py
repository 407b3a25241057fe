"""The step that chooses a way: the first case that holds; `else` stands last and always holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.flows.run import Run
from low_code.flows.tree import Condition, Node, Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """holds is None for `else`; target is where its block begins."""

    id: str
    holds: Condition | None
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    cases: tuple[Case, ...]


class BranchNodes:
    name = "branch"
    can_be_returned_to = False

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Branch:
        return Branch(
            cases=tuple(
                Case(
                    id=case["id"],
                    holds=None if case.get("else") else placing.condition(case["when"]),
                    target=placing.block(case["steps"]),
                )
                for case in step["cases"]
            )
        )

    def enter(self, run: Run, node: Node) -> None:
        values, moment = run.world.values, run.moment
        case = next(case for case in node.spec.cases if case.holds is None or case.holds(values, moment))
        run.emit("branch_taken", node=node.id, case=case.id)
        run.go_to(case.target)

    def settle(self, run: Run, node: Node) -> None:
        raise AssertionError("a branch asks nobody")
