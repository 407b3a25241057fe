"""Reads an order with its lines under the order's row lock: the first lock of every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.orders.errors import OrderChanged, OrderNotFound, OrderNotOpen

ORDER_COLUMNS = """id, number, order_type, channel, outside_number, customer_id, credit_account_id, status, version,
  release, currency, prices_include_tax, net_total, tax_total, total, credit_exposed, credit_released, prepay_required,
  paid_total, invoiced_total, ship_to, open_holds, backordered, placed_at, custom, priority, promise_on"""
LINE_COLUMNS = """id, line_no, sku_id, sku, ordered, cancelled, allocated, backordered, shipped, unit_price, tax_rate,
  discount, net, tax, gross, name, invoiced, invoiced_net, invoiced_tax"""
_ORDER = f"""
SELECT {ORDER_COLUMNS}
FROM orders
WHERE tenant_id = %(tenant)s AND id = %(id)s
  AND (%(customers)s::uuid[] IS NULL OR customer_id = ANY(%(customers)s))
  AND (%(sites)s::uuid[] IS NULL OR site_id = ANY(%(sites)s))
  AND (%(locations)s::uuid[] IS NULL OR EXISTS (SELECT FROM allocations a
    WHERE a.tenant_id = %(tenant)s AND a.order_id = orders.id AND a.location_id = ANY(%(locations)s)))
FOR NO KEY UPDATE
"""
_LINES = f"""
SELECT {LINE_COLUMNS} FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = %(id)s ORDER BY line_no
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedLine:
    """A line's quantity ledger, in base units, and its amounts."""

    id: UUID
    line_no: int
    sku_id: UUID
    sku: str
    ordered: Decimal
    cancelled: Decimal
    allocated: Decimal
    backordered: Decimal
    shipped: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    name: str
    invoiced: Decimal
    invoiced_net: Decimal
    invoiced_tax: Decimal

    @property
    def open(self) -> Decimal:
        """Units that nobody has promised yet."""
        return self.ordered - self.cancelled - self.allocated

    @property
    def cancellable(self) -> Decimal:
        """Units that are neither shipped nor invoiced nor cancelled: what is invoiced is credited first."""
        return self.ordered - self.cancelled - max(self.shipped, self.invoiced)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedOrder:
    """An order as it stands under its lock."""

    id: UUID
    number: str
    order_type: str
    channel: str
    outside_number: str | None
    customer_id: UUID
    credit_account_id: UUID | None
    status: str
    version: int
    release: int
    currency: str
    prices_include_tax: bool
    net_total: Decimal
    tax_total: Decimal
    total: Decimal
    credit_exposed: Decimal
    credit_released: Decimal
    prepay_required: Decimal
    paid_total: Decimal
    invoiced_total: Decimal
    ship_to: Mapping[str, Any]
    open_holds: int
    backordered: bool
    placed_at: Any
    custom: Mapping[str, Any]
    priority: int
    promise_on: date | None
    lines: tuple[LockedLine, ...]

    @property
    def prepaid(self) -> bool:
        """It is to be paid in full before it is processed, so it counts to credit with what is paid."""
        return 0 < self.total <= self.prepay_required


def lock_order(work: Work, order_id: UUID, *, expected_version: int | None = None) -> LockedOrder:
    """The order within the actor's reach, locked until the transaction ends.

    expected_version  what the actor saw; None: whatever is there
    raises            OrderNotFound, OrderChanged
    """
    parameters = {
        "tenant": work.tenant_id, "id": order_id,
        "customers": work.actor.reach_list("customer"), "locations": work.actor.reach_list("location"),
        "sites": work.actor.reach_list("site"),
    }  # fmt: skip
    row = work.row(_ORDER, parameters)
    if row is None:
        raise OrderNotFound(order_id=str(order_id))
    if expected_version is not None and row.version != expected_version:
        raise OrderChanged(version=row.version, changed_by=_last_actor(work, order_id))
    lines = tuple(LockedLine(**line._asdict()) for line in work.rows(_LINES, parameters))
    return LockedOrder(**row._asdict(), lines=lines)


def lock_placed_order(work: Work, order_id: UUID, *, expected_version: int | None = None) -> LockedOrder:
    """As lock_order, and the order must be placed: drafts, closed and cancelled orders refuse."""
    order = lock_order(work, order_id, expected_version=expected_version)
    if order.status != "placed":
        raise OrderNotOpen(number=order.number, status=order.status)
    return order


def _last_actor(work: Work, order_id: UUID) -> str:
    name = work.scalar(
        "SELECT actor_name FROM order_events WHERE tenant_id = %(tenant)s AND order_id = %(id)s"
        " ORDER BY id DESC LIMIT 1",
        {"tenant": work.tenant_id, "id": order_id},
    )
    return str(name or "")
