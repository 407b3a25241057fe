"""Orders that a search for customers names by their number, ours or a channel's."""

from __future__ import annotations

from typing import Any

from kernel.db import Work
from oms.customers.queries import looked_for

_NAMED = """
SELECT x.id, x.number, x.outside_number, c.name AS customer_name FROM (
  SELECT o.id, o.number, o.outside_number, o.customer_id FROM orders o
  WHERE o.tenant_id = %(tenant)s AND o.number = upper(%(exact)s)
  UNION
  SELECT o.id, o.number, o.outside_number, o.customer_id FROM orders o
  WHERE o.tenant_id = %(tenant)s AND o.channel = ANY(%(channels)s::text[])
    AND o.outside_number = %(exact)s
) x
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = x.customer_id
WHERE %(customers)s::uuid[] IS NULL OR x.customer_id = ANY(%(customers)s)
ORDER BY x.id DESC LIMIT %(limit)s
"""


def named_orders(work: Work, search: str, *, limit: int = 5) -> list[Any]:
    """(id, number, outside_number, customer_name) of each within reach, newest first; [] where nothing is sought."""
    if not search.strip():
        return []
    return work.rows(
        _NAMED,
        {
            "tenant": work.tenant_id, "customers": work.actor.reach_list("customer"), "limit": limit,
            **looked_for(work, search),
        },
    )  # fmt: skip
