"""What runs behind orders: filling backorders when stock arrives, and the timers of approvals."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from kernel.ids import from_text, to_text
from kernel.jobs import consumes, every
from kernel.outbox import Delivery, put_message
from low_code.flows.fire_timers import claim_due_timers
from oms.placement.allocate_due import allocate_due_deliveries, orders_with_due_deliveries
from oms.placement.approval_timers import fire_approval_timer
from oms.placement.fill_waiting import fill_page
from oms.placement.follow_approval import cancel_refused_order
from oms.placement.start_order_approval import SUBJECT

PAGE = 200  # orders that are locked and filled in one transaction


@consumes("stock.arrived", name="placement.fill_backorders", queue="allocation")
def fill_backorders(work: Work, delivery: Delivery) -> None:
    """Promises what arrived to the orders that wait for it, in the order of the queue, until it is gone. A page of
    orders is one transaction; the message for the next one goes out with it."""
    sku_id = from_text("sku", delivery.payload["sku_id"])
    if sku_id is None:
        return
    after = from_text("ord", delivery.payload.get("after") or "")
    last = fill_page(work, sku_id, after=after, most=PAGE)
    if last is not None:
        put_message(work, "stock.arrived", {"sku_id": to_text("sku", sku_id), "after": to_text("ord", last)})


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
