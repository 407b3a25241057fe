"""Promises stock to planned deliveries whose day has come near."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from kernel.db import Work
from kernel.errors import DomainError
from oms.placement.follow_up import allocate_by_rule, policy_of_order

_FURTHEST = 365  # days ahead that an order type may promise
# Lines of which more is due than was ever promised or found short; only those that have a plan are looked at.
_WAITING = """
SELECT DISTINCT o.id FROM order_instalments i
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = i.order_id AND o.status = 'placed' AND o.open_holds = 0
JOIN order_lines l ON l.tenant_id = %(tenant)s AND l.id = i.line_id AND l.ordered - l.cancelled > l.allocated
WHERE i.tenant_id = %(tenant)s AND i.due_on <= %(until)s ORDER BY o.id
"""
_DUE = """
SELECT EXISTS (SELECT FROM order_lines l
  JOIN LATERAL (SELECT sum(i.quantity) AS due FROM order_instalments i
    WHERE i.tenant_id = %(tenant)s AND i.line_id = l.id AND i.due_on <= %(until)s) d ON d.due IS NOT NULL
  WHERE l.tenant_id = %(tenant)s AND l.order_id = %(order)s
    AND least(d.due, l.ordered - l.cancelled) > l.allocated + l.backordered)
"""


def orders_with_due_deliveries(work: Work) -> list[UUID]:
    """Orders of types that allocate by themselves with deliveries that nobody has promised or found short yet."""
    rows = work.rows(_WAITING, {"tenant": work.tenant_id, "until": work.today + timedelta(days=_FURTHEST)})
    found = []
    for row in rows:
        policy = policy_of_order(work, row.id)
        if policy.allocation is None or not policy.auto_allocate:
            continue
        until = work.today + timedelta(days=policy.allocation.days_ahead)
        if work.scalar(_DUE, {"tenant": work.tenant_id, "order": row.id, "until": until}):
            found.append(row.id)
    return found


def allocate_due_deliveries(work: Work, order_id: UUID) -> bool:
    """Whether something was promised or found short. An order that moved on meanwhile is left alone; twice is safe."""
    try:
        done = allocate_by_rule(work, order_id)
    except DomainError:  # on hold, closed or cancelled since it was looked up
        return False
    return bool(done.allocated or done.short)
