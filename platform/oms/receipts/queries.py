"""Reads of what is expected."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.catalog.queries import escape_like

_LIST = """
SELECT e.id, s.code AS sku, s.name, s.base_unit, s.tracking, l.key AS location, l.names AS location_names,
  e.location_id, e.source, e.reference, e.quantity, e.received, e.outstanding, e.due_on, e.note, e.created_at,
  e.created_by, e.closed_at, e.due_on < %(today)s AND e.closed_at IS NULL AS late
FROM expected_receipts e
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = e.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = e.location_id
WHERE e.tenant_id = %(tenant)s AND (%(reach)s::uuid[] IS NULL OR e.location_id = ANY(%(reach)s))
  AND (%(id)s::uuid IS NULL OR e.id = %(id)s) AND (NOT %(open)s OR e.closed_at IS NULL)
  AND (%(sku)s::text IS NULL OR s.code = %(sku)s) AND (%(location)s::text IS NULL OR l.key = %(location)s)
  AND (%(like)s::text IS NULL OR s.search_text LIKE %(like)s OR lower(e.reference) LIKE %(like)s)
  AND (%(after_day)s::date IS NULL OR (e.due_on, e.id) > (%(after_day)s, %(after_id)s))
ORDER BY e.due_on, e.id LIMIT %(limit)s
"""


def list_expected(
    work: Work, *, search: str = "", sku: str | None = None, location: str | None = None, open_only: bool = True,
    receipt_id: UUID | None = None, limit: int = 50, after: tuple[date, UUID] | None = None,
) -> list[Any]:  # fmt: skip
    """By the day on which they are due, within reach; `after` is (day, id) of the last one seen."""
    return work.rows(
        _LIST,
        {
            "tenant": work.tenant_id, "today": work.today, "reach": work.actor.reach_list("location"),
            "id": receipt_id, "open": open_only, "sku": sku, "location": location, "limit": limit,
            "like": f"%{escape_like(search.strip().lower())}%" if search.strip() else None,
            "after_day": after[0] if after else None, "after_id": after[1] if after else None,
        },
    )  # fmt: skip
