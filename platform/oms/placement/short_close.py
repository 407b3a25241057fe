"""Closes lines short: what nobody has promised will never be delivered, so it is cancelled and the rest can end."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from oms.orders.cancel_order import CancelOrder, CancelReason, OrderCancelled
from oms.orders.errors import LineNotFound, NothingToCancel
from oms.orders.lock_order import lock_placed_order
from oms.placement.follow_approval import cancel_under_approval


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortClose:
    """lines  to be closed; empty: all that have open units. Promised and shipped units stay."""

    order_id: UUID
    lines: tuple[UUID, ...] = ()
    note: str = ""
    expected_version: int | None = None


def short_close(work: Work, command: ShortClose) -> OrderCancelled:
    """Raises OrderNotFound, OrderChanged, OrderNotOpen, LineNotFound, NothingToCancel where nothing is open."""
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    lines = {line.id: line for line in order.lines}
    if any(line not in lines for line in command.lines):
        raise LineNotFound()
    wanted = command.lines or tuple(lines)
    quantities = {line: lines[line].open for line in wanted if lines[line].open > 0}
    if not quantities:
        raise NothingToCancel()
    return cancel_under_approval(
        work,
        CancelOrder(
            order_id=order.id, reason=CancelReason.SHORT_CLOSE, note=command.note, quantities=quantities
        ),
    )  # fmt: skip
