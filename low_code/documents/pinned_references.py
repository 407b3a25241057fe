"""What flows of earlier releases name, where open approvals still run under them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.registry import Pinned
from low_code.registry.checking import references_of

_OPEN = """
SELECT DISTINCT release, flow_key FROM approval_instances
WHERE tenant_id = %(tenant)s AND status = 'open' AND release <> %(head)s ORDER BY release, flow_key
"""


def pinned_references(work: Work, documents: Mapping[str, Any]) -> list[Pinned]:
    """The references of flows that open approvals run under, where they are of another release than the head's.

    documents  what is to be in force; nothing is looked up unless it lacks a field that the head has
    """
    head = configuration(work)
    if not any(_loses_a_field(head.documents[name], documents.get(name)) for name in _fields_documents(head.documents)):
        return []
    found = []
    for row in work.rows(_OPEN, {"tenant": work.tenant_id, "head": work.tenant.head_release}):
        then = configuration(work, row.release)
        body = then.sound_body("approval_flow", row.flow_key)
        if body is not None:
            references = references_of("approval_flow", row.flow_key, body, then)
            found += [Pinned(row.release, reference) for reference in references]
    return found


def _fields_documents(documents: Mapping[str, Any]) -> list[str]:
    return [name for name in documents if name.startswith("fields/")]


def _loses_a_field(before: Any, after: Any) -> bool:
    return bool(_ids(before) - _ids(after))


def _ids(body: Any) -> set[str]:
    """Ids of fields; of what is not even structured as a document none."""
    fields = body.get("fields") if isinstance(body, Mapping) else None
    return {
        one["id"]
        for one in (fields if isinstance(fields, list) else ())
        if isinstance(one, Mapping) and isinstance(one.get("id"), str)
    }
