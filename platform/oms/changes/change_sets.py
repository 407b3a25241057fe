"""A change set from its opening to its end: put together by staff or asked for by the buyer, confirmed or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from kernel.outbox import put_event
from oms.changes.actions import Action, CancelAll, action_json, actions_from_json
from oms.changes.apply_change import ChangeDone, apply_change
from oms.changes.errors import ChangeClosed, ChangeInvalid, ChangeNotFound, ChangeOpen
from oms.orders.cancel_order import CancelOrder, CancelReason
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedOrder, lock_order, lock_placed_order
from oms.orders.record import record_event
from oms.placement.follow_approval import cancel_under_approval
from oms.promotions.redeem import decide_again

_OPEN = """
INSERT INTO change_sets (tenant_id, id, order_id, status, origin, actions, reason, base_version, opened_at, opened_by,
  opened_by_name)
VALUES (%(tenant)s, %(id)s, %(order)s, %(status)s, %(origin)s, %(actions)s::jsonb, %(reason)s, %(version)s, %(now)s,
  %(actor_id)s, %(actor)s)
ON CONFLICT (tenant_id, order_id) WHERE status IN ('pending', 'requested') DO NOTHING
"""
_READ = """
SELECT id, order_id, status, origin, actions, reason, base_version, opened_at, opened_by, opened_by_name, decided_at,
  decided_by_name, decision_note, result_version
FROM change_sets WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND (%(id)s::uuid IS NULL OR id = %(id)s)
ORDER BY id DESC LIMIT 50
"""
_REWRITE = """
UPDATE change_sets SET actions = %(actions)s::jsonb, reason = %(reason)s
WHERE tenant_id = %(tenant)s AND id = %(id)s AND status IN ('pending', 'requested')
"""
_CLOSE = """
UPDATE change_sets SET status = %(status)s, decided_at = %(now)s, decided_by_name = %(actor)s,
  decision_note = %(note)s, result_version = %(version)s
WHERE tenant_id = %(tenant)s AND id = %(id)s AND status IN ('pending', 'requested')
"""


@dataclass(frozen=True, slots=True)
class ChangeSetRow:
    """actions: as `actions_from_json` reads them"""

    id: UUID
    order_id: UUID
    status: str
    origin: str
    actions: Sequence[Mapping[str, Any]]
    reason: str
    base_version: int
    opened_at: datetime
    opened_by: UUID | None
    opened_by_name: str
    decided_at: datetime | None
    decided_by_name: str | None
    decision_note: str
    result_version: int | None

    @property
    def is_open(self) -> bool:
        return self.status in {"pending", "requested"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChange:
    """actions may be empty for a set that is put together step by step"""

    order_id: UUID
    actions: tuple[Action, ...] = ()
    reason: str = ""
    by_customer: bool = False
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseChange:
    """Confirm, decline or withdraw an open set."""

    order_id: UUID
    change_id: UUID
    note: str = ""
    expected_version: int | None = None


def change_sets_of(work: Work, order_id: UUID) -> tuple[ChangeSetRow, ...]:
    """Newest first; the order must be within reach."""
    rows = work.rows(_READ, {"tenant": work.tenant_id, "order": order_id, "id": None})
    return tuple(ChangeSetRow(*row) for row in rows)


def open_change(work: Work, command: OpenChange) -> UUID:
    """Opens a set. Nothing of the order changes yet, and no stock is held for it.

    raises  OrderNotFound, OrderChanged, OrderNotOpen, ChangeOpen
    """
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    change_id = new_id()
    made = work.execute(
        _OPEN,
        {
            "tenant": work.tenant_id, "id": change_id, "order": order.id,
            "status": "requested" if command.by_customer else "pending",
            "origin": "customer" if command.by_customer else "staff", "reason": command.reason,
            "actions": dumps([action_json(action) for action in command.actions]), "version": order.version,
            "now": work.now, "actor_id": work.actor.id, "actor": work.actor.name,
        },
    )  # fmt: skip
    if not made:
        stands = next((one for one in change_sets_of(work, order.id) if one.is_open), None)
        raise ChangeOpen(number=order.number, opened_by=stands.opened_by_name if stands else "")
    if command.by_customer:
        record_event(work, order.id, "change_requested", {"reason": command.reason})
        put_event(work, OrderChangedEvent("order.change_requested", order.id, order.number))
    return change_id


def rewrite_change(work: Work, order_id: UUID, change_id: UUID, actions: Sequence[Action], reason: str) -> None:
    """Puts other actions into an open set. Raises OrderNotFound, OrderNotOpen, ChangeNotFound, ChangeClosed."""
    order = lock_placed_order(work, order_id)
    _open_set(work, order, change_id)
    rows = [action_json(action) for action in actions]
    work.execute(_REWRITE, {"tenant": work.tenant_id, "id": change_id, "actions": dumps(rows), "reason": reason})


def confirm_change(work: Work, command: CloseChange) -> ChangeDone | None:
    """Carries the set out, all of it or nothing. None: the buyer had asked to cancel, and it is cancelled.

    raises  OrderNotFound, OrderChanged, OrderNotOpen, ChangeNotFound, ChangeClosed, ChangeInvalid, CreditRefused
    """
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    stands = _open_set(work, order, command.change_id)
    actions, problems = actions_from_json(stands.actions)
    if problems:
        raise ChangeInvalid(problems=problems)
    if any(isinstance(action, CancelAll) for action in actions):
        cancel_under_approval(
            work, CancelOrder(order_id=order.id, reason=CancelReason.CUSTOMER, note=command.note or stands.reason)
        )
        _close(work, stands, "confirmed", command.note, lock_order(work, order.id).version)
        return None
    done = decide_again(work, lambda: apply_change(work, order, actions, reason=stands.reason))
    _close(work, stands, "confirmed", command.note, done.version)
    put_event(work, OrderChangedEvent("order.changed", order.id, order.number, {"total": str(done.plan.planned.total)}))
    return done


def decline_change(work: Work, command: CloseChange) -> None:
    """The order stays as it is. Raises OrderNotFound, ChangeNotFound, ChangeClosed."""
    order = lock_placed_order(work, command.order_id)
    stands = _open_set(work, order, command.change_id)
    _close(work, stands, "declined" if stands.origin == "customer" else "withdrawn", command.note, None)
    if stands.origin == "customer":
        record_event(work, order.id, "change_declined", {"reason": command.note})
        put_event(work, OrderChangedEvent("order.change_declined", order.id, order.number, {"note": command.note}))


def withdraw_change(work: Work, command: CloseChange) -> None:
    """By who opened it. Raises OrderNotFound, ChangeNotFound, ChangeClosed."""
    order = lock_placed_order(work, command.order_id)
    _close(work, _open_set(work, order, command.change_id), "withdrawn", command.note, None)
    record_event(work, order.id, "change_withdrawn", {"reason": command.note})


def _open_set(work: Work, order: LockedOrder, change_id: UUID) -> ChangeSetRow:
    row = work.row(_READ, {"tenant": work.tenant_id, "order": order.id, "id": change_id})
    if row is None:
        raise ChangeNotFound()
    stands = ChangeSetRow(*row)
    if not stands.is_open:
        raise ChangeClosed(status=stands.status)
    return stands


def _close(work: Work, stands: ChangeSetRow, status: str, note: str, version: int | None) -> None:
    work.execute(
        _CLOSE,
        {
            "tenant": work.tenant_id, "id": stands.id, "status": status, "note": note, "version": version,
            "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
