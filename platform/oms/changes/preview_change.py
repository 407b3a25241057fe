"""What a change would make of an order: the change itself, carried out and taken back in the same breath.

So the preview cannot differ from what confirming does. It holds its locks no longer than the change would, and nothing
of it is kept: neither rows nor events nor mails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.changes.actions import Action
from oms.changes.apply_change import ChangeDone, apply_change
from oms.orders.lock_order import LockedLine, lock_placed_order


@dataclass(frozen=True, slots=True)
class PreviewedLine:
    """before, after  units and amount with tax; 0 where the line was not or will not be there"""

    sku: str
    units_before: Decimal
    units_after: Decimal
    gross_before: Decimal
    gross_after: Decimal

    @property
    def differs(self) -> bool:
        return (self.units_before, self.gross_before) != (self.units_after, self.gross_after)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreview:
    """charges: freight and the like, with tax"""

    done: ChangeDone
    lines: tuple[PreviewedLine, ...]
    charges_before: Decimal
    charges_after: Decimal
    total_before: Decimal
    total_after: Decimal
    tax_before: Decimal
    tax_after: Decimal


def preview_change(work: Work, order_id: UUID, actions: Sequence[Action]) -> ChangePreview:
    """Raises what confirming would: OrderNotFound, OrderNotOpen, ChangeInvalid, CreditRefused."""
    work.flush()
    savepoint = work.connection.begin_nested()
    wakes = work.wakes_relay
    try:
        order = lock_placed_order(work, order_id)
        done = apply_change(work, order, actions, reason="")
    finally:
        savepoint.rollback()
        work.wakes_relay = wakes
    plan = done.plan
    lines = [
        PreviewedLine(
            wanted.sku, _units(wanted.line), planned.ordered, wanted.line.gross if wanted.line else Decimal(0),
            planned.amounts.gross,
        )
        for wanted, planned in plan.pairs
    ]  # fmt: skip
    lines += [
        PreviewedLine(wanted.sku, _units(wanted.line), Decimal(0), wanted.line.gross, Decimal(0))
        for wanted in plan.leaves
        if wanted.line is not None and _units(wanted.line)
    ]
    goods = sum((line.gross for line in order.lines), Decimal(0))
    return ChangePreview(
        done=done, lines=tuple(lines), charges_before=order.total - goods,
        charges_after=sum((charge.amounts.gross for charge in plan.planned.charges), Decimal(0)),
        total_before=order.total, total_after=plan.planned.total, tax_before=order.tax_total,
        tax_after=plan.planned.tax_total,
    )  # fmt: skip


def _units(line: LockedLine | None) -> Decimal:
    if line is None:
        return Decimal(0)
    return line.ordered - line.cancelled
