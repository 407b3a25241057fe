"""Decisions and events as the actor may read them: the one place that pages and the API come through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.kinds.fields.restricted import restricted_paths
from low_code.registry import Configuration
from low_code.traces import redact
from oms.fields.judge_values import seen_values


def seen_trace(work: Work, trace: Any, *documents: Configuration) -> Any:
    """The trace without the values that the actor's roles do not show him.

    documents  further configurations by which it was decided, beside what is in force: drafts open nothing
    """
    if work.actor.roles is None or not trace:
        return trace
    restricted = restricted_paths((configuration(work), *documents), work.actor.roles)
    return trace if restricted is None else redact(trace, restricted)


def seen_facts(work: Work, entity: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts of an event. Of values that were changed (`fields`: key -> [before, after]) what the actor may see."""
    changed = facts.get("fields")
    if work.actor.roles is None or not isinstance(changed, Mapping):
        return facts
    before, after = (seen_values(work, entity, {key: pair[turn] for key, pair in changed.items()}) for turn in (0, 1))
    keys = [key for key in changed if key in before or key in after]
    return {**facts, "fields": {key: [before.get(key), after.get(key)] for key in keys}}
