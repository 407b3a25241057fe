"""Which orders of an imported chunk rules may want to merge or split by themselves."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from kernel.db import Work
from oms.mass.queries import placed_of_chunk
from oms.regrouping.rules_of import merge_rules_of, split_rules_of

# Of the orders of a chunk, those whose buyer has another order near in time: only they can become one.
_NOT_ALONE = """
SELECT a.id FROM unnest(%(orders)s::uuid[]) WITH ORDINALITY AS x (id, place)
JOIN orders a ON a.tenant_id = %(tenant)s AND a.id = x.id AND a.status = 'placed' AND a.open_holds = 0
WHERE EXISTS (
  SELECT FROM orders b WHERE b.tenant_id = %(tenant)s AND b.customer_id = a.customer_id AND b.id <> a.id
    AND b.status = 'placed' AND b.placed_at BETWEEN a.placed_at - %(window)s AND a.placed_at + %(window)s)
ORDER BY x.place
"""


def wanted_of_chunk(work: Work, run_id: UUID, seqs: range) -> tuple[UUID, ...]:
    """The orders of a chunk that rules may want to merge or split by themselves, in the file's order."""
    placed = placed_of_chunk(work, run_id, seqs)
    if not placed:
        return ()
    kind, release = placed[0].order_type, placed[0].release  # one policy places all of a chunk
    splits, merges = split_rules_of(work, kind, release), merge_rules_of(work, kind, release)
    ids = [one.id for one in placed]
    if splits is not None and splits.automatic:
        return tuple(ids)
    if merges is None or not merges.automatic:
        return ()
    window = timedelta(hours=merges.within_hours)
    found = work.rows(_NOT_ALONE, {"tenant": work.tenant_id, "orders": ids, "window": window})
    return tuple(row.id for row in found)
