"""Reads of counts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work

_LIST = """
SELECT c.id, c.number, c.state, c.scope, c.note, c.created_at, c.created_by, c.submitted_at, c.submitted_by,
  c.closed_at, c.closed_by, c.tolerance_percent, c.tolerance_units, c.location_id,
  l.key AS location, l.names AS location_names,
  x.lines, x.counted, x.differences, x.beyond
FROM stock_counts c
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = c.location_id
CROSS JOIN LATERAL (
  SELECT count(*) AS lines, count(n.counted) AS counted, count(*) FILTER (WHERE n.difference <> 0) AS differences,
    count(*) FILTER (WHERE abs(n.difference) > greatest(c.tolerance_units, n.expected * c.tolerance_percent / 100))
      AS beyond
  FROM stock_count_lines n WHERE n.tenant_id = %(tenant)s AND n.count_id = c.id
) x
WHERE c.tenant_id = %(tenant)s AND (%(id)s::uuid IS NULL OR c.id = %(id)s)
  AND (%(state)s::text IS NULL OR c.state = %(state)s)
  AND (%(reach)s::uuid[] IS NULL OR c.location_id = ANY(%(reach)s))
  AND (%(before)s::uuid IS NULL OR c.id < %(before)s)
ORDER BY c.id DESC LIMIT %(limit)s
"""
_LINES = """
SELECT s.code AS sku, s.name, s.base_unit, s.tracking, b.code AS bin, o.code AS lot, n.counted, n.expected,
  n.difference, n.counted_at, n.counted_by, n.serials,
  coalesce(abs(n.difference) > greatest(c.tolerance_units, n.expected * c.tolerance_percent / 100), false) AS beyond
FROM stock_count_lines n
JOIN stock_counts c ON c.tenant_id = %(tenant)s AND c.id = n.count_id
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = n.sku_id
LEFT JOIN bins b ON b.tenant_id = %(tenant)s AND b.id = n.bin_id
LEFT JOIN lots o ON o.tenant_id = %(tenant)s AND o.id = n.lot_id
WHERE n.tenant_id = %(tenant)s AND n.count_id = %(id)s
ORDER BY b.code NULLS FIRST, s.code, o.code LIMIT %(limit)s
"""


def list_counts(
    work: Work, *, state: str | None = None, count_id: UUID | None = None, limit: int = 50, before: UUID | None = None
) -> list[Any]:
    """Newest first, at locations within reach."""
    return work.rows(
        _LIST,
        {
            "tenant": work.tenant_id, "id": count_id, "state": state, "limit": limit, "before": before,
            "reach": work.actor.reach_list("location"),
        },
    )  # fmt: skip


def count_lines(work: Work, count_id: UUID, *, limit: int = 10_000) -> list[Any]:
    """By bin, SKU and lot: the way through the house."""
    return work.rows(_LINES, {"tenant": work.tenant_id, "id": count_id, "limit": limit})
