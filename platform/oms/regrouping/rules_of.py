"""Which documents say how orders of a type are split and merged, in the release that an order is pinned to."""

from __future__ import annotations

from typing import cast

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.kinds.order_type.compile import OrderType
from low_code.registry import DocumentUnknown
from oms.kinds.merge_rules.compile import MergeRules
from oms.kinds.split_rules.compile import SplitRules


def split_rules_of(work: Work, order_type: str, release: int) -> SplitRules | None:
    """The split rules that the order's type names, in the release that the order is pinned to."""
    documents = configuration(work, release)
    try:
        kind = cast(OrderType, documents.compiled("order_type", order_type))
        return cast(SplitRules, documents.compiled("split_rules", kind.split_rules)) if kind.split_rules else None
    except DocumentUnknown:
        return None


def merge_rules_of(work: Work, order_type: str, release: int) -> MergeRules | None:
    """The merge rules that the order's type names, in the release that the order is pinned to."""
    documents = configuration(work, release)
    try:
        kind = cast(OrderType, documents.compiled("order_type", order_type))
        return cast(MergeRules, documents.compiled("merge_rules", kind.merge_rules)) if kind.merge_rules else None
    except DocumentUnknown:
        return None
