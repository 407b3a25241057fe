"""One order with everything that its page and the API show: lines, promises, holds, timeline, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.fields.judge_values import seen_values
from oms.fields.seen_traces import seen_facts, seen_trace
from oms.orders.errors import OrderNotFound

_ORDER = """
SELECT o.id, o.number, o.outside_number, o.order_type, o.channel, o.status, o.fulfilment_status, o.payment_status,
  o.backordered, o.open_holds, o.version, o.release, o.currency, o.prices_include_tax, o.net_total, o.tax_total,
  o.total, o.credit_exposed, o.ship_to, o.bill_to, o.requested_on, o.priority, o.promise_on, o.risk_score, o.buyer_note,
  o.tags, o.custom, o.created_by,
  o.created_by_name, o.placed_at, o.placed_on, o.customer_id, c.number AS customer_number, c.name AS customer_name,
  o.credit_account_id, o.credit_released, o.prepay_required, o.paid_total, o.credited_total, o.invoiced_total
FROM orders o JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE o.tenant_id = %(tenant)s AND o.id = %(id)s
  AND (%(customers)s::uuid[] IS NULL OR o.customer_id = ANY(%(customers)s))
  AND (%(sites)s::uuid[] IS NULL OR o.site_id = ANY(%(sites)s))
  AND (%(locations)s::uuid[] IS NULL OR EXISTS (SELECT FROM allocations a
    WHERE a.tenant_id = %(tenant)s AND a.order_id = o.id AND a.location_id = ANY(%(locations)s)))
"""
_LINES = """
SELECT id, line_no, sku_id, sku, name, unit, unit_quantity, ordered, cancelled, allocated, backordered, shipped,
  return_started, invoiced, list_price, unit_price, tax_rate, discount, floor_price, net, tax, gross, outside_line,
  custom
FROM order_lines WHERE tenant_id = %(tenant)s AND order_id = %(id)s ORDER BY line_no
"""
_ALLOCATIONS = """
SELECT a.id, a.line_id, a.location_id, l.key AS location, l.names AS location_names,
  a.quantity - a.released AS quantity, a.shipped, a.at
FROM allocations a JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = a.location_id
WHERE a.tenant_id = %(tenant)s AND a.order_id = %(id)s AND a.released < a.quantity ORDER BY a.id
"""
_ADJUSTMENTS = """
SELECT id, line_id, source, label, coupon, amount
FROM order_adjustments WHERE tenant_id = %(tenant)s AND order_id = %(id)s ORDER BY id
"""
_CHARGES = """
SELECT id, position, kind, label, source, price, discount, waived_by, tax_class, tax_rate, net, tax, gross
FROM order_charges WHERE tenant_id = %(tenant)s AND order_id = %(id)s ORDER BY position
"""
_HOLDS = """
SELECT id, type, reason, source, placed_at, placed_by, released_at, released_by, release_reason, assigned_to,
  other_order_id
FROM order_holds WHERE tenant_id = %(tenant)s AND order_id = %(id)s ORDER BY id
"""
# The life before a split is the parent's, that of merged orders belongs here too; `of` names the other order.
_EVENTS = """
WITH RECURSIVE before (id, until, of) AS (
  SELECT o.parent_id, o.id, p.number FROM orders o JOIN orders p ON p.tenant_id = o.tenant_id AND p.id = o.parent_id
  WHERE o.tenant_id = %(tenant)s AND o.id = %(id)s
  UNION ALL
  SELECT o.parent_id, o.id, p.number FROM before b JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = b.id
  JOIN orders p ON p.tenant_id = o.tenant_id AND p.id = o.parent_id
)
SELECT e.id, e.kind, e.facts, e.at, e.actor_kind, e.actor_name, x.of
FROM (
  SELECT %(id)s::uuid AS id, NULL::uuid AS until, NULL::text AS of UNION ALL SELECT id, until, of FROM before
  UNION ALL SELECT m.id, NULL, m.number FROM orders m WHERE m.tenant_id = %(tenant)s AND m.merged_into = %(id)s
) x JOIN order_events e ON e.tenant_id = %(tenant)s AND e.order_id = x.id AND (x.until IS NULL OR e.id < x.until)
ORDER BY e.id DESC LIMIT 200
"""
# As with events: what was decided before a split was decided of these goods too.
_DECISIONS = """
WITH RECURSIVE before (id, until) AS (
  SELECT o.parent_id, o.id FROM orders o WHERE o.tenant_id = %(tenant)s AND o.id = %(id)s AND o.parent_id IS NOT NULL
  UNION ALL
  SELECT o.parent_id, o.id FROM before b JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = b.id
  WHERE o.parent_id IS NOT NULL
)
SELECT d.id, d.kind, d.release, d.outcome, d.trace, d.at
FROM (SELECT %(id)s::uuid AS id, NULL::uuid AS until UNION ALL SELECT id, until FROM before) x
JOIN decisions d ON d.tenant_id = %(tenant)s AND d.order_id = x.id AND (x.until IS NULL OR d.id < x.until)
ORDER BY d.id DESC LIMIT 100
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetail:
    """Rows are named tuples with the columns of the statements above. Events and decisions are newest first."""

    order: Any
    lines: tuple[Any, ...]
    allocations: tuple[Any, ...]
    holds: tuple[Any, ...]
    events: tuple[Any, ...]
    decisions: tuple[Any, ...]
    adjustments: tuple[Any, ...] = ()
    charges: tuple[Any, ...] = ()

    def taken_off(self, line_id: UUID) -> list[Any]:
        """What promotions took off one line."""
        return [adjustment for adjustment in self.adjustments if adjustment.line_id == line_id]

    def promises_of(self, line_id: UUID) -> list[Any]:
        """The allocations of one line."""
        return [allocation for allocation in self.allocations if allocation.line_id == line_id]

    @property
    def open_holds(self) -> list[Any]:
        return [hold for hold in self.holds if hold.released_at is None]


def read_order(work: Work, order_id: UUID, *, with_history: bool = True) -> OrderDetail:
    """The order within the actor's reach, with the custom values that he may see, in events and decisions too.

    with_history  False leaves the timeline and the decisions out

    raises  OrderNotFound
    """
    parameters: Mapping[str, Any] = {
        "tenant": work.tenant_id, "id": order_id,
        "customers": work.actor.reach_list("customer"), "locations": work.actor.reach_list("location"),
        "sites": work.actor.reach_list("site"),
    }  # fmt: skip
    order = work.row(_ORDER, parameters)
    if order is None:
        raise OrderNotFound(order_id=str(order_id))
    lines = work.rows(_LINES, parameters)
    return OrderDetail(
        order=order._replace(custom=seen_values(work, "order", order.custom)),
        lines=tuple(line._replace(custom=seen_values(work, "order_line", line.custom)) for line in lines),
        adjustments=tuple(work.rows(_ADJUSTMENTS, parameters)) if any(line.discount for line in lines) else (),
        charges=tuple(work.rows(_CHARGES, parameters)),
        allocations=tuple(work.rows(_ALLOCATIONS, parameters)),
        holds=tuple(work.rows(_HOLDS, parameters)),
        events=tuple(
            row._replace(facts=seen_facts(work, "order", row.facts))
            for row in (work.rows(_EVENTS, parameters) if with_history else ())
        ),
        decisions=tuple(
            row._replace(trace=seen_trace(work, row.trace))
            for row in (work.rows(_DECISIONS, parameters) if with_history else ())
        ),
    )
