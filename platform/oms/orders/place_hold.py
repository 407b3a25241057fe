"""Puts a stop on a placed order by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from kernel.outbox import put_event
from oms.orders.errors import HoldTypeUnknown, ReasonMissing
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import lock_placed_order
from oms.orders.record import record_event, roll_up

BY_HAND = ("manual", "address", "payment", "review", "stock")  # what a person may choose
_INSERT = """
INSERT INTO order_holds (tenant_id, id, order_id, type, reason, source, placed_at, placed_by)
VALUES (%(tenant)s, %(id)s, %(order)s, %(type)s, %(reason)s, %(source)s, %(now)s, %(actor)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHold:
    order_id: UUID
    reason: str
    type: str = "manual"
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStands:
    order_id: UUID
    hold_id: UUID


def place_hold(work: Work, command: PlaceHold) -> HoldStands:
    """Raises OrderNotFound, OrderNotOpen, ReasonMissing. What is promised stays promised."""
    if not command.reason.strip():
        raise ReasonMissing()
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    hold_id = insert_hold(work, order.id, type=command.type, reason=command.reason, source="")
    record_event(work, order.id, "hold_placed", {"type": command.type, "reason": command.reason})
    roll_up(work, order.id)
    facts = {"type": command.type, "reason": command.reason}
    put_event(work, OrderChangedEvent("order.held", order.id, order.number, facts))
    return HoldStands(order_id=order.id, hold_id=hold_id)


def place_holds(
    work: Work, order_id: UUID, types: Sequence[str], reason: str, *, expected_version: int | None = None
) -> list[UUID]:
    """Several stops at once, one of each type. Raises as place_hold, and HoldTypeUnknown."""
    wanted = list(dict.fromkeys(types))
    if not wanted or any(kind not in BY_HAND for kind in wanted):
        raise HoldTypeUnknown(types=", ".join(BY_HAND))
    placed: list[UUID] = []
    for kind in wanted:
        command = PlaceHold(order_id=order_id, reason=reason, type=kind, expected_version=expected_version)
        placed.append(place_hold(work, command).hold_id)
        expected_version = None  # it was as seen when the first was placed, and nobody else gets the lock between
    return placed


def insert_hold(work: Work, order_id: UUID, *, type: str, reason: str, source: str) -> UUID:  # noqa: A002
    """The row alone; the caller records the event and rolls up."""
    hold_id = new_id()
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": hold_id, "order": order_id, "type": type, "reason": reason,
            "source": source, "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
    return hold_id
