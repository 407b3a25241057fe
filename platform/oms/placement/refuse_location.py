"""A location cannot ship what it was promised to ship: the units are taken from it, and others are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.outbox import put_event
from oms.allocation.allocate_order import OrderAllocated, allocate_locked
from oms.allocation.errors import NoAllocationRule
from oms.allocation.policy import AllocationPolicy
from oms.inventory.errors import LocationNotFound
from oms.inventory.lock_positions import lock_positions
from oms.inventory.release_units import release_units
from oms.orders.errors import ReasonMissing
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import lock_order, lock_placed_order
from oms.orders.order_values import order_values
from oms.orders.record import record_event, roll_up
from oms.placement.errors import NothingPromisedThere
from oms.placement.follow_up import policy_of_order

_LOCATION = "SELECT id FROM locations WHERE tenant_id = %(tenant)s AND key = %(key)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseLocation:
    """location: its key"""

    order_id: UUID
    location: str
    reason: str
    expected_version: int | None = None


def refuse_location(work: Work, command: RefuseLocation) -> OrderAllocated:
    """What of the order is not shipped leaves the location, and goes to another as far as there is one; the rest waits.

    raises  OrderNotFound, OrderChanged, OrderNotOpen, ReasonMissing, LocationNotFound, NothingPromisedThere,
            NoAllocationRule
    """
    if not command.reason.strip():
        raise ReasonMissing()
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    policy = policy_of_order(work, order.id)
    if policy.allocation is None:
        raise NoAllocationRule(order_type=policy.key)
    location = work.scalar(_LOCATION, {"tenant": work.tenant_id, "key": command.location})
    if location is None:
        raise LocationNotFound(location=command.location)
    lock_positions(work, [line.sku_id for line in order.lines])
    wanted = {line.id: line.allocated - line.shipped for line in order.lines}
    released = release_units(work, order.id, wanted, reason=command.reason, location_id=location)
    if not released:
        raise NothingPromisedThere(location=command.location, number=order.number)
    facts = {"quantity": str(released), "location": command.location, "reason": command.reason}
    record_event(work, order.id, "location_refused", facts)
    put_event(work, OrderChangedEvent("order.location_refused", order.id, order.number, facts))
    roll_up(work, order.id)
    others = replace(policy.allocation, takes_part=_others(policy.allocation, command.location))
    more = {"refused": {"location": command.location, "reason": command.reason}}
    return allocate_locked(work, lock_order(work, order.id), others, order_values(work, order.id), more=more)


def _others(policy: AllocationPolicy, refused: str) -> Any:
    def takes_part(values: Mapping[str, Any], *, now: datetime, today: date) -> bool:
        if values["location"]["key"] == refused:
            return False
        return policy.takes_part is None or policy.takes_part(values, now=now, today=today)

    return takes_part
