"""An order as it stands, copied onto paper: whole coins and whole pieces, to be compared with what a step must make of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from uuid import UUID

from kernel.db import Work
from tests.oms.lives.pencil import Coins, Ware, Way


@dataclass
class Line:
    sku: str
    price: Fraction
    rate: Fraction
    ordered: int
    cancelled: int
    promised: int
    invoiced: int
    off: Coins
    net: Coins
    tax: Coins
    invoiced_net: Coins
    invoiced_tax: Coins
    at: dict[str, int] = field(default_factory=dict)  # place -> promised units
    takes: dict[str, Coins] = field(default_factory=dict)  # promotion -> what it takes off the line, first come first

    @property
    def counts(self) -> int:
        return self.ordered - self.cancelled

    def ware(self, units: int | None = None) -> Ware:
        return Ware(self.sku, self.counts if units is None else units, self.price, self.rate)


@dataclass
class Order:
    """lines by id, in their order; freight: net and tax; takes: promotion -> what it takes off"""

    id: UUID
    customer: UUID
    account: UUID | None
    state: str
    prepaid: bool
    held: int
    lines: dict[UUID, Line]
    freight: tuple[Coins, Coins]
    takes: dict[str, Coins]
    coupon: bool
    total: Coins
    exposed: Coins
    paid: Coins
    billed: Coins
    required: Coins

    @property
    def counts(self) -> int:
        return sum(line.counts for line in self.lines.values())

    @property
    def lines_total(self) -> Coins:
        return sum(line.net + line.tax for line in self.lines.values()) + sum(self.freight)


_ORDERS = """
SELECT o.*, coalesce((SELECT sum(c.net) FROM order_charges c WHERE c.tenant_id = %(t)s AND c.order_id = o.id), 0) AS f_net,
  coalesce((SELECT sum(c.tax) FROM order_charges c WHERE c.tenant_id = %(t)s AND c.order_id = o.id), 0) AS f_tax
FROM orders o WHERE o.tenant_id = %(t)s AND (%(o)s::uuid[] IS NULL OR o.id = ANY(%(o)s)) ORDER BY o.id
"""
_LINES = """
SELECT l.*, coalesce((SELECT jsonb_object_agg(key, units) FROM (SELECT p.key, sum(a.quantity - a.released) AS units
    FROM allocations a JOIN locations p ON p.tenant_id = %(t)s AND p.id = a.location_id
    WHERE a.tenant_id = %(t)s AND a.line_id = l.id GROUP BY 1) x WHERE units > 0), '{}') AS at
FROM order_lines l WHERE l.tenant_id = %(t)s AND (%(o)s::uuid[] IS NULL OR l.order_id = ANY(%(o)s)) ORDER BY l.line_no
"""
_TAKES = """
SELECT order_id, line_id, source, coupon, amount FROM (
  SELECT id, order_id, line_id, source, coupon, amount FROM order_adjustments WHERE tenant_id = %(t)s
  UNION ALL SELECT id, order_id, NULL, waived_by, NULL, discount FROM order_charges
    WHERE tenant_id = %(t)s AND waived_by <> '') x
WHERE %(o)s::uuid[] IS NULL OR order_id = ANY(%(o)s) ORDER BY id
"""


def copy(work: Work, way: Way, orders: list[UUID] | None = None) -> dict[UUID, Order]:
    """order id -> what is written of it; all orders where none are named"""
    work.flush()
    parameters = {"t": work.tenant_id, "o": orders}
    found = {row.id: _order(row, way) for row in work.rows(_ORDERS, parameters)}
    for row in work.rows(_LINES, parameters):
        found[row.order_id].lines[row.id] = _line(row, way)
    for row in work.rows(_TAKES, parameters):
        key = row.source.removeprefix("promotion/")
        order = found[row.order_id]
        for takes in (order.takes, order.lines[row.line_id].takes if row.line_id else {}):
            takes[key] = takes.get(key, 0) + way.of(row.amount)
        order.coupon = order.coupon or bool(row.coupon)
    return found


def _order(row: Any, way: Way) -> Order:
    return Order(
        id=row.id, customer=row.customer_id, account=row.credit_account_id, state=row.status,
        prepaid=0 < row.total <= row.prepay_required, held=row.open_holds, lines={},
        freight=(way.of(row.f_net), way.of(row.f_tax)), takes={}, coupon=False, total=way.of(row.total),
        exposed=way.of(row.credit_exposed), paid=way.of(row.paid_total), billed=way.of(row.invoiced_total),
        required=way.of(row.prepay_required),
    )  # fmt: skip


def _line(row: Any, way: Way) -> Line:
    return Line(
        sku=row.sku, price=Fraction(row.unit_price), rate=Fraction(row.tax_rate), ordered=int(row.ordered),
        cancelled=int(row.cancelled), promised=int(row.allocated), invoiced=int(row.invoiced), off=way.of(row.discount),
        net=way.of(row.net), tax=way.of(row.tax), invoiced_net=way.of(row.invoiced_net),
        invoiced_tax=way.of(row.invoiced_tax), at={place: int(units) for place, units in row.at.items()},
    )  # fmt: skip
