"""Serves orders that wait for a SKU, page by page in the order of the queue."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from oms.allocation.queue import QueueKey, Waiting, common_queue, in_queue
from oms.placement.allocate_batch import AllocateBatch, allocate_batch
from oms.placement.errors import OrderTypeUnknown
from oms.placement.policy_for import policy_for

# Orders on hold wait until they are released. The one that was served last is there as well, to go on after it.
_WAITING = """
SELECT o.id, o.priority, o.promise_on, o.placed_at, o.order_type, o.release, coalesce(g.key, '') AS customer_class,
  EXISTS (SELECT FROM order_lines l WHERE l.tenant_id = %(tenant)s AND l.order_id = o.id AND l.sku_id = %(sku)s
    AND l.backordered > 0) AND o.status = 'placed' AND o.open_holds = 0 AS waits
FROM orders o
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
WHERE o.tenant_id = %(tenant)s AND o.id IN (
  SELECT l.order_id FROM order_lines l WHERE l.tenant_id = %(tenant)s AND l.sku_id = %(sku)s AND l.backordered > 0
  UNION ALL SELECT %(after)s::uuid)
"""
_FREE = "SELECT sum(available) FROM stock_positions WHERE tenant_id = %(tenant)s AND sku_id = %(sku)s"


def fill_page(work: Work, sku_id: UUID, *, after: UUID | None, most: int) -> UUID | None:
    """Serves the next `most` orders that wait for the SKU. Returns the last of them where others stand behind it and
    something is left for them; else None.

    after  the last order of the page before; None: from the first on
    """
    parameters = {"tenant": work.tenant_id, "sku": sku_id, "after": after}
    if not work.scalar(_FREE, parameters):
        return None
    rows = {row.id: row for row in work.rows(_WAITING, parameters)}
    waiting = [
        Waiting(
            order_id=row.id, priority=row.priority, promise_on=row.promise_on, customer_class=row.customer_class,
            placed_at=row.placed_at,
        )
        for row in rows.values()
    ]  # fmt: skip
    kinds = {(row.order_type, row.release) for row in rows.values()}
    queues = [keys for kind in sorted(kinds) if (keys := _queue_of(work, *kind)) is not None]
    queue = [one.order_id for one in in_queue(waiting, common_queue(queues))]
    begin = queue.index(after) + 1 if after in queue else 0
    ahead = [order for order in queue[begin:] if rows[order].waits]
    page = ahead[:most]
    if not page:
        return None
    allocate_batch(work, AllocateBatch(order_ids=tuple(page)))
    return page[-1] if len(ahead) > len(page) and work.scalar(_FREE, parameters) else None


def _queue_of(work: Work, order_type: str, release: int) -> tuple[QueueKey, ...] | None:
    try:
        rule = policy_for(work, order_type, release).allocation
    except OrderTypeUnknown:
        return None
    return rule.queue if rule is not None else None
