"""Reads many orders with their lines under their row locks, in key order, in two statements."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kernel.db import Work
from oms.orders.lock_order import LINE_COLUMNS, ORDER_COLUMNS, LockedLine, LockedOrder

_ORDERS = f"""
SELECT {ORDER_COLUMNS} FROM orders
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)
  AND (%(customers)s::uuid[] IS NULL OR customer_id = ANY(%(customers)s))
  AND (%(locations)s::uuid[] IS NULL OR EXISTS (SELECT FROM allocations a
    WHERE a.tenant_id = %(tenant)s AND a.order_id = orders.id AND a.location_id = ANY(%(locations)s)))
ORDER BY id
"""
_LINES = f"""
SELECT order_id, {LINE_COLUMNS} FROM order_lines
WHERE tenant_id = %(tenant)s AND order_id = ANY(%(ids)s) ORDER BY order_id, line_no
"""


def lock_orders(work: Work, order_ids: Sequence[UUID], *, lock: bool = True) -> list[LockedOrder]:
    """Those within the actor's reach, in the order of their ids.

    lock  False only reads them: what was decided on it must be looked at again under the lock
    """
    parameters = {
        "tenant": work.tenant_id, "ids": sorted(set(order_ids)),
        "customers": work.actor.reach_list("customer"), "locations": work.actor.reach_list("location"),
    }  # fmt: skip
    rows = work.rows(f"{_ORDERS} FOR NO KEY UPDATE" if lock else _ORDERS, parameters)
    lines: dict[UUID, list[LockedLine]] = {}
    # A statement of its own: it must see what was committed while the locks were waited for.
    for row in work.rows(_LINES, {"tenant": work.tenant_id, "ids": [row.id for row in rows]}):
        values = row._asdict()
        lines.setdefault(values.pop("order_id"), []).append(LockedLine(**values))
    return [LockedOrder(**row._asdict(), lines=tuple(lines.get(row.id, ()))) for row in rows]
