"""Decisions as the actor may read them: the one place that pages and the API come through."""

from __future__ import annotations

from typing import Any

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.kinds.fields.restricted import restricted_paths
from low_code.registry import Configuration
from low_code.traces import redact


def seen_trace(work: Work, trace: Any, *documents: Configuration) -> Any:
    """The trace without the values that the actor's roles do not show him.

    documents  further configurations by which it was decided, beside what is in force: drafts open nothing
    """
    if work.actor.roles is None or not trace:
        return trace
    restricted = restricted_paths((configuration(work), *documents), work.actor.roles)
    return trace if restricted is None else redact(trace, restricted)
