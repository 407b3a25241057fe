"""Makes a `Flow` out of a document that its kind has checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from low_code.expressions import Environment
from low_code.flows.nodes import NODE_TYPES
from low_code.flows.people import parse_who
from low_code.flows.tree import Condition, Flow, Node, Policy

CompileCondition = Callable[[Any], Condition]


def always(values: Mapping[str, Any], moment: Environment) -> bool:
    return True


def build_flow(key: str, document: Mapping[str, Any], condition: CompileCondition) -> Flow:
    """The flow of `document`; `condition` compiles its expressions over the subject."""
    placed = _Placed(compile_condition=condition)
    first = placed.block_at(document["steps"], after=None, before=())
    trigger, subject = document.get("trigger", {}), document["subject"]
    return Flow(
        key=key,
        names=document["name"],
        subject=subject["of"],
        applies=condition(trigger["when"]) if "when" in trigger else always,
        watch=tuple(subject.get("watch", ())),
        on_change=subject.get("on_change", "restart"),
        policy=_policy(document.get("policy", {})),
        first_id=first,
        nodes=placed.nodes,
    )


def _policy(policy: Mapping[str, Any]) -> Policy:
    on_empty = policy.get("on_empty", "administrators")
    return Policy(
        dedupe=policy.get("dedupe", "adjacent"),
        submitter_is_approver=policy.get("submitter_is_approver", "skip"),
        on_empty=parse_who(on_empty["assign"]) if isinstance(on_empty, Mapping) else (),
        to_administrators=on_empty != "return",
        withdraw=policy.get("withdraw", "before_first_action"),
        after_return=policy.get("after_return", "replay"),
    )


@dataclass(slots=True)
class _Placed:
    """Walks the tree once; each step learns what follows it and what it may be sent back to."""

    compile_condition: CompileCondition
    nodes: dict[str, Node] = field(default_factory=dict)

    def block_at(self, steps: Sequence[Mapping[str, Any]], after: str | None, before: tuple[str, ...]) -> str | None:
        following = [step["id"] for step in steps[1:]] + [after]
        for step, next_id in zip(steps, following, strict=True) if steps else ():
            assert step["id"] not in self.nodes, "the check of the kind has seen to it that ids are unique"
            node_type = NODE_TYPES[step["type"]]
            self.nodes[step["id"]] = Node(
                id=step["id"],
                type=node_type,
                names=step.get("name", {}),
                spec=node_type.parse(step, _Place(self, next_id, before)),
                next_id=next_id,
                before=before,
            )
            if node_type.can_be_returned_to:
                before = (*before, step["id"])
        return steps[0]["id"] if steps else after


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one step stands, as its node type may use it."""

    placed: _Placed
    after: str | None
    before: tuple[str, ...]

    def block(self, steps: list[Mapping[str, Any]]) -> str | None:
        return self.placed.block_at(steps, self.after, self.before)

    def condition(self, expression: Any) -> Condition:
        return self.placed.compile_condition(expression)
