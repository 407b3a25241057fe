"""Which open units of an order are wanted by now: what is planned for later waits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.instalments.fit_instalments import read_plans
from oms.instalments.plan import due_units
from oms.orders.lock_order import LockedOrder


def due_open(work: Work, order: LockedOrder, days_ahead: int) -> dict[UUID, Decimal]:
    """Line -> open units that are due within `days_ahead` days, in base units, >= 0."""
    open_lines = [line for line in order.lines if line.open > 0]
    plans = read_plans(work, [line.id for line in open_lines]) if open_lines else {}
    until = work.today + timedelta(days=days_ahead)
    found = dict.fromkeys((line.id for line in order.lines), Decimal(0))
    for line in open_lines:
        wanted = line.ordered - line.cancelled
        due = due_units(plans.get(line.id, ()), until, wanted)
        found[line.id] = min(line.open, max(due - line.allocated, Decimal(0)))
    return found
