"""The register of units that wait: which line, since when, until when, and what is done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.allocation.queue import DEFAULT_QUEUE, Waiting, common_queue, in_queue
from oms.placement.errors import OrderTypeUnknown
from oms.placement.policy_for import policy_for
from oms.receipts.read_outlook import read_outlook

_REGISTER = """
SELECT l.id AS line_id, l.line_no, l.sku_id, l.sku, l.name, s.base_unit, l.backordered,
  l.ordered - l.cancelled AS ordered,
  o.id AS order_id, o.number, o.version, o.placed_at, o.placed_on, o.priority, o.promise_on, o.open_holds,
  o.customer_id, c.number AS customer_number, c.name AS customer_name, c.email,
  f.id AS follow_up_id, f.note, f.due_on, q.id AS question_id, q.asked_at, q.expires_at,
  (SELECT a.answer FROM backorder_questions a WHERE a.tenant_id = %(tenant)s AND a.line_id = l.id AND a.answer <> ''
    ORDER BY a.id DESC LIMIT 1) AS last_answer
FROM order_lines l
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = l.order_id AND o.status = 'placed'
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
LEFT JOIN backorder_follow_ups f ON f.tenant_id = %(tenant)s AND f.line_id = l.id AND f.done_at IS NULL
LEFT JOIN backorder_questions q ON q.tenant_id = %(tenant)s AND q.line_id = l.id AND q.answer = ''
  AND q.expires_at > %(now)s
WHERE l.tenant_id = %(tenant)s AND l.backordered > 0
  AND (%(after)s::uuid IS NULL OR l.id > %(after)s)
  AND (%(line)s::uuid IS NULL OR l.id = %(line)s)
  AND (%(sku)s::text IS NULL OR l.sku = %(sku)s)
  AND (%(customer)s::text IS NULL OR c.number = %(customer)s OR c.search_text LIKE '%%' || lower(%(customer)s) || '%%')
  AND (%(placed_until)s::date IS NULL OR o.placed_on <= %(placed_until)s)
  AND (NOT %(overdue)s OR o.promise_on < %(today)s)
  AND (NOT %(due)s OR f.due_on <= %(today)s)
  AND (%(customers)s::uuid[] IS NULL OR o.customer_id = ANY(%(customers)s))
  AND (%(locations)s::uuid[] IS NULL OR EXISTS (SELECT FROM allocations a
    WHERE a.tenant_id = %(tenant)s AND a.order_id = o.id AND a.location_id = ANY(%(locations)s)))
ORDER BY l.id LIMIT %(limit)s
"""
_QUEUES = """
SELECT l.id AS line_id, l.sku_id, l.line_no, l.backordered, o.id AS order_id, o.priority, o.promise_on, o.placed_at,
  o.order_type, o.release, coalesce(g.key, '') AS customer_class
FROM order_lines l
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = l.order_id AND o.status = 'placed'
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
WHERE l.tenant_id = %(tenant)s AND l.sku_id = ANY(%(skus)s) AND l.backordered > 0
"""
_COUNTS = """
SELECT count(*) AS lines, count(DISTINCT l.order_id) AS orders,
  count(*) FILTER (WHERE o.promise_on < %(today)s) AS overdue,
  (SELECT count(*) FROM backorder_follow_ups f WHERE f.tenant_id = %(tenant)s AND f.done_at IS NULL
    AND f.due_on <= %(today)s) AS due
FROM order_lines l JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = l.order_id AND o.status = 'placed'
WHERE l.tenant_id = %(tenant)s AND l.backordered > 0
  AND (%(customers)s::uuid[] IS NULL OR o.customer_id = ANY(%(customers)s))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderFilter:
    """sku           exact code
    customer      number, or part of the name
    placed_until  tenant-local day: what waits at least since then
    overdue       the promised day is over
    due           a follow-up is due today or was before
    """

    sku: str | None = None
    customer: str | None = None
    placed_until: date | None = None
    overdue: bool = False
    due: bool = False
    line: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backorder:
    """Units of one line that wait. `expected_on`: the day on which what is expected covers this line and those before
    it in the queue; None: nothing that is known does. Quantities in base units."""

    line_id: UUID
    line_no: int
    sku_id: UUID
    sku: str
    name: str
    base_unit: str
    backordered: Decimal
    ordered: Decimal
    order_id: UUID
    number: str
    version: int
    placed_at: datetime
    placed_on: date
    priority: int
    promise_on: date | None
    open_holds: int
    customer_id: UUID
    customer_number: str
    customer_name: str
    email: str
    follow_up_id: UUID | None
    note: str | None
    due_on: date | None
    question_id: UUID | None
    asked_at: datetime | None
    expires_at: datetime | None
    last_answer: str | None
    expected_on: date | None = None


def list_backorders(
    work: Work, wanted: BackorderFilter, *, limit: int = 50, after: UUID | None = None
) -> tuple[list[Backorder], UUID | None]:
    """(a page, oldest lines first; the line to go on after, or None). Three statements."""
    parameters = {
        "tenant": work.tenant_id, "now": work.now, "today": work.today, "after": after, "limit": limit + 1,
        "sku": wanted.sku or None, "customer": wanted.customer or None, "placed_until": wanted.placed_until,
        "overdue": wanted.overdue, "due": wanted.due, "line": wanted.line,
        "customers": work.actor.reach_list("customer"), "locations": work.actor.reach_list("location"),
    }  # fmt: skip
    rows = work.rows(_REGISTER, parameters)
    shown = rows[:limit]
    expected = expected_days(work, {row.sku_id for row in shown})
    found = [Backorder(**row._asdict(), expected_on=expected.get(row.line_id)) for row in shown]
    return found, (shown[-1].line_id if len(rows) > limit else None)


def count_backorders(work: Work) -> Any:
    """(lines, orders, overdue, due) of what is within reach."""
    parameters = {
        "tenant": work.tenant_id, "today": work.today, "customers": work.actor.reach_list("customer"),
    }  # fmt: skip
    return work.row(_COUNTS, parameters)


def expected_days(work: Work, skus: set[UUID] | frozenset[UUID]) -> Mapping[UUID, date | None]:
    """line -> day, for every line that waits for one of the SKUs. Who is served first is counted first."""
    if not skus:
        return {}
    rows = work.rows(_QUEUES, {"tenant": work.tenant_id, "skus": sorted(skus)})
    kinds = sorted({(row.order_type, row.release) for row in rows})
    queue = common_queue(_queue_of(work, *kind) for kind in kinds)
    supply = read_outlook(work, sorted(skus), waiting_first=False)
    by_order: dict[UUID, list[Any]] = {}
    for row in rows:
        by_order.setdefault(row.order_id, []).append(row)
    waiting = [
        Waiting(
            order_id=order, priority=lines[0].priority, promise_on=lines[0].promise_on,
            customer_class=lines[0].customer_class, placed_at=lines[0].placed_at,
        )
        for order, lines in by_order.items()
    ]  # fmt: skip
    before: dict[UUID, Decimal] = {}
    found: dict[UUID, date | None] = {}
    for one in in_queue(waiting, queue):
        for row in sorted(by_order[one.order_id], key=lambda row: row.line_no):
            before[row.sku_id] = before.get(row.sku_id, Decimal(0)) + row.backordered
            found[row.line_id] = supply[row.sku_id].earliest(before[row.sku_id], work.today)
    return found


def _queue_of(work: Work, order_type: str, release: int) -> Sequence[Any]:
    try:
        rule = policy_for(work, order_type, release).allocation
    except OrderTypeUnknown:
        return DEFAULT_QUEUE
    return rule.queue if rule is not None else DEFAULT_QUEUE
