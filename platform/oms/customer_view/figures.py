"""What a customer orders, how often, and what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work

MONTHS = 12
_FIGURES = """
WITH mine AS (
  SELECT o.placed_on, o.net_total, o.total, o.status, o.backordered, o.currency FROM orders o
  WHERE o.tenant_id = %(tenant)s AND o.customer_id = %(customer)s AND o.status IN ('placed', 'closed')
    AND o.merged_into IS NULL AND (%(sites)s::uuid[] IS NULL OR o.site_id = ANY(%(sites)s))
)
SELECT count(*) AS orders, count(*) FILTER (WHERE status = 'placed') AS open_orders,
  count(*) FILTER (WHERE status = 'placed' AND backordered) AS backordered,
  min(placed_on) AS first_on, max(placed_on) AS last_on,
  coalesce(sum(net_total) FILTER (WHERE currency = %(currency)s), 0) AS net,
  coalesce(avg(net_total) FILTER (WHERE currency = %(currency)s), 0) AS average,
  (SELECT coalesce(sum(r.open_amount), 0) FROM receivables r WHERE r.tenant_id = %(tenant)s
    AND r.customer_id = %(customer)s AND r.kind = 'invoice' AND r.open_amount > 0 AND r.due_on < %(today)s
    AND r.currency = %(currency)s) AS overdue,
  (SELECT jsonb_agg(jsonb_build_array(m.month::date, coalesce(s.net, 0), coalesce(s.orders, 0)) ORDER BY m.month)
    FROM generate_series(date_trunc('month', %(today)s::date) - interval '11 months',
      date_trunc('month', %(today)s::date), interval '1 month') AS m (month)
    LEFT JOIN (SELECT date_trunc('month', placed_on) AS month, sum(net_total) AS net, count(*) AS orders FROM mine
      WHERE currency = %(currency)s GROUP BY 1) s ON s.month = m.month) AS months
FROM mine
"""
_BOUGHT = """
SELECT l.sku, max(l.name) AS name, sum(l.ordered - l.cancelled) AS quantity, sum(l.net) AS net,
  count(DISTINCT o.id) AS orders, max(o.placed_on) AS last_on
FROM orders o JOIN order_lines l ON l.tenant_id = %(tenant)s AND l.order_id = o.id
WHERE o.tenant_id = %(tenant)s AND o.customer_id = %(customer)s AND o.status IN ('placed', 'closed')
  AND o.placed_on > %(today)s::date - 365 AND l.ordered > l.cancelled AND o.currency = %(currency)s
  AND (%(sites)s::uuid[] IS NULL OR o.site_id = ANY(%(sites)s))
GROUP BY l.sku ORDER BY sum(l.net) DESC, l.sku LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    first: date
    net: Decimal
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFigures:
    """Amounts in the tenant's currency; net, average without tax, overdue with it.

    days_between  from one order to the next on average; None below two orders
    months        the last twelve, the running one last
    """

    orders: int
    open_orders: int
    backordered: int
    first_on: date | None
    last_on: date | None
    net: Decimal
    average: Decimal
    overdue: Decimal
    months: tuple[Month, ...]

    @property
    def days_between(self) -> Decimal | None:
        if self.orders < 2 or self.first_on is None or self.last_on is None:
            return None
        return Decimal((self.last_on - self.first_on).days) / (self.orders - 1)

    @property
    def net_of_year(self) -> Decimal:
        return sum((month.net for month in self.months), Decimal(0))


def customer_figures(work: Work, customer_id: UUID) -> CustomerFigures:
    """One statement. The customer is within reach: the caller read it."""
    row = work.row(_FIGURES, _parameters(work, customer_id))
    assert row is not None
    values = row._asdict()
    months = tuple(
        Month(first=date.fromisoformat(first), net=Decimal(net), orders=orders) for first, net, orders in row.months
    )
    return CustomerFigures(**{**values, "months": months})


def bought_most(work: Work, customer_id: UUID, *, limit: int = 10) -> list[Any]:
    """SKUs of the last 365 days by what they came to, the most first."""
    return work.rows(_BOUGHT, {**_parameters(work, customer_id), "limit": limit})


def _parameters(work: Work, customer_id: UUID) -> dict[str, Any]:
    return {
        "tenant": work.tenant_id, "customer": customer_id, "today": work.today, "currency": work.tenant.currency,
        "sites": work.actor.reach_list("site"),
    }  # fmt: skip
