"""Says who looks at a hold, or that nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from oms.orders.record import record_event
from oms.review.errors import AssigneeUnfit, HoldsGone
from tenants.access.audit import audit

# Rows are locked in the order of their ids, so that two who assign the same ones do not wait for each other for ever.
_LOCK = """
SELECT h.id, h.order_id, h.type, h.assigned_to FROM order_holds h
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = h.order_id AND o.status = 'placed'
WHERE h.tenant_id = %(tenant)s AND h.id = ANY(%(holds)s) AND h.released_at IS NULL
  AND (%(customers)s::uuid[] IS NULL OR o.customer_id = ANY(%(customers)s))
  AND (%(locations)s::uuid[] IS NULL OR EXISTS (SELECT FROM allocations a
    WHERE a.tenant_id = %(tenant)s AND a.order_id = o.id AND a.location_id = ANY(%(locations)s)))
ORDER BY h.id FOR NO KEY UPDATE OF h
"""
_ASSIGN = "UPDATE order_holds SET assigned_to = %(user)s WHERE tenant_id = %(tenant)s AND id = ANY(%(holds)s)"
_NAME = "SELECT name FROM users WHERE tenant_id = %(tenant)s AND id = %(user)s AND kind = 'staff' AND active"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignHolds:
    """user_id: None takes the assignment back"""

    hold_ids: tuple[UUID, ...]
    user_id: UUID | None


def assign_holds(work: Work, command: AssignHolds) -> int:
    """Returns how many changed hands; a second run changes nothing. Raises AssigneeUnfit, HoldsGone."""
    name = None
    if command.user_id is not None:
        name = work.scalar(_NAME, {"tenant": work.tenant_id, "user": command.user_id})
        if name is None:
            raise AssigneeUnfit()
    found = work.rows(
        _LOCK,
        {
            "tenant": work.tenant_id, "holds": list(command.hold_ids),
            "customers": work.actor.reach_list("customer"), "locations": work.actor.reach_list("location"),
        },
    )  # fmt: skip
    if not found:
        raise HoldsGone()
    changed = [row for row in found if row.assigned_to != command.user_id]
    if changed:
        holds = [row.id for row in changed]
        work.execute(_ASSIGN, {"tenant": work.tenant_id, "holds": holds, "user": command.user_id})
    for row in changed:
        record_event(work, row.order_id, "hold_assigned", {"type": row.type, "to": name or ""})
        audit(work, "hold.assign", "hold", to_text("hld", row.id), {"assigned_to": (None, name or "")})
    return len(changed)
