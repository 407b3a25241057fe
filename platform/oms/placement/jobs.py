"""What runs behind orders: filling backorders when stock arrives."""

from __future__ import annotations

from kernel.db import Work
from kernel.ids import from_text
from kernel.jobs import consumes
from kernel.outbox import Delivery
from oms.allocation.allocate_order import allocate_locked
from oms.orders.lock_order import lock_order
from oms.orders.order_values import order_values
from oms.placement.follow_up import policy_of_order

# Who waited longest is filled first. Orders on hold wait until they are released.
_WAITING = """
SELECT DISTINCT o.id, o.placed_at FROM order_lines l
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = l.order_id AND o.status = 'placed' AND o.open_holds = 0
WHERE l.tenant_id = %(tenant)s AND l.sku_id = %(sku)s AND l.backordered > 0
ORDER BY o.placed_at, o.id LIMIT %(most)s
"""
_FREE = "SELECT sum(available) FROM stock_positions WHERE tenant_id = %(tenant)s AND sku_id = %(sku)s"
_MOST = 500


@consumes("stock.arrived", name="placement.fill_backorders", queue="allocation")
def fill_backorders(work: Work, delivery: Delivery) -> None:
    """Promises what arrived to the orders that wait for it, first come first served, until it is gone."""
    sku_id = from_text("sku", delivery.payload["sku_id"])
    parameters = {"tenant": work.tenant_id, "sku": sku_id, "most": _MOST}
    for waiting in work.rows(_WAITING, parameters):
        if not work.scalar(_FREE, parameters):
            return
        order = lock_order(work, waiting.id)
        policy = policy_of_order(work, order.id)
        if order.status == "placed" and not order.open_holds and policy.allocation is not None:
            allocate_locked(work, order, policy.allocation, order_values(work, order.id))
