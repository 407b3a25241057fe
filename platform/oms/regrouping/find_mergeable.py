"""Orders that may become one with an order: same buyer, same address or the channel's same receiver, near in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from low_code.expressions import Environment
from oms.kinds.merge_rules.compile import MergeRules
from oms.orders.order_values import values_of_orders
from oms.regrouping.rules_of import merge_rules_of

# The newest hundred of one buyer are looked at; a channel's key comes first where the receiver is hidden.
_SIMILAR = """
SELECT b.id, b.number, b.placed_at, b.total, b.currency, b.open_holds,
  b.fulfilment_status IN ('allocated', 'partially_allocated') AS promised
FROM orders a JOIN orders b ON b.tenant_id = a.tenant_id AND b.customer_id = a.customer_id AND b.status = 'placed'
  AND b.id <> a.id AND b.credit_account_id IS NOT DISTINCT FROM a.credit_account_id
  AND (b.order_type, b.channel, b.currency, b.prices_include_tax)
    = (a.order_type, a.channel, a.currency, a.prices_include_tax)
  AND CASE WHEN a.receiver_hidden OR b.receiver_hidden THEN b.merge_key = a.merge_key
      ELSE (b.ship_to, b.bill_to) = (a.ship_to, a.bill_to) END
  AND b.fulfilment_status NOT IN ('shipped', 'partially_shipped') AND b.sealed = '' AND a.sealed = ''
  AND b.placed_at BETWEEN %(from)s AND %(to)s
WHERE a.tenant_id = %(tenant)s AND a.id = %(order)s AND a.status = 'placed'
ORDER BY b.placed_at, b.id LIMIT 100
"""
_PLACED = """
SELECT order_type, release, placed_at, open_holds,
  fulfilment_status IN ('allocated', 'partially_allocated') AS promised
FROM orders WHERE tenant_id = %(tenant)s AND id = %(order)s AND status = 'placed'
"""


@dataclass(frozen=True, slots=True)
class Mergeable:
    id: UUID
    number: str
    placed_at: datetime
    total: Decimal
    currency: str
    open_holds: int
    promised: bool


def find_mergeable(work: Work, order_id: UUID) -> tuple[Mergeable, ...]:
    """What a person may merge the order with, within thirty days."""
    placed = work.row(_PLACED, {"tenant": work.tenant_id, "order": order_id})
    return _similar(work, order_id, placed.placed_at, hours=24 * 30) if placed else ()


def find_by_rule(work: Work, order_id: UUID, *, only_automatic: bool) -> tuple[MergeRules | None, tuple[UUID, ...]]:
    """The rules and the orders that they would merge, the order itself among them; () where there is nothing to do.

    Orders on hold are left alone: what somebody still looks at does not change under his hands.
    """
    parameters = {"tenant": work.tenant_id, "order": order_id}
    placed = work.row(_PLACED, parameters)
    rules = merge_rules_of(work, placed.order_type, placed.release) if placed else None
    if placed is None or rules is None or (only_automatic and not rules.automatic):
        return rules, ()
    if placed.open_holds or (rules.only_unallocated and placed.promised):
        return rules, ()
    found = [
        one.id
        for one in _similar(work, order_id, placed.placed_at, hours=rules.within_hours)
        if not one.open_holds and not (rules.only_unallocated and one.promised)
    ]
    if not found:
        return rules, ()
    if rules.when is not None:
        values, moment = values_of_orders(work, [order_id, *found]), Environment(now=work.now, today=work.today)
        if not rules.when(values[order_id], moment):
            return rules, ()
        found = [one for one in found if rules.when(values[one], moment)]
    return rules, (order_id, *found) if found else ()


def _similar(work: Work, order_id: UUID, placed_at: datetime, *, hours: int) -> tuple[Mergeable, ...]:
    window = timedelta(hours=hours)
    parameters = {
        "tenant": work.tenant_id, "order": order_id, "from": placed_at - window, "to": placed_at + window,
    }  # fmt: skip
    return tuple(Mergeable(*row) for row in work.rows(_SIMILAR, parameters))
