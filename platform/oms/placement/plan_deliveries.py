"""Plans the deliveries of a placed order anew: days and quantities of lines, as far as nothing of them has moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Problem
from kernel.ids import to_text
from kernel.outbox import put_event
from oms.allocation.allocate_order import allocate_locked
from oms.instalments.check_plan import moved_faults, plan_faults
from oms.instalments.errors import PlanInvalid
from oms.instalments.fit_instalments import read_plans, replace_plans
from oms.instalments.plan import Instalment
from oms.orders.due_open import due_open
from oms.orders.errors import LineNotFound
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder, lock_placed_order
from oms.orders.order_values import order_values
from oms.orders.record import record_event, roll_up
from oms.placement.follow_up import policy_of_order
from tenants.access.audit import audit

# What is not due any more does not wait for stock any more.
_WAIT = """
UPDATE order_lines l SET backordered = least(l.backordered, x.due)
FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, due numeric)
WHERE l.tenant_id = %(tenant)s AND l.id = x.id AND l.backordered > x.due
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDeliveries:
    """plans  line -> its deliveries in base units; () wants all of it at once. Lines that are not named stay."""

    order_id: UUID
    plans: Mapping[UUID, Sequence[Instalment]]
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesPlanned:
    """lines: how many have another plan now; allocated: base units promised because they are due now"""

    order_id: UUID
    lines: int
    allocated: Decimal


def plan_deliveries(work: Work, command: PlanDeliveries) -> DeliveriesPlanned:
    """One transaction; the same plan again changes nothing.

    raises  OrderNotFound, OrderChanged, OrderNotOpen, LineNotFound, PlanInvalid with every fault
    """
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    before = read_plans(work, command.plans)
    wanted = {
        line: tuple(sorted(plan, key=lambda one: one.due_on)) for line, plan in command.plans.items()
    }  # fmt: skip
    _check(work, order, before, wanted)
    changed = {line: plan for line, plan in wanted.items() if plan != before.get(line, ())}
    if not changed:
        return DeliveriesPlanned(order_id=order.id, lines=0, allocated=Decimal(0))
    replace_plans(work, changed)
    policy = policy_of_order(work, order.id)
    due = due_open(work, order, policy.allocation.days_ahead if policy.allocation else 0)
    rows = [{"id": line, "due": due.get(line, Decimal(0))} for line in changed]
    work.execute(_WAIT, {"tenant": work.tenant_id, "lines": dumps(rows)})
    _record(work, order, before, changed)
    roll_up(work, order.id)
    allocated = Decimal(0)
    if policy.allocation is not None and policy.auto_allocate and not order.open_holds:
        fresh = lock_placed_order(work, order.id)
        allocated = allocate_locked(work, fresh, policy.allocation, order_values(work, order.id)).allocated
    return DeliveriesPlanned(order_id=order.id, lines=len(changed), allocated=allocated)


def _check(
    work: Work, order: LockedOrder, before: Mapping[UUID, Sequence[Instalment]],
    wanted: Mapping[UUID, Sequence[Instalment]],
) -> None:  # fmt: skip
    lines = {line.id: line for line in order.lines}
    problems: list[Problem] = []
    for index, (line_id, plan) in enumerate(wanted.items()):
        line = lines.get(line_id)
        if line is None:
            raise LineNotFound(line_id=to_text("lin", line_id))
        pointer, old = f"/lines/{index}/instalments", before.get(line_id, ())
        if plan:
            kept = frozenset(one.due_on for one in old)
            problems += plan_faults(pointer, plan, line.ordered - line.cancelled, work.today, kept=kept)
        problems += moved_faults(pointer, old, plan, line.allocated)
    if problems:
        raise PlanInvalid(problems=problems)


def _record(
    work: Work, order: LockedOrder, before: Mapping[UUID, Sequence[Instalment]],
    changed: Mapping[UUID, Sequence[Instalment]],
) -> None:  # fmt: skip
    skus = {line.id: line.sku for line in order.lines}
    told: list[dict[str, Any]] = [
        {"sku": skus[line], "before": _told(before.get(line, ())), "after": _told(plan)}
        for line, plan in changed.items()
    ]
    record_event(work, order.id, "deliveries_planned", {"lines": told})
    put_event(work, OrderChangedEvent("order.deliveries_planned", order.id, order.number, {"lines": told}))
    shown = {f"{one['sku']}": (", ".join(one["before"]) or None, ", ".join(one["after"]) or None) for one in told[:20]}
    audit(work, "order.plan_deliveries", "order", to_text("ord", order.id), shown)


def _told(plan: Sequence[Instalment]) -> list[str]:
    return [f"{one.due_on.isoformat()} {one.quantity.normalize():f}" for one in plan]
