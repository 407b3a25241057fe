"""Reads what a change is decided on, beside the order's locked rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.changes.wanted import Wanted, WantedLine
from oms.orders.lock_order import LockedOrder
from oms.placement.commands import LineRequest, PlaceOrder

_HEAD = """
SELECT bill_to, requested_on, buyer_note, tags,
  (SELECT array_agg(DISTINCT a.coupon) FROM order_adjustments a
    WHERE a.tenant_id = %(tenant)s AND a.order_id = %(order)s AND a.coupon <> '') AS coupons
FROM orders WHERE tenant_id = %(tenant)s AND id = %(order)s
"""
_LINES = """
SELECT id, list_price, custom FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = %(order)s
"""
_FIXED = """
SELECT id, greatest(shipped, invoiced) AS units FROM order_lines
WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND (shipped > 0 OR invoiced > 0)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """Columns of the order that a change may touch or needs."""

    bill_to: Mapping[str, Any]
    requested_on: date | None
    buyer_note: str
    tags: Sequence[str]
    coupons: Sequence[str]


@dataclass(frozen=True, slots=True)
class LineBefore:
    list_price: Decimal
    custom: Mapping[str, Any]


def fixed_units(work: Work, order_id: UUID) -> dict[UUID, Decimal]:
    """line -> base units that are shipped or invoiced and can go no more."""
    rows = work.rows(_FIXED, {"tenant": work.tenant_id, "order": order_id})
    return {row.id: row.units for row in rows}


def read_head(work: Work, order_id: UUID) -> Head:
    row = work.row(_HEAD, {"tenant": work.tenant_id, "order": order_id})
    assert row is not None
    return Head(row.bill_to, row.requested_on, row.buyer_note, row.tags, row.coupons or ())


def read_lines(work: Work, order_id: UUID) -> dict[UUID, LineBefore]:
    rows = work.rows(_LINES, {"tenant": work.tenant_id, "order": order_id})
    return {row.id: LineBefore(row.list_price, row.custom) for row in rows}


def command_of(
    order: LockedOrder, wanted: Wanted, stays: Sequence[WantedLine], head: Head, before: Mapping[UUID, LineBefore]
) -> PlaceOrder:
    """The order as it shall be, as if it were placed now: lines that are there in base units."""
    return PlaceOrder(
        order_type=order.order_type, channel=order.channel, customer_id=order.customer_id,
        ship_to=wanted.head.get("ship_to", order.ship_to), bill_to=head.bill_to,
        requested_on=wanted.head.get("requested_on", head.requested_on),
        buyer_note=wanted.head.get("buyer_note", head.buyer_note), tags=tuple(head.tags), custom=order.custom,
        currency=order.currency, coupons=tuple(head.coupons),
        priority=order.priority, promise_on=order.promise_on,
        lines=tuple(
            LineRequest(
                sku=line.sku, quantity=line.quantity, unit=line.unit,
                unit_price=line.price if line.line is None else None,
                custom=before[line.line.id].custom if line.line else {},
            )
            for line in stays
        ),
    )  # fmt: skip
