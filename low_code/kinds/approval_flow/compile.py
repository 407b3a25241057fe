"""An approval flow, made ready for `low_code.flows`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.expressions import compile_closure
from low_code.flows.build import build_flow
from low_code.flows.tree import Condition, Flow
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression
from low_code.traces import DocumentUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFlow:
    """The flow, and the document it came from: what a running approval stays pinned to."""

    flow: Flow
    document: DocumentUsed


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> CompiledFlow:
    subject = configuration.subject(body["subject"]["of"])

    def condition(expression: Any) -> Condition:
        return compile_closure(checked_expression(expression, subject))

    return CompiledFlow(
        flow=build_flow(key, body, condition), document=configuration.document_used("approval_flow", key)
    )
