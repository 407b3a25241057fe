"""What follows a change of an order, by the configuration that the order is pinned to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.allocation.allocate_order import AllocateOrder, OrderAllocated, allocate_locked, allocate_order
from oms.allocation.errors import NoAllocationRule
from oms.orders.check_credit import check_credit_at
from oms.orders.errors import OrderNotFound
from oms.orders.lock_order import lock_placed_order
from oms.orders.order_values import order_values
from oms.orders.release_hold import HoldReleased
from oms.placement.policy import OrderPolicy
from oms.placement.policy_for import policy_for
from oms.pricing.amounts import Rounding

_PINNED = "SELECT order_type, release FROM orders WHERE tenant_id = %(tenant)s AND id = %(order)s"


def policy_of_order(work: Work, order_id: UUID) -> OrderPolicy:
    """The order type of the release under which the order was placed. Raises OrderNotFound."""
    row = work.row(_PINNED, {"tenant": work.tenant_id, "order": order_id})
    if row is None:
        raise OrderNotFound(order_id=str(order_id))
    return policy_for(work, row.order_type, row.release)


def rounding_of(work: Work, order_id: UUID) -> Rounding:
    """How the order's amounts are rounded. Raises OrderNotFound."""
    return policy_of_order(work, order_id).rounding


def allocate_by_rule(work: Work, order_id: UUID, *, expected_version: int | None = None) -> OrderAllocated:
    """Promises stock to what is open. Raises as allocate_order, and NoAllocationRule."""
    policy = policy_of_order(work, order_id)
    if policy.allocation is None:
        raise NoAllocationRule(order_type=policy.key)
    command = AllocateOrder(order_id=order_id, expected_version=expected_version)
    return allocate_order(work, command, policy.allocation, order_values(work, order_id))


def follow_release(work: Work, released: HoldReleased) -> OrderAllocated | None:
    """Promises stock to an order that the last hold just left, where its type allocates by itself.

    Credit is checked once more where the account's policy says so: the order may be held again, or CreditStops.
    """
    if released.holds_left:
        return None
    policy = policy_of_order(work, released.order_id)
    order = lock_placed_order(work, released.order_id)
    decision = check_credit_at(work, order, "release", policy.credit)
    if decision.verdict in {"hold", "block"} or policy.allocation is None or not policy.auto_allocate:
        return None
    values: dict[str, Any] = order_values(work, released.order_id)
    return allocate_locked(work, order, policy.allocation, values)
