"""An approval flow, ready to run: its steps by id, and for each what follows and what came before.

The document is a tree of blocks, never a free graph. That makes "send it back" decidable: a step may go back
to the steps before it in its own block and before the blocks around it, because every run passed those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from low_code.expressions import Environment
from low_code.flows.business_time import USUAL, BusinessCalendar
from low_code.flows.people import Who

if TYPE_CHECKING:
    from low_code.flows.run import Run

Condition = Callable[[Mapping[str, Any], Environment], bool]  # the subject's values, the moment -> does it hold
Scope = tuple[tuple[str, str], ...]  # the branches of parallel blocks around a place, outermost first
JOIN = "/"  # in a target: "block/branch", the end of a branch of a parallel block. No id has it
INNER = "."  # in an id: "call.step", a step of a flow that is called. No id of a document has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a flow treats the awkward cases.

    dedupe    none; adjacent: who approved the step just before need not again; whole: who approved any step
    submitter_is_approver  allow; skip: is not asked; manager, department_head: is asked instead; forbid: it goes back
    on_empty  who is asked where a step finds nobody
    otherwise where those are not found either: administrators, return or reject
    withdraw  never, before_first_action, any_time
    after_return  replay: every step again; jump_back: straight to the step that sent it back
    """

    dedupe: str
    submitter_is_approver: str
    on_empty: tuple[Who, ...]
    otherwise: str
    withdraw: str
    after_return: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step.

    spec    what its node type made of the document
    next_id what follows: a step's id, the end of a branch, or None, which ends the flow
    before  ids of the steps that it may be sent back to, first step first
    inside  the branches of parallel blocks around it
    policy  of the flow that it stands in: of a called flow, that one's own
    """

    id: str
    type: NodeType
    names: Mapping[str, str]
    spec: Any
    next_id: str | None
    before: tuple[str, ...]
    inside: Scope
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A compiled approval flow.

    watch      paths whose content the approvers answer for
    on_change  restart, or ignore
    applies    whether a subject needs this approval at all
    first_id   the first step; None for a flow without steps, which approves at once
    calendar   what due dates in working time are counted by
    """

    key: str
    names: Mapping[str, str]
    subject: str
    applies: Condition
    watch: tuple[str, ...]
    on_change: str
    policy: Policy
    first_id: str | None
    nodes: Mapping[str, Node]
    calendar: BusinessCalendar = USUAL

    def scope_of(self, target: str | None) -> Scope:
        """The branches around a place that the flow may go to."""
        if target is None:
            return ()
        block, joined, branch = target.partition(JOIN)
        inside = self.nodes[block].inside
        return (*inside, (block, branch)) if joined else inside


class Placing(Protocol):
    """What a node type needs to parse a step that holds blocks, conditions or people."""

    def block(self, steps: list[Mapping[str, Any]]) -> str | None:
        """Places the steps of an inner block; the id to go to: its first step, or what follows the block."""

    def branch(self, branch_id: str, steps: list[Mapping[str, Any]]) -> str:
        """As `block`, for a branch of a parallel block: it ends at the block's join."""

    def called(self, flow_key: str) -> tuple[str | None, Condition]:
        """Places the steps of another flow as an inner block, and its condition."""

    def condition(self, expression: Any) -> Condition:
        """An expression, compiled."""

    def who(self, entries: list[Mapping[str, Any]]) -> tuple[Who, ...]:
        """People, as the document names them."""


class NodeType(Protocol):
    """What a kind of step does. A new kind of step is a module with this shape and an entry in `nodes`."""

    name: str
    can_be_returned_to: bool

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Any:
        """The step of a document that the schema has passed, as a frozen value."""

    def enter(self, run: Run, node: Node) -> None:
        """The run has come here: open tasks and wait, or `run.go_on(node)`."""

    def settle(self, run: Run, node: Node) -> None:
        """Something happened in this step: a task was acted on, a branch is through. Wait on, or leave the step."""
