"""The kinds of steps, by the `type` that documents use. A new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from low_code.flows.nodes.ask import AskNodes
from low_code.flows.nodes.auto import AutoNodes
from low_code.flows.nodes.branch import BranchNodes
from low_code.flows.nodes.call import CallNodes
from low_code.flows.nodes.cc import CopyNodes
from low_code.flows.nodes.notify import NotifyNodes
from low_code.flows.nodes.parallel import ParallelNodes
from low_code.flows.nodes.wait import WaitNodes
from low_code.flows.tree import NodeType

NODE_TYPES: Mapping[str, NodeType] = {
    kind.name: kind
    for kind in (
        AskNodes("approve"),
        AskNodes("handle"),
        CopyNodes(),
        BranchNodes(),
        ParallelNodes(),
        AutoNodes(),
        WaitNodes(),
        NotifyNodes(),
        CallNodes(),
    )
}

__all__ = ["NODE_TYPES"]
