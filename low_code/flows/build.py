"""Makes a `Flow` out of a document that its kind has checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from low_code.expressions import Environment
from low_code.flows.business_time import USUAL, BusinessCalendar
from low_code.flows.nodes import NODE_TYPES
from low_code.flows.people import ParseTable, Who, parse_who
from low_code.flows.tree import INNER, JOIN, Condition, Flow, Node, Policy, Scope

CompileCondition = Callable[[Any], Condition]
FindFlow = Callable[[str], Mapping[str, Any]]  # the document of a flow that is called


def always(values: Mapping[str, Any], moment: Environment) -> bool:
    return True


def build_flow(
    key: str,
    document: Mapping[str, Any],
    condition: CompileCondition,
    *,
    called: FindFlow | None = None,
    table: ParseTable | None = None,
    calendar: BusinessCalendar = USUAL,
) -> Flow:
    """The flow of `document`.

    condition  compiles its expressions over the subject
    called     the documents of flows that it calls; their steps become steps of this flow, under the call's id
    table      makes look-ups of decision tables that name people
    """
    policy = _policy(document.get("policy", {}), table)
    placed = _Placed(compile_condition=condition, find_flow=called, table=table)
    first = placed.block_at(document["steps"], _Spot(after=None, policy=policy))
    subject = document["subject"]
    return Flow(
        key=key,
        names=document["name"],
        subject=subject["of"],
        applies=_applies(document, condition),
        watch=tuple(subject.get("watch", ())),
        on_change=subject.get("on_change", "restart"),
        policy=policy,
        first_id=first,
        nodes=placed.nodes,
        calendar=calendar,
    )


def _applies(document: Mapping[str, Any], condition: CompileCondition) -> Condition:
    trigger = document.get("trigger", {})
    return condition(trigger["when"]) if "when" in trigger else always


def _policy(policy: Mapping[str, Any], table: ParseTable | None) -> Policy:
    on_empty = policy.get("on_empty", "administrators")
    assigned = isinstance(on_empty, Mapping)
    return Policy(
        dedupe=policy.get("dedupe", "adjacent"),
        submitter_is_approver=policy.get("submitter_is_approver", "skip"),
        on_empty=parse_who(on_empty["assign"], table) if assigned else (),
        otherwise="administrators" if assigned else on_empty,
        withdraw=policy.get("withdraw", "before_first_action"),
        after_return=policy.get("after_return", "replay"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a block stands: what follows it, what every run passed before it, and what is around it."""

    after: str | None
    policy: Policy
    before: tuple[str, ...] = ()
    inside: Scope = ()
    prefix: str = ""


@dataclass(slots=True)
class _Placed:
    """Walks the tree once; each step learns what follows it and what it may be sent back to."""

    compile_condition: CompileCondition
    find_flow: FindFlow | None
    table: ParseTable | None
    nodes: dict[str, Node] = field(default_factory=dict)

    def block_at(self, steps: Sequence[Mapping[str, Any]], spot: _Spot) -> str | None:
        before = spot.before
        ids = [spot.prefix + step["id"] for step in steps]
        for step, step_id, next_id in zip(steps, ids, [*ids[1:], spot.after], strict=True) if steps else ():
            assert step_id not in self.nodes, "the check of the kind has seen to it that ids are unique"
            node_type = NODE_TYPES[step["type"]]
            here = replace(spot, after=next_id, before=before)
            self.nodes[step_id] = Node(
                id=step_id,
                type=node_type,
                names=step.get("name", {}),
                spec=node_type.parse(step, _Place(self, here, step_id)),
                next_id=next_id,
                before=before,
                inside=spot.inside,
                policy=spot.policy,
            )
            if node_type.can_be_returned_to:
                before = (*before, step_id)
        return ids[0] if ids else spot.after


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one step stands, as its node type may use it."""

    placed: _Placed
    spot: _Spot
    step_id: str

    def block(self, steps: list[Mapping[str, Any]]) -> str | None:
        return self.placed.block_at(steps, self.spot)

    def branch(self, branch_id: str, steps: list[Mapping[str, Any]]) -> str:
        join = f"{self.step_id}{JOIN}{branch_id}"
        inside = (*self.spot.inside, (self.step_id, branch_id))
        first = self.placed.block_at(steps, replace(self.spot, after=join, inside=inside))
        assert first is not None
        return first

    def called(self, flow_key: str) -> tuple[str | None, Condition]:
        assert self.placed.find_flow is not None, "only compiled documents call flows"
        document = self.placed.find_flow(flow_key)
        policy = _policy(document.get("policy", {}), self.placed.table)
        inner = replace(self.spot, policy=policy, prefix=f"{self.step_id}{INNER}")
        target = self.placed.block_at(document["steps"], inner)
        return target, _applies(document, self.placed.compile_condition)

    def condition(self, expression: Any) -> Condition:
        return self.placed.compile_condition(expression)

    def who(self, entries: list[Mapping[str, Any]]) -> tuple[Who, ...]:
        return parse_who(entries, self.placed.table)
