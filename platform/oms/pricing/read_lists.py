"""Reads of price lists for pages and the API."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.catalog.queries import escape_like
from oms.pricing.errors import PriceListNotFound

_LISTS = """
SELECT l.id, l.key, l.names, l.currency::text AS currency, l.scope, l.priority, l.valid_from, l.valid_to, l.active,
  (SELECT count(*) FROM (SELECT FROM price_list_targets t
    WHERE t.tenant_id = %(tenant)s AND t.price_list_id = l.id LIMIT 1000) x) AS targets,
  (SELECT count(*) FROM (SELECT FROM price_list_entries e
    WHERE e.tenant_id = %(tenant)s AND e.price_list_id = l.id LIMIT 10001) x) AS rows
FROM price_lists l
WHERE l.tenant_id = %(tenant)s AND (%(after)s::text IS NULL OR l.key > %(after)s)
  AND (%(search)s::text IS NULL OR l.key ILIKE %(search)s OR l.names::text ILIKE %(search)s)
  AND (%(scope)s::text IS NULL OR l.scope = %(scope)s)
ORDER BY l.key LIMIT %(limit)s
"""
_LIST = """
SELECT l.id, l.key, l.names, l.currency::text AS currency, l.scope, l.priority, l.valid_from, l.valid_to, l.active
FROM price_lists l WHERE l.tenant_id = %(tenant)s AND l.key = %(key)s
"""
_TARGETS = """
SELECT c.number AS customer, c.name AS customer_name, g.key AS customer_group, t.channel, t.country, t.region
FROM price_list_targets t
LEFT JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = t.customer_id
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = t.group_id
WHERE t.tenant_id = %(tenant)s AND t.price_list_id = %(list)s ORDER BY t.id LIMIT 500
"""
_ROWS = """
SELECT s.code AS sku, s.name, s.base_unit, e.min_quantity AS from_quantity, e.unit_price, e.unit, e.floor_price
FROM price_list_entries e JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = e.sku_id
WHERE e.tenant_id = %(tenant)s AND e.price_list_id = %(list)s
  AND (%(after_sku)s::text IS NULL OR (s.code, e.min_quantity) > (%(after_sku)s, %(after_quantity)s))
  AND (%(search)s::text IS NULL OR s.search_text LIKE %(search)s)
ORDER BY s.code, e.min_quantity LIMIT %(limit)s
"""
_CHUNK = 5_000


def list_price_lists(
    work: Work, *, search: str = "", scope: str | None = None, limit: int, after: str | None = None
) -> list[Any]:
    """By key. `rows` and `targets` are counted up to 10,001 and 1,000."""
    pattern = f"%{escape_like(search.strip())}%" if search.strip() else None
    parameters = {"tenant": work.tenant_id, "search": pattern, "scope": scope, "limit": limit, "after": after}
    return work.rows(_LISTS, parameters)


def read_price_list(work: Work, key: str) -> tuple[Any, list[Any]]:
    """(the list, for whom it is). Raises PriceListNotFound."""
    row = work.row(_LIST, {"tenant": work.tenant_id, "key": key})
    if row is None:
        raise PriceListNotFound(key=key)
    return row, work.rows(_TARGETS, {"tenant": work.tenant_id, "list": row.id})


def list_tiers(
    work: Work, list_id: UUID, *, search: str = "", limit: int, after: tuple[str, Decimal] | None = None
) -> list[Any]:
    """Rows of a list by SKU and quantity."""
    return work.rows(
        _ROWS,
        {
            "tenant": work.tenant_id, "list": list_id, "limit": limit,
            "search": f"%{escape_like(search.strip().lower())}%" if search.strip() else None,
            "after_sku": after[0] if after else None, "after_quantity": after[1] if after else None,
        },
    )  # fmt: skip


def all_tiers(work: Work, list_id: UUID) -> Iterator[Any]:
    """Every row of a list, read in pieces."""
    after: tuple[str, Decimal] | None = None
    while rows := list_tiers(work, list_id, limit=_CHUNK, after=after):
        yield from rows
        after = rows[-1].sku, rows[-1].from_quantity
