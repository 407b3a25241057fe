"""Cancels an order, or units of some of its lines: stock and credit go back, amounts follow what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_
from kernel.outbox import put_event
from oms.credit.lock_account import lock_account
from oms.credit.rebook_order import rebook_order
from oms.instalments.fit_instalments import fit_instalments
from oms.inventory.release_units import release_units
from oms.orders.discounts import drop_charges, read_charges, shrink_adjustments
from oms.orders.errors import LineNotFound, NothingToCancel, QuantityNotOpen
from oms.orders.events import OrderChangedEvent
from oms.orders.keep_version import keep_version
from oms.orders.lock_order import LockedLine, LockedOrder, lock_placed_order
from oms.orders.record import record_event, roll_up
from oms.pricing.amounts import LineAmounts, PricedQuantity, Rounding, discount_left, line_amounts
from oms.promotions.give_back import give_back


class CancelReason(StrEnum):
    """Why something is cancelled."""

    CUSTOMER = "customer"
    DECLINED = "declined"
    FRAUD = "fraud"
    INVENTORY = "inventory"
    SHORT_CLOSE = "short_close"
    STAFF = "staff"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


CANCEL_REASONS: dict[CancelReason, str] = {
    CancelReason.CUSTOMER: N_("The customer asked for it"),
    CancelReason.DECLINED: N_("Payment declined"),
    CancelReason.FRAUD: N_("Suspected fraud"),
    CancelReason.INVENTORY: N_("Not available"),
    CancelReason.SHORT_CLOSE: N_("The rest will not be delivered"),
    CancelReason.STAFF: N_("Entered by mistake"),
    CancelReason.REJECTED: N_("Approval refused"),
    CancelReason.WITHDRAWN: N_("Withdrawn by the submitter"),
    CancelReason.OTHER: N_("Other"),
}

_CANCEL_LINES = """
WITH wanted AS (
  SELECT * FROM jsonb_to_recordset(%(lines)s::jsonb)
    AS x (id uuid, cancelled numeric, backordered numeric, discount numeric, net numeric, tax numeric, gross numeric)
), done AS (
  UPDATE order_lines l
  SET cancelled = w.cancelled, backordered = w.backordered, discount = w.discount,
    net = w.net, tax = w.tax, gross = w.gross
  FROM wanted w WHERE l.tenant_id = %(tenant)s AND l.id = w.id
)
UPDATE orders SET net_total = %(net)s, tax_total = %(tax)s, total = %(total)s
WHERE tenant_id = %(tenant)s AND id = %(order)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """quantities  line id -> base units to cancel; None cancels all that can be"""

    order_id: UUID
    reason: CancelReason
    note: str = ""
    quantities: Mapping[UUID, Decimal] | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled:
    """cancelled  base units cancelled now
    status     of the order afterwards; "cancelled" when nothing is left of it
    """

    order_id: UUID
    cancelled: Decimal
    status: str
    total: Decimal


def cancel_order(work: Work, command: CancelOrder, rounding: Rounding) -> OrderCancelled:
    """Cancels open units first, then promised ones, which go back to their locations.

    rounding  of the order's type, so that what is left is rounded as the whole was
    raises    OrderNotFound, OrderNotOpen, LineNotFound, QuantityNotOpen, NothingToCancel
    """
    order = lock_placed_order(work, command.order_id, expected_version=command.expected_version)
    quantities = _quantities(order, command.quantities)
    if not any(quantities.values()):
        raise NothingToCancel()
    if order.credit_account_id is not None:
        lock_account(work, order.credit_account_id)  # before the positions, as everywhere
    keep_version(work, order.id, "before")
    from_promised = {
        line.id: max(quantities[line.id] - line.open, Decimal(0)) for line in order.lines if line.id in quantities
    }
    if any(from_promised.values()):
        release_units(work, order.id, from_promised, reason=f"cancelled: {command.reason}")
    total = _write(work, order, quantities, rounding)
    fit_instalments(work, order.id)
    rebook_order(
        work, order.id, order.credit_account_id, exposed=order.credit_exposed, exposure=exposure_after(order, total),
        cause="order_cancelled",
    )  # fmt: skip
    units = sum(quantities.values(), Decimal(0))
    facts = {"quantity": str(units), "reason": command.reason, "note": command.note, "total_before": str(order.total)}
    record_event(work, order.id, "cancelled", facts)
    state = roll_up(work, order.id)
    keep_version(work, order.id, "cancelled")
    give_back(work, order.id, whole=state.status == "cancelled")  # the last lock of all
    if state.status == "cancelled":
        _lift_all_holds(work, order.id)
        put_event(work, OrderChangedEvent("order.cancelled", order.id, order.number, {"reason": command.reason}))
    else:
        put_event(work, OrderChangedEvent("order.lines_cancelled", order.id, order.number, {"reason": command.reason}))
    return OrderCancelled(order_id=order.id, cancelled=units, status=state.status, total=total)


def _quantities(order: LockedOrder, wanted: Mapping[UUID, Decimal] | None) -> dict[UUID, Decimal]:
    lines = {line.id: line for line in order.lines}
    if wanted is None:
        return {line.id: line.cancellable for line in order.lines if line.cancellable}
    for line_id, units in wanted.items():
        line = lines.get(line_id)
        if line is None:
            raise LineNotFound()
        if units < 0 or units > line.cancellable:
            raise QuantityNotOpen(line=line.line_no, open=f"{line.cancellable.normalize():f}")
    return {line_id: units for line_id, units in wanted.items() if units}


def _write(work: Work, order: LockedOrder, quantities: Mapping[UUID, Decimal], rounding: Rounding) -> Decimal:
    """The lines' new ledgers and amounts, and the order's totals. Returns the new total.

    Lines of which nothing is cancelled keep their amounts: a part of a split line has its share to the cent, which its
    price alone would not give. Where totals are rounded, all lines follow.
    """
    left = [line.ordered - line.cancelled - quantities.get(line.id, Decimal(0)) for line in order.lines]
    parts = [
        PricedQuantity(
            line.unit_price,
            quantity,
            line.tax_rate,
            discount_left(
                line.discount, line.ordered - line.cancelled, PricedQuantity(line.unit_price, quantity, line.tax_rate),
                currency=order.currency, rounding=rounding,
            ),
        )
        for line, quantity in zip(order.lines, left, strict=True)
    ]  # fmt: skip
    amounts = [
        _as_invoiced(line, quantity, amount)
        if quantities.get(line.id) or rounding.level == "total"
        else LineAmounts(net=line.net, tax=line.tax, gross=line.gross)
        for line, quantity, amount in zip(
            order.lines, left,
            line_amounts(
                parts, currency=order.currency, prices_include_tax=order.prices_include_tax, rounding=rounding
            ),
            strict=True,
        )
    ]  # fmt: skip
    rows = [
        _line_row(line, quantities.get(line.id, Decimal(0)), amount, part.discount)
        for line, amount, part in zip(order.lines, amounts, parts, strict=True)
    ]
    charges = drop_charges(work, order.id) if not any(left) else read_charges(work, order.id)
    net = sum((amount.net for amount in amounts), charges.net)
    tax = sum((amount.tax for amount in amounts), charges.tax)
    work.execute(
        _CANCEL_LINES,
        {
            "tenant": work.tenant_id, "order": order.id, "lines": dumps(rows), "net": net, "tax": tax,
            "total": net + tax,
        },
    )  # fmt: skip
    shrink_adjustments(
        work,
        order.id,
        order.currency,
        {
            line.id: part.discount
            for line, part in zip(order.lines, parts, strict=True)
            if part.discount != line.discount
        },
    )
    return net + tax


def _as_invoiced(line: LockedLine, left: Decimal, amounts: LineAmounts) -> LineAmounts:
    """Where only invoiced units are left, the line costs what was invoiced: rounding the rest anew could differ by a
    cent that nobody would ever invoice or credit."""
    if not left or left != line.invoiced:
        return amounts
    return LineAmounts(net=line.invoiced_net, tax=line.invoiced_tax, gross=line.invoiced_net + line.invoiced_tax)


def _line_row(line: LockedLine, units: Decimal, amounts: LineAmounts, discount: Decimal) -> dict[str, Any]:
    open_left = max(line.open - units, Decimal(0))
    return {
        "id": line.id, "cancelled": line.cancelled + units, "backordered": min(line.backordered, open_left),
        "discount": discount, "net": amounts.net, "tax": amounts.tax, "gross": amounts.gross,
    }  # fmt: skip


def exposure_after(order: LockedOrder, total: Decimal, *, required: Decimal | None = None) -> Decimal:
    """What the order counts to its account once its total is `total`: no more than is not invoiced yet.

    One that is paid in advance in full counts with what is paid for it, as `derive_money` has it.

    required  what is to be paid in advance from then on; None: what is now
    """
    left = max(total - order.invoiced_total, Decimal(0))
    if 0 < total <= (order.prepay_required if required is None else required):
        return min(max(order.paid_total - order.invoiced_total, Decimal(0)), left)
    return min(max(order.credit_exposed - (order.total - total), Decimal(0)), left)


def _lift_all_holds(work: Work, order_id: UUID) -> None:
    """A cancelled order needs no stop any more."""
    work.execute(
        "UPDATE order_holds SET released_at = %(now)s, released_by = %(actor)s, release_reason = 'cancelled'"
        " WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND released_at IS NULL",
        {"tenant": work.tenant_id, "order": order_id, "now": work.now, "actor": work.actor.name},
    )
    work.execute(
        "UPDATE orders SET open_holds = 0 WHERE tenant_id = %(tenant)s AND id = %(order)s",
        {"tenant": work.tenant_id, "order": order_id},
    )
