"""Orders that want units: open ones that nobody has promised yet, and those that wait for stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from kernel.db import Work

MOST = 500
_WHERE = """
o.tenant_id = %(tenant)s AND o.status = 'placed' AND o.open_holds = 0
  AND o.fulfilment_status IN ('open', 'partially_allocated', 'partially_shipped')
  AND (%(kind)s = 'all' OR o.backordered = (%(kind)s = 'backordered'))
  AND o.priority >= %(priority)s
  AND (%(search)s = '' OR o.number ILIKE %(search)s || '%%' OR c.number = %(search)s
    OR c.search_text LIKE '%%' || lower(%(search)s) || '%%')
  AND (%(customers)s::uuid[] IS NULL OR o.customer_id = ANY(%(customers)s))
  AND (%(locations)s::uuid[] IS NULL OR EXISTS (SELECT FROM allocations a
    WHERE a.tenant_id = %(tenant)s AND a.order_id = o.id AND a.location_id = ANY(%(locations)s)))
"""
_LIST = f"""
SELECT o.id, o.number, o.priority, o.promise_on, o.placed_at, o.backordered, o.total, o.currency::text AS currency,
  c.name AS customer_name, x.open_units, x.skus
FROM orders o JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
CROSS JOIN LATERAL (SELECT sum(l.ordered - l.cancelled - l.allocated) AS open_units,
    array_agg(DISTINCT l.sku) FILTER (WHERE l.ordered - l.cancelled > l.allocated) AS skus
  FROM order_lines l WHERE l.tenant_id = %(tenant)s AND l.order_id = o.id) x
WHERE {_WHERE} AND x.open_units > 0
ORDER BY o.priority DESC, o.promise_on NULLS LAST, o.placed_at, o.id LIMIT %(most)s
"""
_COUNT = """
SELECT count(*) AS all, count(*) FILTER (WHERE o.backordered) AS backordered FROM orders o
WHERE o.tenant_id = %(tenant)s AND o.status = 'placed' AND o.open_holds = 0
  AND (o.fulfilment_status IN ('open', 'partially_allocated') OR (o.backordered AND o.fulfilment_status <> 'shipped'))
  AND (%(customers)s::uuid[] IS NULL OR o.customer_id = ANY(%(customers)s))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFilter:
    """search: an order's number, a customer's number or part of his name; priority: at least"""

    kind: Literal["all", "backordered", "unallocated"] = "all"
    search: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    """open_units: base units over all lines that nobody has promised; skus: of those lines"""

    id: UUID
    number: str
    priority: int
    promise_on: date | None
    placed_at: datetime
    backordered: bool
    total: Decimal
    currency: str
    customer_name: str
    open_units: Decimal
    skus: Sequence[str]


def waiting_orders(work: Work, wanted: WaitingFilter, *, most: int = MOST) -> list[WaitingOrder]:
    """Within reach and on no hold: the highest priority first, then the earliest promised day, then who came first."""
    parameters = {
        "tenant": work.tenant_id, "kind": wanted.kind, "search": wanted.search.strip(), "priority": wanted.priority,
        "most": most, **_reach(work),
    }  # fmt: skip
    return [WaitingOrder(*row) for row in work.rows(_LIST, parameters)]


def count_waiting(work: Work) -> Any:
    """(all, backordered)"""
    return work.row(_COUNT, {"tenant": work.tenant_id, **_reach(work)})


def _reach(work: Work) -> dict[str, Any]:
    return {"customers": work.actor.reach_list("customer"), "locations": work.actor.reach_list("location")}
