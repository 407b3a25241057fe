"""Promises stock to the open units of a placed order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.outbox import put_event
from oms.allocation.decide import Turn, decide_turn, take_turn
from oms.allocation.facts import load_facts
from oms.allocation.plan import AllocationPlan, Demand
from oms.allocation.policy import AllocationPolicy
from oms.allocation.write_picks import write_picks
from oms.inventory.lock_positions import lock_positions
from oms.orders.due_open import due_open
from oms.orders.errors import OrderOnHold
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder, lock_placed_order
from oms.orders.record import record_decision, record_event, roll_up
from oms.reservations.give_back import give_back
from oms.reservations.promisable import Buyer, load_promisable


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocateOrder:
    order_id: UUID
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAllocated:
    """allocated  base units promised just now; 0 when nothing was open or nobody could promise
    short      base units that stay backordered
    """

    order_id: UUID
    allocated: Decimal
    short: Decimal


def allocate_order(
    work: Work, command: AllocateOrder, policy: AllocationPolicy, values: Mapping[str, Any]
) -> OrderAllocated:
    """Promises what is open, as far as stock goes. A second run changes nothing and announces nothing.

    policy  the allocation rule that the order is pinned to
    values  the order as rules read it (`order_values`)
    raises  OrderNotFound, OrderNotOpen, OrderOnHold
    """
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    if order.open_holds:
        raise OrderOnHold(number=order.number, types=", ".join(_hold_types(work, order)))
    return allocate_locked(work, order, policy, values)


def allocate_locked(
    work: Work,
    order: LockedOrder,
    policy: AllocationPolicy,
    values: Mapping[str, Any],
    *,
    more: Mapping[str, Any] | None = None,
) -> OrderAllocated:
    """As allocate_order, for an order that the caller has locked and found free of holds. more: for the trace"""
    due = due_open(work, order, policy.days_ahead)
    demand = [Demand(line.id, line.sku_id, line.sku, due[line.id]) for line in order.lines if due[line.id] > 0]
    if not demand:
        return OrderAllocated(order_id=order.id, allocated=Decimal(0), short=Decimal(0))
    skus = [line.sku_id for line in demand]
    stock = lock_positions(work, skus)
    turn = Turn(buyer=buyer_of(order), demand=demand, ship_to=order.ship_to, values=values)
    promisable = load_promisable(work, stock, [turn.buyer])
    known = load_facts(work, [policy.rule], stock, skus, [order.id])
    decided = decide_turn(turn, policy, promisable, known, now=work.now, today=work.today)
    plan = take_turn(turn, decided, promisable, known)
    give_back(work, promisable.given_back)
    known_short = {line.id: line.backordered for line in order.lines}
    if not plan.picks and all(known_short[line] == units for line, units in plan.short.items()):
        return OrderAllocated(order_id=order.id, allocated=Decimal(0), short=sum(plan.short.values(), Decimal(0)))
    write_picks(work, order.id, plan.picks, {line.line_id: plan.short.get(line.line_id, Decimal(0)) for line in demand})
    return _record(work, order, plan, {**decided.trace, **(more or {})})


def buyer_of(order: LockedOrder) -> Buyer:
    return Buyer(
        order_id=order.id, customer_id=order.customer_id, channel=order.channel, reference=order.outside_number
    )


def _record(work: Work, order: LockedOrder, plan: AllocationPlan, trace: Mapping[str, Any]) -> OrderAllocated:
    allocated = sum((pick.quantity for pick in plan.picks), Decimal(0))
    short = sum(plan.short.values(), Decimal(0))
    record_decision(
        work, order.id, "allocation", release=order.release, outcome=plan.summary(),
        trace=trace,
    )  # fmt: skip
    if plan.picks:
        record_event(work, order.id, "allocated", {"quantity": str(allocated), "locations": len(plan.locations)})
    if short:
        record_event(work, order.id, "backordered", {"quantity": str(short)})
    roll_up(work, order.id)
    facts = {"allocated": str(allocated), "short": str(short)}
    put_event(work, OrderChangedEvent("order.allocated", order.id, order.number, facts))
    return OrderAllocated(order_id=order.id, allocated=allocated, short=short)


def _hold_types(work: Work, order: LockedOrder) -> list[str]:
    rows = work.rows(
        "SELECT DISTINCT type FROM order_holds"
        " WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND released_at IS NULL ORDER BY type",
        {"tenant": work.tenant_id, "order": order.id},
    )
    return [row.type for row in rows]
