"""The list of orders: status tabs with counts, filters, search, keyset paging. Newest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.i18n import N_
from low_code.field_index.filters import FieldFilter, FieldSql, compile_filter
from low_code.kinds.fields.types import SLOT_KINDS
from oms.fields.judge_values import seen_values

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
COUNT_LIMIT_OF_WORDS = 1_000  # where each row is read for words that many hold
MOST_TOKENS = 500
_SPLIT = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Everything is optional and joined by AND.

    search   words: order numbers (several may be pasted), channel's numbers, a customer, a SKU
    custom   values of the tenant's own order fields, equal
    fields   filters by those that who asks may see, the order of the list, and where words are looked for
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
    fields: FieldFilter = field(default_factory=FieldFilter)
    created_by: UUID | None = None
    ids: tuple[UUID, ...] | None = None  # only these


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the page before ended. value: of the field that the list is sorted by, as text; None: without one, or
    among the rows that have none, which come last"""

    placed_at: datetime
    id: UUID
    value: str | None = None


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
    sort_value: str | None = None  # of the field that the list is sorted by


@dataclass(frozen=True, slots=True)
class OrderPage:
    """next  None on the last page"""

    orders: tuple[OrderSummary, ...]
    next: Cursor | None


_SELECT = """
SELECT o.id, o.number, o.outside_number, o.channel, o.order_type, o.customer_id, c.name AS customer_name, o.status,
  o.fulfilment_status, o.backordered, o.open_holds, o.currency, o.total, o.placed_at, o.version, o.custom,
  {value} AS sort_value,
  CASE WHEN o.open_holds = 0 THEN '{{}}'::text[] ELSE ARRAY(SELECT DISTINCT h.type FROM order_holds h
    WHERE h.tenant_id = %(tenant)s AND h.order_id = o.id AND h.released_at IS NULL ORDER BY h.type) END AS hold_types,
  (SELECT count(*) FROM order_lines l WHERE l.tenant_id = %(tenant)s AND l.order_id = o.id) AS line_count
FROM {orders} JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE {where}
ORDER BY {order}
LIMIT %(limit)s
"""
_NEWEST = "o.placed_at DESC, o.id DESC"
_COUNT = "(SELECT count(*) FROM (SELECT 1 FROM {orders} WHERE {where} LIMIT %(count_limit)s) x) AS {tab}"
# What few rows pass is worked out first. The planner's statistics are of all companies together: a value that is rare
# in one and common in the others made it walk the newest orders in search of fifty that are not there.
_FENCED = "(SELECT * FROM orders o WHERE o.tenant_id = %(tenant)s AND {conditions} OFFSET 0) o"
_CASTS = {"s": "text", "n": "double precision", "t": "timestamptz"}
# What the words may mean; each part is answered by an index of its own.
_SEARCH = """o.id IN (
  SELECT id FROM orders WHERE tenant_id = %(tenant)s AND number = ANY(%(tokens)s)
  UNION ALL SELECT id FROM orders WHERE tenant_id = %(tenant)s AND outside_number = ANY(%(tokens)s)
  UNION ALL SELECT order_id FROM order_lines WHERE tenant_id = %(tenant)s AND sku_id IN
    (SELECT id FROM skus WHERE tenant_id = %(tenant)s AND code = ANY(%(tokens)s))
  UNION ALL SELECT id FROM orders WHERE tenant_id = %(tenant)s AND customer_id IN
    (SELECT id FROM customers WHERE tenant_id = %(tenant)s AND search_text LIKE %(like)s)
  {words}
)"""
_WORDS = "UNION ALL SELECT w.id FROM orders w WHERE w.tenant_id = %(tenant)s AND {condition}"


@dataclass(frozen=True, slots=True)
class _Query:
    """orders: what stands in FROM; sort: the column of the field to sort by, or None; count_limit: see OrderCounts"""

    orders: str
    conditions: list[str]
    parameters: dict[str, Any]
    sort: str | None
    count_limit: int


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """tabs: tab -> how many orders it holds, counted no further than one more than `limit`"""

    tabs: Mapping[str, int]
    limit: int


def list_orders(work: Work, wanted: OrderFilter, *, limit: int = 50, after: Cursor | None = None) -> OrderPage:
    """One page within the actor's reach, in two round trips at most; one more where own fields filter or sort.

    raises FieldNotIndexed, FieldNotSearchable
    """
    query = _query(work, wanted)
    query.conditions.append(TABS[wanted.tab])
    rows = _sorted_rows(work, query, wanted, limit, after) if query.sort else _newest(work, query, limit, after)
    orders = tuple(_summary(work, row) for row in rows[:limit])
    last = orders[-1] if len(rows) > limit else None
    return OrderPage(orders=orders, next=Cursor(last.placed_at, last.id, last.sort_value) if last else None)


def _newest(work: Work, query: _Query, limit: int, after: Cursor | None) -> list[Any]:
    conditions, parameters = list(query.conditions), dict(query.parameters)
    if after is not None:
        conditions.append("(o.placed_at, o.id) < (%(after_at)s, %(after_id)s)")
        parameters |= {"after_at": after.placed_at, "after_id": after.id}
    return _rows(work, query, conditions, parameters, _NEWEST, "NULL", limit)


def _sorted_rows(work: Work, query: _Query, wanted: OrderFilter, limit: int, after: Cursor | None) -> list[Any]:
    """Orders that have a value by it, then those that have none, newest first."""
    assert query.sort is not None and wanted.fields.sort is not None
    word, sign = ("DESC", "<") if wanted.fields.sort.descending else ("ASC", ">")
    without = replace(query, conditions=[*query.conditions, f"{query.sort} IS NULL"])
    if after is not None and after.value is None:
        return _newest(work, without, limit, after)
    conditions, parameters = [*query.conditions, f"{query.sort} IS NOT NULL"], dict(query.parameters)
    if after is not None:
        cast = _CASTS[query.sort.partition(".")[2][0]]
        conditions.append(f"({query.sort}, o.id) {sign} (%(after_value)s::{cast}, %(after_id)s)")
        parameters |= {"after_value": after.value, "after_id": after.id}
    order = f"{query.sort} {word}, o.id {word}"
    rows = _rows(work, query, conditions, parameters, order, query.sort, limit)
    if len(rows) <= limit:
        rows += _newest(work, without, limit - len(rows), None)
    return rows


def _rows(
    work: Work, query: _Query, conditions: list[str], parameters: dict[str, Any], order: str, value: str, limit: int
) -> list[Any]:
    """One row more than `limit`, where there is one."""
    statement = _SELECT.format(orders=query.orders, where=" AND ".join(conditions), order=order, value=value)
    return work.rows(statement, {**parameters, "limit": limit + 1})


def _summary(work: Work, row: Any) -> OrderSummary:
    seen = seen_values(work, "order", row.custom)
    return OrderSummary(**{**row._asdict(), "custom": seen, "sort_value": _text(row.sort_value)})


def _text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)


def cursor_fits(fields: FieldFilter, cursor: Cursor) -> bool:
    """Whether a cursor, which comes from outside, can be of a list in this order: its value is one of the field's."""
    if cursor.value is None:
        return True
    letter = SLOT_KINDS.get(fields.sort.field.kept_as) if fields.sort else None
    try:
        if letter == "n":
            return isfinite(float(cursor.value))
        if letter == "t":
            return datetime.fromisoformat(cursor.value).tzinfo is not None
    except ValueError:
        return False
    return letter == "s" and "\x00" not in cursor.value


def count_orders(work: Work, wanted: OrderFilter) -> OrderCounts:
    """How many orders each tab holds under the other filters."""
    query = _query(work, wanted)
    parts = [
        _COUNT.format(orders=query.orders, where=" AND ".join([*query.conditions, condition]), tab=tab)
        for tab, condition in TABS.items()
    ]
    row = work.row("SELECT " + ", ".join(parts), {**query.parameters, "count_limit": query.count_limit + 1})
    assert row is not None
    return OrderCounts(row._asdict(), query.count_limit)


def _query(work: Work, wanted: OrderFilter) -> _Query:
    words = wanted.search.strip()
    fields = compile_filter(work, "order", wanted.fields, alias="o", search=words, words_alias="w")
    conditions, parameters = _conditions(work, wanted, _search(fields))
    orders = "orders o"
    if fields.conditions and fields.selective:
        orders = _FENCED.format(conditions=" AND ".join(fields.conditions))
    else:
        conditions += fields.conditions
    limit = COUNT_LIMIT_OF_WORDS if fields.many else COUNT_LIMIT
    return _Query(orders, conditions, parameters | dict(fields.params), fields.sort, limit)


def _search(fields: FieldSql) -> str:
    if fields.words and fields.along:
        return f"({_SEARCH.format(words='')} OR ({fields.words}))"
    return _SEARCH.format(words=_WORDS.format(condition=fields.words) if fields.words else "")


def _conditions(work: Work, wanted: OrderFilter, search_sql: str) -> tuple[list[str], dict[str, Any]]:
    conditions = ["o.tenant_id = %(tenant)s"]
    parameters: dict[str, Any] = {"tenant": work.tenant_id}
    customers, locations = work.actor.reach_list("customer"), work.actor.reach_list("location")
    sites = work.actor.reach_list("site")
    optional: tuple[tuple[Any, str, str, Any], ...] = (
        (customers, "o.customer_id = ANY(%(customers)s)", "customers", customers),
        (sites, "o.site_id = ANY(%(sites)s)", "sites", sites),
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
        conditions.append(search_sql)
        parameters["tokens"] = [token for token in _SPLIT.split(words) if token][:MOST_TOKENS]
        parameters["like"] = f"%{_escape_like(words.lower())}%"
    return conditions, parameters


def _escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
