"""An approval flow, ready to run: its steps by id, and for each what follows and what came before.

The document is a tree of blocks, never a free graph. That makes "send it back" decidable: a step may go back
to the steps before it in its own block and before the blocks around it, because every run passed those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from low_code.expressions import Environment
from low_code.flows.people import Who

if TYPE_CHECKING:
    from low_code.flows.run import Run

Condition = Callable[[Mapping[str, Any], Environment], bool]  # the subject's values, the moment -> does it hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a flow treats the awkward cases.

    dedupe    none; adjacent: who approved the step just before need not again; whole: who approved any step
    submitter_is_approver  allow; skip: is not asked; manager: the submitter's manager is asked instead
    on_empty  who is asked where a step finds nobody; () sends it back to the submitter at once
    to_administrators  whether administrators are asked where `on_empty` finds nobody either
    withdraw  never, before_first_action, any_time
    after_return  replay: every step again; jump_back: straight to the step that sent it back
    """

    dedupe: str
    submitter_is_approver: str
    on_empty: tuple[Who, ...]
    to_administrators: bool
    withdraw: str
    after_return: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step.

    spec    what its node type made of the document
    next_id the step that follows; None ends the flow
    before  ids of the steps that it may be sent back to, first step first
    """

    id: str
    type: NodeType
    names: Mapping[str, str]
    spec: Any
    next_id: str | None
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A compiled approval flow.

    watch      paths whose content the approvers answer for
    on_change  restart, or ignore
    applies    whether a subject needs this approval at all
    first_id   the first step; None for a flow without steps, which approves at once
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


class Placing(Protocol):
    """What a node type needs to parse a step that holds blocks or conditions."""

    def block(self, steps: list[Mapping[str, Any]]) -> str | None:
        """Places the steps of an inner block; the id to go to: its first step, or what follows the block."""

    def condition(self, expression: Any) -> Condition:
        """An expression, compiled."""


class NodeType(Protocol):
    """What a kind of step does. A new kind of step is a module with this shape and an entry in `nodes`."""

    name: str
    can_be_returned_to: bool

    def parse(self, step: Mapping[str, Any], placing: Placing) -> Any:
        """The step of a document that the schema has passed, as a frozen value."""

    def enter(self, run: Run, node: Node) -> None:
        """The run has come here: open tasks and wait, or `run.go_on(node)`."""

    def settle(self, run: Run, node: Node) -> None:
        """One of its tasks was acted on: wait on, or leave the step."""
