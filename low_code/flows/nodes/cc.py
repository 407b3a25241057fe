"""The step that lets people know of the approval and waits for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.flows.people import Who
from low_code.flows.run import Run
from low_code.flows.tree import Node, Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    who: tuple[Who, ...]


class CopyNodes:
    name = "cc"
    can_be_returned_to = False

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Copy:
        return Copy(who=placing.who(step["who"]))

    def enter(self, run: Run, node: Node) -> None:
        people = run.find(node.spec.who, node)
        run.emit("people_copied", node=node.id, people=[str(user) for user in people])
        run.go_on(node)

    def settle(self, run: Run, node: Node) -> None:
        raise AssertionError("a copy asks nobody")
