"""The list of orders: status tabs with counts, filters, search, keyset paging. Newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_

# Tab -> condition. Each is carried by a partial index of `orders`, so a tab costs what it shows.
TABS: Mapping[str, str] = {
    "all": "o.status <> 'draft'",
    "on_hold": "o.open_holds > 0 AND o.status = 'placed'",
    "to_allocate": "o.status = 'placed' AND o.open_holds = 0 AND NOT o.backordered"
    " AND o.fulfilment_status IN ('open', 'partially_allocated')",
    "backordered": "o.backordered AND o.status = 'placed'",
    "allocated": "o.fulfilment_status = 'allocated' AND o.status = 'placed'",
    "cancelled": "o.status = 'cancelled'",
}
TAB_LABELS: Mapping[str, str] = {
    "all": N_("All"),
    "on_hold": N_("On hold"),
    "to_allocate": N_("To allocate"),
    "backordered": N_("Backordered"),
    "allocated": N_("Allocated"),
    "cancelled": N_("Cancelled"),
}
COUNT_LIMIT = 10_000  # a tab that holds more says "10,000+"
MOST_TOKENS = 500
_SPLIT = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Everything is optional and joined by AND.

    search   words: order numbers (several may be pasted), channel's numbers, a customer, a SKU
    custom   values of the tenant's own order fields, equal
    """

    tab: str = "all"
    search: str = ""
    channel: str | None = None
    order_type: str | None = None
    customer_id: UUID | None = None
    hold_type: str | None = None
    placed_from: date | None = None
    placed_to: date | None = None  # inclusive
    total_from: Decimal | None = None
    total_to: Decimal | None = None
    custom: Mapping[str, Any] = field(default_factory=dict)
    created_by: UUID | None = None
    ids: tuple[UUID, ...] | None = None  # only these


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the page before ended."""

    placed_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSummary:
    """One row of the list."""

    id: UUID
    number: str
    outside_number: str | None
    channel: str
    order_type: str
    customer_id: UUID
    customer_name: str
    status: str
    fulfilment_status: str
    backordered: bool
    open_holds: int
    hold_types: list[str]
    currency: str
    total: Decimal
    line_count: int
    placed_at: datetime
    version: int
    custom: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """next  None on the last page"""

    orders: tuple[OrderSummary, ...]
    next: Cursor | None


_SELECT = """
SELECT o.id, o.number, o.outside_number, o.channel, o.order_type, o.customer_id, c.name AS customer_name, o.status,
  o.fulfilment_status, o.backordered, o.open_holds, o.currency, o.total, o.placed_at, o.version, o.custom,
  CASE WHEN o.open_holds = 0 THEN '{{}}'::text[] ELSE ARRAY(SELECT DISTINCT h.type FROM order_holds h
    WHERE h.tenant_id = %(tenant)s AND h.order_id = o.id AND h.released_at IS NULL ORDER BY h.type) END AS hold_types,
  (SELECT count(*) FROM order_lines l WHERE l.tenant_id = %(tenant)s AND l.order_id = o.id) AS line_count
FROM orders o JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE {where}
ORDER BY o.placed_at DESC, o.id DESC
LIMIT %(limit)s
"""
_COUNT = "(SELECT count(*) FROM (SELECT 1 FROM orders o WHERE {where} LIMIT %(count_limit)s) x) AS {tab}"
# What the words may mean; each part is answered by an index of its own.
_SEARCH = """o.id IN (
  SELECT id FROM orders WHERE tenant_id = %(tenant)s AND number = ANY(%(tokens)s)
  UNION ALL SELECT id FROM orders WHERE tenant_id = %(tenant)s AND outside_number = ANY(%(tokens)s)
  UNION ALL SELECT order_id FROM order_lines WHERE tenant_id = %(tenant)s AND sku_id IN
    (SELECT id FROM skus WHERE tenant_id = %(tenant)s AND code = ANY(%(tokens)s))
  UNION ALL SELECT id FROM orders WHERE tenant_id = %(tenant)s AND customer_id IN
    (SELECT id FROM customers WHERE tenant_id = %(tenant)s AND search_text LIKE %(like)s)
)"""


def list_orders(work: Work, wanted: OrderFilter, *, limit: int = 50, after: Cursor | None = None) -> OrderPage:
    """One page within the actor's reach, in two round trips at most."""
    conditions, parameters = _conditions(work, wanted)
    conditions.append(TABS[wanted.tab])
    if after is not None:
        conditions.append("(o.placed_at, o.id) < (%(after_at)s, %(after_id)s)")
        parameters |= {"after_at": after.placed_at, "after_id": after.id}
    rows = work.rows(_SELECT.format(where=" AND ".join(conditions)), {**parameters, "limit": limit + 1})
    orders = tuple(OrderSummary(**row._asdict()) for row in rows[:limit])
    last = orders[-1] if len(rows) > limit else None
    return OrderPage(orders=orders, next=Cursor(last.placed_at, last.id) if last else None)


def count_orders(work: Work, wanted: OrderFilter) -> dict[str, int]:
    """tab -> how many orders it holds under the other filters; COUNT_LIMIT + 1 stands for more than COUNT_LIMIT."""
    conditions, parameters = _conditions(work, wanted)
    parts = [_COUNT.format(where=" AND ".join([*conditions, condition]), tab=tab) for tab, condition in TABS.items()]
    row = work.row("SELECT " + ", ".join(parts), {**parameters, "count_limit": COUNT_LIMIT + 1})
    assert row is not None
    return dict(row._asdict())


def _conditions(work: Work, wanted: OrderFilter) -> tuple[list[str], dict[str, Any]]:
    conditions = ["o.tenant_id = %(tenant)s"]
    parameters: dict[str, Any] = {"tenant": work.tenant_id}
    customers, locations = work.actor.reach_list("customer"), work.actor.reach_list("location")
    optional: tuple[tuple[Any, str, str, Any], ...] = (
        (customers, "o.customer_id = ANY(%(customers)s)", "customers", customers),
        (
            locations,
            "EXISTS (SELECT FROM allocations a WHERE a.tenant_id = %(tenant)s AND a.order_id = o.id"
            " AND a.location_id = ANY(%(locations)s))",
            "locations",
            locations,
        ),
        (wanted.channel, "o.channel = %(channel)s", "channel", wanted.channel),
        (wanted.order_type, "o.order_type = %(order_type)s", "order_type", wanted.order_type),
        (wanted.customer_id, "o.customer_id = %(customer)s", "customer", wanted.customer_id),
        (wanted.created_by, "o.created_by = %(created_by)s", "created_by", wanted.created_by),
        (wanted.ids, "o.id = ANY(%(ids)s)", "ids", list(wanted.ids or ())),
        (
            wanted.hold_type,
            "EXISTS (SELECT FROM order_holds h WHERE h.tenant_id = %(tenant)s AND h.order_id = o.id"
            " AND h.type = %(hold_type)s AND h.released_at IS NULL)",
            "hold_type",
            wanted.hold_type,
        ),
        (wanted.placed_from, "o.placed_on >= %(placed_from)s", "placed_from", wanted.placed_from),
        (wanted.placed_to, "o.placed_on <= %(placed_to)s", "placed_to", wanted.placed_to),
        (wanted.total_from, "o.total >= %(total_from)s", "total_from", wanted.total_from),
        (wanted.total_to, "o.total <= %(total_to)s", "total_to", wanted.total_to),
        (
            dict(wanted.custom) or None, "o.custom @> %(custom)s::jsonb", "custom", dumps(dict(wanted.custom)),
        ),
    )  # fmt: skip
    for given, condition, name, value in optional:
        if given is not None:
            conditions.append(condition)
            parameters[name] = value
    words = wanted.search.strip()
    if words:
        conditions.append(_SEARCH)
        parameters["tokens"] = [token for token in _SPLIT.split(words) if token][:MOST_TOKENS]
        parameters["like"] = f"%{_escape_like(words.lower())}%"
    return conditions, parameters


def _escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
