"""What every change of an order leaves behind: a timeline entry, decisions, and fresh roll-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id

_EVENT = """
INSERT INTO order_events (tenant_id, id, order_id, kind, facts, at, actor_kind, actor_id, actor_name)
VALUES (%(tenant)s, %(id)s, %(order)s, %(kind)s, %(facts)s::jsonb, %(now)s, %(actor_kind)s, %(actor_id)s, %(actor)s)
"""
_DECISION = """
INSERT INTO decisions (tenant_id, id, order_id, kind, release, outcome, trace, at)
VALUES (%(tenant)s, %(id)s, %(order)s, %(kind)s, %(release)s, %(outcome)s, %(trace)s::jsonb, %(now)s)
"""
# Money received against what is owed, which credit notes make less.
_PAYMENT_STATUS = """CASE
    WHEN o.paid_total = 0 THEN CASE WHEN o.payment_status <> 'none' AND EXISTS (SELECT FROM receivables r
      WHERE r.tenant_id = o.tenant_id AND r.order_id = o.id AND r.kind = 'payment' AND r.refunded > 0)
      THEN 'refunded' ELSE 'none' END
    WHEN o.paid_total < o.total - o.credited_total THEN 'partially_paid'
    WHEN o.paid_total = o.total - o.credited_total THEN 'paid'
    ELSE 'overpaid' END"""
# Derived, never set by hand: a roll-up of the lines' ledgers, of the open holds and of money.
_ROLL_UP = f"""
UPDATE orders o SET
  fulfilment_status = CASE
    WHEN t.ordered = t.cancelled THEN 'cancelled'
    WHEN t.shipped = t.ordered - t.cancelled THEN 'shipped'
    WHEN t.shipped > 0 THEN 'partially_shipped'
    WHEN t.allocated = t.ordered - t.cancelled THEN 'allocated'
    WHEN t.allocated > 0 THEN 'partially_allocated'
    ELSE 'open' END,
  payment_status = {_PAYMENT_STATUS},
  backordered = t.backordered > 0,
  open_holds = t.holds,
  status = CASE WHEN t.ordered = t.cancelled AND o.status = 'placed' THEN 'cancelled' ELSE o.status END,
  closed_at = CASE WHEN t.ordered = t.cancelled AND o.status = 'placed' THEN %(now)s ELSE o.closed_at END,
  version = o.version + 1
FROM (
  SELECT l.order_id, sum(ordered) AS ordered, sum(cancelled) AS cancelled, sum(allocated) AS allocated,
    sum(shipped) AS shipped, sum(backordered) AS backordered,
    (SELECT count(*) FROM order_holds h
      WHERE h.tenant_id = %(tenant)s AND h.order_id = l.order_id AND h.released_at IS NULL) AS holds
  FROM order_lines l WHERE l.tenant_id = %(tenant)s AND l.order_id = ANY(%(orders)s) GROUP BY l.order_id
) t
WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s) AND o.id = t.order_id
RETURNING o.status, o.fulfilment_status, o.open_holds, o.version
"""
_ROLL_UP_MONEY = f"""
UPDATE orders o SET payment_status = {_PAYMENT_STATUS}
WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s) AND o.payment_status <> {_PAYMENT_STATUS}
"""


def record_event(work: Work, order_id: UUID, kind: str, facts: Mapping[str, Any]) -> None:
    """One entry of the order's timeline, by the actor of this unit of work."""
    work.execute(
        _EVENT,
        {
            "tenant": work.tenant_id, "id": new_id(), "order": order_id, "kind": kind, "facts": dumps(facts),
            "now": work.now, "actor_kind": work.actor.kind, "actor_id": work.actor.id, "actor": work.actor.name,
        },
    )  # fmt: skip


def record_decision(
    work: Work, order_id: UUID, kind: str, *, release: int, outcome: str, trace: Mapping[str, Any]
) -> None:
    """Why something was decided as it was."""
    work.execute(
        _DECISION,
        {
            "tenant": work.tenant_id, "id": new_id(), "order": order_id, "kind": kind, "release": release,
            "outcome": outcome, "trace": dumps(trace), "now": work.now,
        },
    )  # fmt: skip


def roll_up(work: Work, order_id: UUID) -> Any:
    """Derives fulfilment and payment status, backorder flag and hold count, and raises the version by one.

    returns (status, fulfilment_status, open_holds, version)
    """
    return work.row(_ROLL_UP, {"tenant": work.tenant_id, "orders": [order_id], "now": work.now})


def roll_up_orders(work: Work, order_ids: Sequence[UUID]) -> None:
    """As roll_up, for many orders in one statement."""
    work.rows(_ROLL_UP, {"tenant": work.tenant_id, "orders": list(order_ids), "now": work.now})


def roll_up_money(work: Work, order_ids: Sequence[UUID]) -> None:
    """Derives the payment status of orders whose money has changed. Their version stays: nothing of them changed."""
    work.execute(_ROLL_UP_MONEY, {"tenant": work.tenant_id, "orders": list(order_ids)})
