"""The step that sends a message and waits for nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.flows.people import Who
from low_code.flows.run import Run
from low_code.flows.tree import Node, Placing


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """texts: the message by language."""

    who: tuple[Who, ...]
    texts: Mapping[str, str]


class NotifyNodes:
    name = "notify"
    can_be_returned_to = False

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Notify:
        return Notify(who=placing.who(step["who"]), texts=dict(step["message"]))

    def enter(self, run: Run, node: Node) -> None:
        people = run.find(node.spec.who, node)
        run.emit("people_notified", node=node.id, people=[str(user) for user in people], message=dict(node.spec.texts))
        run.go_on(node)

    def settle(self, run: Run, node: Node) -> None:
        raise AssertionError("a message asks nobody")
