"""Gives a placed order another priority, and where its rule lets it, units that were promised to lower ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.i18n import N_
from kernel.ids import to_text
from kernel.outbox import put_event
from oms.allocation.allocate_order import OrderAllocated, allocate_locked
from oms.allocation.policy import AllocationPolicy
from oms.inventory.lock_positions import lock_positions
from oms.inventory.release_units import release_units
from oms.orders.errors import OrderChanged, OrderNotFound, OrderNotOpen
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder
from oms.orders.lock_orders import lock_orders
from oms.orders.order_values import order_values
from oms.orders.record import record_event, roll_up
from oms.placement.errors import PriorityUnknown
from oms.placement.follow_up import policy_of_order
from oms.sourcing.choose_places import choose_places

_ZERO = Decimal(0)
_SET = """
UPDATE orders SET priority = %(priority)s, promise_on = %(promise_on)s, version = version + 1
WHERE tenant_id = %(tenant)s AND id = %(order)s
"""
# Who has units that a higher priority could be given: the lowest first, of equals who came last.
_LOWER = """
SELECT a.order_id, o.priority, o.placed_at FROM allocations a
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = a.order_id AND o.status = 'placed' AND o.priority < %(priority)s
WHERE a.tenant_id = %(tenant)s AND a.sku_id = ANY(%(skus)s) AND a.released + a.shipped < a.quantity
GROUP BY a.order_id, o.priority, o.placed_at
ORDER BY o.priority, o.placed_at DESC, a.order_id LIMIT %(most)s
"""
_PROMISED = """
SELECT a.order_id, a.line_id, a.sku_id, a.location_id, sum(a.quantity - a.released - a.shipped) AS units
FROM allocations a
WHERE a.tenant_id = %(tenant)s AND a.order_id = ANY(%(orders)s) AND a.sku_id = ANY(%(skus)s)
  AND a.released + a.shipped < a.quantity
GROUP BY 1, 2, 3, 4
"""
_MOST_LOSERS = 200
TAKEN = N_("a higher priority takes them")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    """priority  0 to 9; promise_on: None takes the promised day away"""

    order_id: UUID
    priority: int
    promise_on: date | None = None
    reason: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrioritySet:
    """allocated  base units promised because of it; taken_from: numbers of the orders that lost units"""

    order_id: UUID
    priority: int
    allocated: Decimal
    taken_from: tuple[str, ...]


def set_priority(work: Work, command: SetPriority) -> PrioritySet:
    """One transaction: the order, and whoever loses units, are locked in the order of their ids, then the stock.

    raises  OrderNotFound, OrderChanged, OrderNotOpen, PriorityUnknown
    """
    if command.priority not in range(10):
        raise PriorityUnknown(priority=command.priority)
    before = _read_one(work, command.order_id, lock=False)
    policy = policy_of_order(work, before.id).allocation
    takes = policy is not None and policy.may_take_from_lower and not before.open_holds
    losers = _lower(work, before, command.priority) if takes else []
    locked = {order.id: order for order in lock_orders(work, [command.order_id, *losers])}
    order = _checked(locked, command)
    if (order.priority, order.promise_on) != (command.priority, command.promise_on):
        _write(work, order, command)
    nothing = PrioritySet(order_id=order.id, priority=command.priority, allocated=_ZERO, taken_from=())
    if policy is None or order.open_holds or not any(line.open > 0 for line in order.lines):
        return nothing
    others = [
        locked[one]
        for one in losers
        if one in locked and locked[one].status == "placed" and locked[one].priority < command.priority
    ]
    skus = {line.sku_id for one in (order, *others) for line in one.lines}
    lock_positions(work, sorted(skus))  # all that is touched below, once, in key order
    values = order_values(work, order.id)
    done = allocate_locked(work, order, policy, values)
    if not others or not done.short:
        return PrioritySet(order_id=order.id, priority=command.priority, allocated=done.allocated, taken_from=())
    return _take_from_lower(work, order, policy, values, others, command, done)


def _write(work: Work, order: LockedOrder, command: SetPriority) -> None:
    day = command.promise_on.isoformat() if command.promise_on else None
    facts = {"from": order.priority, "to": command.priority, "promise_on": day, "reason": command.reason}
    parameters = {
        "tenant": work.tenant_id, "order": order.id, "priority": command.priority, "promise_on": command.promise_on,
    }  # fmt: skip
    work.execute(_SET, parameters)
    record_event(work, order.id, "priority_set", facts)
    put_event(work, OrderChangedEvent("order.priority_set", order.id, order.number, facts))


def _take_from_lower(
    work: Work, order: LockedOrder, policy: AllocationPolicy, values: Mapping[str, Any],
    others: Sequence[LockedOrder], command: SetPriority, first: OrderAllocated,
) -> PrioritySet:  # fmt: skip
    """Releases what is lacking, promises it to the order, and serves those that lost again from what is left."""
    order = _read_one(work, order.id, lock=True)
    lacking: dict[UUID, Decimal] = {}
    for line in order.lines:
        if line.open > 0:
            lacking[line.sku_id] = lacking.get(line.sku_id, _ZERO) + line.open
    releases = _whom_to_ask(work, policy, values, others, lacking)
    if not releases or (_waits_for_all(policy, values) and any(lacking.values())):
        return PrioritySet(order_id=order.id, priority=command.priority, allocated=first.allocated, taken_from=())
    numbers = {one.id: one.number for one in others}
    for loser, lines in releases.items():
        for (line_id, location), units in lines.items():
            release_units(work, loser, {line_id: units}, reason=TAKEN, location_id=location)
        facts = {"quantity": str(sum(lines.values(), _ZERO)), "to": order.number}
        record_event(work, loser, "taken_by_priority", facts)
        roll_up(work, loser)
    told = [{"order": numbers[loser], "quantity": str(sum(lines.values(), _ZERO))} for loser, lines in releases.items()]
    second = allocate_locked(work, order, policy, values, more={"taken_from": told})
    lost_to = {"order": order.number, "order_id": to_text("ord", order.id), "priority": command.priority}
    for loser in releases:
        _serve_again(work, loser, lost_to, sum(releases[loser].values(), _ZERO))
    return PrioritySet(
        order_id=order.id, priority=command.priority, allocated=first.allocated + second.allocated,
        taken_from=tuple(numbers[loser] for loser in releases),
    )  # fmt: skip


def _whom_to_ask(
    work: Work, policy: AllocationPolicy, values: Mapping[str, Any], others: Sequence[LockedOrder],
    lacking: dict[UUID, Decimal],
) -> dict[UUID, dict[tuple[UUID, UUID], Decimal]]:  # fmt: skip
    """loser -> (line, location) -> units, from the lowest priority up; only at locations that may ship the order.
    `lacking` goes down to what nobody can give."""
    stock = lock_positions(work, sorted(lacking))
    may_ship = {
        place.id for place in choose_places(stock.places, policy.takes_part, values, now=work.now, today=work.today)[0]
    }
    parameters = {"tenant": work.tenant_id, "orders": [one.id for one in others], "skus": sorted(lacking)}
    promised: dict[UUID, list[Any]] = {}
    for row in work.rows(_PROMISED, parameters):
        promised.setdefault(row.order_id, []).append(row)
    found: dict[UUID, dict[tuple[UUID, UUID], Decimal]] = {}
    for one in others:
        for row in sorted(promised.get(one.id, ()), key=lambda row: (row.line_id, row.location_id)):
            units = min(row.units, lacking[row.sku_id]) if row.location_id in may_ship else _ZERO
            if units > 0:
                found.setdefault(one.id, {})[row.line_id, row.location_id] = units
                lacking[row.sku_id] -= units
    return found


def _waits_for_all(policy: AllocationPolicy, values: Mapping[str, Any]) -> bool:
    rule = policy.rule.for_order(values)
    return rule.partial == "whole_order" or not rule.allow_split


def _serve_again(work: Work, loser: UUID, lost_to: Mapping[str, Any], units: Decimal) -> None:
    order = _read_one(work, loser, lock=True)
    policy = policy_of_order(work, loser).allocation
    facts = {"released": str(units), "taken_by": lost_to["order"]}
    put_event(work, OrderChangedEvent("order.deallocated", order.id, order.number, facts))
    if policy is not None and not order.open_holds:
        allocate_locked(work, order, policy, order_values(work, loser), more={"lost_to": lost_to})


def _lower(work: Work, order: LockedOrder, priority: int) -> list[UUID]:
    skus = sorted({line.sku_id for line in order.lines if line.open > 0})
    if not skus:
        return []
    parameters = {"tenant": work.tenant_id, "skus": skus, "priority": priority, "most": _MOST_LOSERS}
    return [row.order_id for row in work.rows(_LOWER, parameters) if row.order_id != order.id]


def _read_one(work: Work, order_id: UUID, *, lock: bool) -> LockedOrder:
    found = lock_orders(work, [order_id], lock=lock)
    if not found:
        raise OrderNotFound(order_id=str(order_id))
    return found[0]


def _checked(locked: Mapping[UUID, LockedOrder], command: SetPriority) -> LockedOrder:
    order = locked.get(command.order_id)
    if order is None:
        raise OrderNotFound(order_id=str(command.order_id))
    if command.expected_version is not None and order.version != command.expected_version:
        raise OrderChanged(version=order.version, changed_by="")
    if order.status != "placed":
        raise OrderNotOpen(number=order.number, status=order.status)
    return order
