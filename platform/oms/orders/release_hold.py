"""Lifts one stop from an order, with the reason why."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from kernel.outbox import put_event
from oms.orders.errors import ApprovalDecidesHold, HoldNotFound, ReasonMissing
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder, lock_placed_order
from oms.orders.record import record_event, roll_up
from tenants.access.audit import audit

_HOLD = """
SELECT type FROM order_holds
WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND id = %(hold)s AND released_at IS NULL
"""
_RELEASE = """
UPDATE order_holds SET released_at = %(now)s, released_by = %(actor)s, release_reason = %(reason)s
WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND released_at IS NULL
  AND (%(hold)s::uuid IS NULL OR id = %(hold)s) AND (%(type)s::text IS NULL OR type = %(type)s)
"""
_TAKE_RISK = "UPDATE orders SET credit_released = total WHERE tenant_id = %(tenant)s AND id = %(order)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold:
    order_id: UUID
    hold_id: UUID
    reason: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReleased:
    """holds_left  stops that still stand; at 0 the order moves on"""

    order_id: UUID
    type: str
    holds_left: int


def release_hold(work: Work, command: ReleaseHold) -> HoldReleased:
    """Raises OrderNotFound, OrderNotOpen, HoldNotFound, ReasonMissing, ApprovalDecidesHold.

    An order that nothing holds any more is announced as `order.released`; promising stock to it is the caller's
    next step (`oms.placement.follow_up`). Lifting a credit hold lets the order pass later checks up to its total.
    """
    if not command.reason.strip():
        raise ReasonMissing()
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    row = work.row(_HOLD, {"tenant": work.tenant_id, "order": order.id, "hold": command.hold_id})
    if row is None:
        raise HoldNotFound(hold_id=str(command.hold_id))
    if row.type == "approval":
        raise ApprovalDecidesHold()
    if row.type == "credit":
        _take_risk(work, order, command.reason)
    return lift_holds(work, order, hold_id=command.hold_id, type=row.type, reason=command.reason)


def _take_risk(work: Work, order: LockedOrder, reason: str) -> None:
    """Finance takes the risk of this one order: later checks let it pass while its total does not grow beyond this."""
    work.execute(_TAKE_RISK, {"tenant": work.tenant_id, "order": order.id})
    changes = {"credit_released": (str(order.credit_released), str(order.total)), "reason": (None, reason)}
    audit(work, "credit.release_order", "order", to_text("ord", order.id), changes)


def lift_holds(
    work: Work, order: LockedOrder, *, type: str, reason: str, hold_id: UUID | None = None  # noqa: A002
) -> HoldReleased:  # fmt: skip
    """Lifts one hold, or all open ones of a type, from a locked order."""
    work.execute(
        _RELEASE,
        {
            "tenant": work.tenant_id, "order": order.id, "hold": hold_id, "type": type, "reason": reason,
            "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
    record_event(work, order.id, "hold_released", {"type": type, "reason": reason})
    state = roll_up(work, order.id)
    if not state.open_holds:
        put_event(work, OrderChangedEvent("order.released", order.id, order.number))
    return HoldReleased(order_id=order.id, type=type, holds_left=state.open_holds)
