"""Takes all promised, unshipped units of an order back, so that others may have them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.outbox import put_event
from oms.inventory.release_units import release_units
from oms.orders.errors import ReasonMissing
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import lock_placed_order
from oms.orders.record import record_event, roll_up


@dataclass(frozen=True, slots=True, kw_only=True)
class DeallocateOrder:
    order_id: UUID
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDeallocated:
    """released  base units taken back; 0 when nothing was promised"""

    order_id: UUID
    released: Decimal


def deallocate_order(work: Work, command: DeallocateOrder) -> OrderDeallocated:
    """Raises OrderNotFound, OrderNotOpen, ReasonMissing."""
    if not command.reason.strip():
        raise ReasonMissing()
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    wanted = {line.id: line.allocated - line.shipped for line in order.lines}
    released = release_units(work, order.id, wanted, reason=command.reason)
    if released:
        record_event(work, order.id, "deallocated", {"quantity": str(released), "reason": command.reason})
        roll_up(work, order.id)
        facts = {"released": str(released)}
        put_event(work, OrderChangedEvent("order.deallocated", order.id, order.number, facts))
    return OrderDeallocated(order_id=order.id, released=released)
