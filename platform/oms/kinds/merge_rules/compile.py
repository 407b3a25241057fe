"""Merge rules, ready to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from low_code.expressions import Evaluate, compile_closure
from low_code.registry import Configuration
from low_code.registry.checking import checked_expression
from low_code.traces import DocumentUsed


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRules:
    """when: which orders take part; None: all. within_hours: between the first and the last of them"""

    key: str
    automatic: bool
    when: Evaluate | None
    within_hours: int
    only_unallocated: bool
    document: DocumentUsed


def compile_document(key: str, body: Mapping[str, Any], configuration: Configuration) -> MergeRules:
    subject = configuration.subject("order")
    return MergeRules(
        key=key,
        automatic=body.get("automatic", False),
        when=compile_closure(checked_expression(body["when"], subject)) if "when" in body else None,
        within_hours=body.get("within_hours", 24),
        only_unallocated=body.get("only_unallocated", False),
        document=configuration.document_used("merge_rules", key),
    )
