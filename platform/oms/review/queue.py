"""The exception queue: open holds of placed orders, grouped by type and reason, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.review.service_times import ServiceTimes, read_service_times

_FROM = """
FROM order_holds h
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = h.order_id AND o.status = 'placed'
WHERE h.tenant_id = %(tenant)s AND h.released_at IS NULL
  AND (%(customers)s::uuid[] IS NULL OR o.customer_id = ANY(%(customers)s))
  AND (%(locations)s::uuid[] IS NULL OR EXISTS (SELECT FROM allocations a
    WHERE a.tenant_id = %(tenant)s AND a.order_id = o.id AND a.location_id = ANY(%(locations)s)))
  AND (%(type)s::text IS NULL OR h.type = %(type)s) AND (%(reason)s::text IS NULL OR h.reason = %(reason)s)
  AND (%(mine)s::uuid IS NULL OR h.assigned_to = %(mine)s) AND (NOT %(unassigned)s OR h.assigned_to IS NULL)
  AND (NOT %(overdue)s OR EXISTS (SELECT FROM unnest(%(types)s::text[], %(cuts)s::timestamptz[]) AS x (type, cut)
    WHERE x.type = h.type AND h.placed_at <= x.cut))
"""
_ROWS = f"""
SELECT h.id, h.type, h.reason, h.source, h.placed_at, h.placed_by, h.assigned_to, h.other_order_id, h.order_id,
  x.number, x.version, x.currency, x.total, x.priority, x.risk_score, x.prepay_required, x.paid_total, x.channel,
  x.open_holds, x.credit_account_id, c.name AS customer_name, c.number AS customer_number, u.name AS assignee,
  d.number AS other_number, a.number AS account_number,
  CASE WHEN a.credit_limit IS NOT NULL THEN a.exposure END AS exposure, a.credit_limit,
  (SELECT min(t.due_on) FROM expected_receipts t JOIN order_lines l ON l.tenant_id = %(tenant)s
    AND l.order_id = h.order_id AND l.sku_id = t.sku_id AND l.ordered - l.cancelled > l.allocated
    WHERE t.tenant_id = %(tenant)s AND h.type = 'stock' AND t.closed_at IS NULL) AS expected_on,
  h.type = 'stock' AND EXISTS (SELECT FROM order_lines l JOIN sku_substitutes b ON b.tenant_id = %(tenant)s
    AND b.sku_id = l.sku_id WHERE l.tenant_id = %(tenant)s AND l.order_id = h.order_id
    AND l.ordered - l.cancelled > l.allocated) AS substitutable
FROM (SELECT h.* {_FROM} AND (%(at)s::timestamptz IS NULL OR (h.placed_at, h.id) > (%(at)s, %(after)s::uuid))
  ORDER BY h.placed_at, h.id LIMIT %(limit)s) h
JOIN orders x ON x.tenant_id = %(tenant)s AND x.id = h.order_id
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = x.customer_id
LEFT JOIN users u ON u.tenant_id = %(tenant)s AND u.id = h.assigned_to
LEFT JOIN orders d ON d.tenant_id = %(tenant)s AND d.id = h.other_order_id
LEFT JOIN credit_accounts a ON a.tenant_id = %(tenant)s AND a.id = c.credit_account_id
ORDER BY h.placed_at, h.id
"""
_GROUPS = f"""
SELECT h.type, h.reason, count(*) AS holds, min(h.placed_at) AS oldest {_FROM}
GROUP BY h.type, h.reason ORDER BY count(*) DESC, h.type, h.reason LIMIT 60
"""
_COUNTS = f"""
SELECT count(*) AS all, count(*) FILTER (WHERE h.assigned_to = %(me)s) AS mine,
  count(*) FILTER (WHERE h.assigned_to IS NULL) AS unassigned,
  count(*) FILTER (WHERE EXISTS (SELECT FROM unnest(%(types)s::text[], %(cuts)s::timestamptz[]) AS x (type, cut)
    WHERE x.type = h.type AND h.placed_at <= x.cut)) AS overdue {_FROM}
"""
WHICH = ("all", "mine", "unassigned", "overdue")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """which: all, mine, unassigned or overdue; type, reason: None for any; after: (placed_at, id) of the last row"""

    which: str = "all"
    type: str | None = None
    reason: str | None = None
    after: tuple[datetime, UUID] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedHold:
    """One open hold with what a person needs to decide on it. due_at: by when, in business time"""

    hold: Any
    due_at: datetime
    overdue: bool

    @property
    def missing(self) -> Decimal:
        """What is still to be paid before the order is processed, >= 0."""
        return max(Decimal(self.hold.prepay_required) - Decimal(self.hold.paid_total), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """groups: (type, reason, holds, oldest) rows over all pages; counts: which -> holds of any reason"""

    holds: Sequence[QueuedHold]
    groups: Sequence[Any]
    counts: dict[str, int]
    next: tuple[datetime, UUID] | None


def read_queue(work: Work, wanted: QueueFilter) -> Queue:
    """Open holds within the actor's reach: three statements, and two for service times."""
    times = read_service_times(work)
    parameters = _parameters(work, wanted, times)
    rows = work.rows(_ROWS, {**parameters, "limit": wanted.limit + 1})
    shown = rows[: wanted.limit]
    everything = {**parameters, "type": None, "reason": None, "mine": None, "unassigned": False, "overdue": False}
    counts = work.row(_COUNTS, {**everything, "me": work.actor.id})
    assert counts is not None
    return Queue(
        holds=[_queued(row, times, work.now) for row in shown],
        groups=work.rows(_GROUPS, {**parameters, "type": None, "reason": None}),
        counts=counts._asdict(),
        next=(shown[-1].placed_at, shown[-1].id) if len(rows) > wanted.limit else None,
    )


def _queued(row: Any, times: ServiceTimes, now: datetime) -> QueuedHold:
    due = times.due(row.type, row.placed_at)
    return QueuedHold(hold=row, due_at=due, overdue=due <= now)


def _parameters(work: Work, wanted: QueueFilter, times: ServiceTimes) -> dict[str, Any]:
    at, after = wanted.after or (None, None)
    kinds = sorted(times.hours)
    return {
        "tenant": work.tenant_id, "customers": work.actor.reach_list("customer"),
        "locations": work.actor.reach_list("location"), "type": wanted.type, "reason": wanted.reason,
        "mine": work.actor.id if wanted.which == "mine" else None, "unassigned": wanted.which == "unassigned",
        "overdue": wanted.which == "overdue", "types": kinds,
        "cuts": [times.overdue_before(kind, work.now) for kind in kinds], "at": at, "after": after,
    }  # fmt: skip


def orders_of_holds(work: Work, hold_ids: Sequence[UUID]) -> list[UUID]:
    """The orders that these open holds stop."""
    rows = work.rows(
        "SELECT DISTINCT order_id FROM order_holds WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)"
        " AND released_at IS NULL",
        {"tenant": work.tenant_id, "ids": list(hold_ids)},
    )
    return [row.order_id for row in rows]
