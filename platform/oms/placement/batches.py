"""Batches that were allocated or tried, as they are kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.placement.errors import BatchNotFound

_READ = """
SELECT id, mode, dry_run, orders, result, seconds, at, actor FROM allocation_batches
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
_LIST = """
SELECT id, mode, dry_run, orders, seconds, at, actor, result -> 'fill_percent' #>> '{}' AS fill_percent,
  result -> 'splits' #>> '{}' AS splits, result -> 'cost' ->> 'total' AS cost
FROM allocation_batches WHERE tenant_id = %(tenant)s ORDER BY id DESC LIMIT %(most)s
"""


def read_batch(work: Work, batch_id: UUID) -> Any:
    """(id, mode, dry_run, orders, result, seconds, at, actor). Raises BatchNotFound.

    Who sees but some customers or locations sees no batch: it names orders of all.
    """
    row = None if _is_limited(work) else work.row(_READ, {"tenant": work.tenant_id, "id": batch_id})
    if row is None:
        raise BatchNotFound()
    return row


def recent_batches(work: Work, *, most: int = 10) -> list[Any]:
    """The newest first, without what each order got."""
    return [] if _is_limited(work) else list(work.rows(_LIST, {"tenant": work.tenant_id, "most": most}))


def _is_limited(work: Work) -> bool:
    return work.actor.reach_list("customer") is not None or work.actor.reach_list("location") is not None
