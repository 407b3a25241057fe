"""A buyer cancels his own order while nothing is on its way: nothing is promised yet, or a hold stops it."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from oms.orders.cancel_order import CancelOrder, CancelReason, OrderCancelled
from oms.orders.lock_order import lock_placed_order
from oms.placement.errors import TooLateToCancel
from oms.placement.follow_approval import cancel_under_approval


def may_cancel(*, status: str, allocated: bool, shipped: bool, open_holds: int) -> bool:
    """Whether a buyer may still cancel the whole order."""
    return status == "placed" and not shipped and (not allocated or open_holds > 0)


def cancel_by_buyer(work: Work, order_id: UUID, *, note: str = "") -> OrderCancelled:
    """Cancels all of it; an approval that still runs is called off.

    raises OrderNotFound where it is out of reach, OrderNotOpen, TooLateToCancel
    """
    order = lock_placed_order(work, order_id)
    if not may_cancel(
        status=order.status, allocated=any(line.allocated for line in order.lines),
        shipped=any(line.shipped for line in order.lines), open_holds=order.open_holds,
    ):  # fmt: skip
        raise TooLateToCancel(number=order.number)
    command = CancelOrder(order_id=order.id, reason=CancelReason.CUSTOMER, note=note.strip()[:500])
    return cancel_under_approval(work, command)
