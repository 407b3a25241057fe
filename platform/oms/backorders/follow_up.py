"""Notes what is to be done about a line that waits, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from oms.backorders.errors import BackorderNotFound, FollowUpInvalid, FollowUpNotFound
from oms.orders.lock_order import lock_placed_order
from oms.orders.record import record_event

LONGEST_NOTE = 500
_SAVE = """
INSERT INTO backorder_follow_ups (tenant_id, id, order_id, line_id, note, due_on, created_at, created_by)
VALUES (%(tenant)s, %(id)s, %(order)s, %(line)s, %(note)s, %(due_on)s, %(now)s, %(actor)s)
ON CONFLICT (tenant_id, line_id) WHERE done_at IS NULL
DO UPDATE SET note = excluded.note, due_on = excluded.due_on
RETURNING id
"""
_DONE = """
UPDATE backorder_follow_ups SET done_at = %(now)s, done_by = %(actor)s
WHERE tenant_id = %(tenant)s AND id = %(id)s AND done_at IS NULL RETURNING order_id, note
"""
_ORDER_OF = "SELECT order_id FROM backorder_follow_ups WHERE tenant_id = %(tenant)s AND id = %(id)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """due_on: tenant-local day"""

    order_id: UUID
    line_id: UUID
    note: str
    due_on: date | None


def follow_up(work: Work, command: FollowUp) -> UUID:
    """One is open for a line: another note takes its place. Returns its id.

    raises  OrderNotFound, OrderNotOpen, BackorderNotFound, FollowUpInvalid
    """
    note = command.note.strip()
    if not note or len(note) > LONGEST_NOTE or command.due_on is None:
        raise FollowUpInvalid()
    order = lock_placed_order(work, command.order_id)
    if not any(line.id == command.line_id and line.backordered > 0 for line in order.lines):
        raise BackorderNotFound()
    parameters = {
        "tenant": work.tenant_id, "id": new_id(), "order": order.id, "line": command.line_id, "note": note,
        "due_on": command.due_on, "now": work.now, "actor": work.actor.name,
    }  # fmt: skip
    found = work.scalar(_SAVE, parameters)
    assert isinstance(found, UUID)
    record_event(work, order.id, "follow_up_noted", {"note": note, "due_on": command.due_on.isoformat()})
    return found


def finish_follow_up(work: Work, follow_up_id: UUID) -> None:
    """Raises FollowUpNotFound where it is done already, or the order is out of reach (OrderNotFound)."""
    parameters = {"tenant": work.tenant_id, "id": follow_up_id, "now": work.now, "actor": work.actor.name}
    order_id = work.scalar(_ORDER_OF, parameters)
    if order_id is None:
        raise FollowUpNotFound()
    order = lock_placed_order(work, order_id)
    done = work.row(_DONE, parameters)
    if done is None:
        raise FollowUpNotFound()
    record_event(work, order.id, "follow_up_done", {"note": done.note})
