"""What runs behind orders: filling backorders when stock arrives, and the timers of approvals."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from kernel.ids import from_text, to_text
from kernel.jobs import consumes, every
from kernel.outbox import Delivery, put_message
from low_code.flows.fire_timers import claim_due_timers
from oms.allocation.allocate_order import allocate_locked
from oms.orders.lock_order import lock_order
from oms.orders.order_values import order_values
from oms.placement.allocate_due import allocate_due_deliveries, orders_with_due_deliveries
from oms.placement.approval_timers import fire_approval_timer
from oms.placement.follow_approval import cancel_refused_order
from oms.placement.follow_up import policy_of_order
from oms.placement.start_order_approval import SUBJECT

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


@every(seconds=3600, name="placement.find_due_deliveries")
def find_due_deliveries(work: Work) -> None:
    """Has a worker promise stock to each order with planned deliveries that came near, one transaction each."""
    for order_id in orders_with_due_deliveries(work):
        put_message(work, "order.delivery_due", {"order_id": to_text("ord", order_id)})


@consumes("order.delivery_due", name="placement.allocate_due_delivery", queue="allocation")
def allocate_due_delivery(work: Work, delivery: Delivery) -> None:
    """Twice is safe: what is promised already is not due any more."""
    order_id = from_text("ord", delivery.payload["order_id"])
    if order_id is not None:
        allocate_due_deliveries(work, order_id)


@every(seconds=10, name="placement.find_due_approval_timers")
def find_due_approval_timers(work: Work) -> None:
    """Has a worker fire each timer whose time has come, in a transaction of its own. A timer stays asked for some
    minutes; if its worker died it is found again."""
    for timer_id in claim_due_timers(work):
        put_message(work, "approval.timer_due", {"timer": to_text("tmr", timer_id)})


@consumes("approval.timer_due", name="placement.fire_approval_timer", queue="approvals")
def fire_due_approval_timer(work: Work, delivery: Delivery) -> None:
    timer_id = from_text("tmr", delivery.payload["timer"])
    if timer_id is not None:
        fire_approval_timer(work, timer_id)


@consumes("approval.rejected", name="placement.cancel_refused", queue="approvals")
def cancel_refused(work: Work, delivery: Delivery) -> None:
    """Cancels an order whose approval was refused while it was being written, by a rule of the flow. Who refuses an
    order later cancels it in the same step; then nothing is left to do here."""
    if delivery.payload["subject_kind"] == SUBJECT:
        cancel_refused_order(work, UUID(delivery.payload["subject_id"]))
