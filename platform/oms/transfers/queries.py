"""Reads of transfers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work

_LIST = """
SELECT t.id, t.number, t.state, t.expected_on, t.note, t.created_at, t.created_by, t.sent_at, t.sent_by, t.received_at,
  f.key AS from_location, f.names AS from_names, g.key AS to_location, g.names AS to_names,
  t.from_location_id, t.to_location_id, x.lines, x.units, x.on_the_way, x.lost
FROM stock_transfers t
JOIN locations f ON f.tenant_id = %(tenant)s AND f.id = t.from_location_id
JOIN locations g ON g.tenant_id = %(tenant)s AND g.id = t.to_location_id
CROSS JOIN LATERAL (
  SELECT count(*) AS lines, coalesce(sum(l.quantity), 0) AS units, coalesce(sum(l.sent - l.received - l.lost), 0)
    AS on_the_way, coalesce(sum(l.lost), 0) AS lost
  FROM stock_transfer_lines l WHERE l.tenant_id = %(tenant)s AND l.transfer_id = t.id
) x
WHERE t.tenant_id = %(tenant)s AND (%(id)s::uuid IS NULL OR t.id = %(id)s)
  AND (%(state)s::text IS NULL OR t.state = %(state)s)
  AND (%(reach)s::uuid[] IS NULL OR t.from_location_id = ANY(%(reach)s) OR t.to_location_id = ANY(%(reach)s))
  AND (%(before)s::uuid IS NULL OR t.id < %(before)s)
ORDER BY t.id DESC LIMIT %(limit)s
"""
_LINES = """
SELECT l.line_no, s.code AS sku, s.name, s.base_unit, s.tracking, o.code AS lot, b.code AS bin, l.quantity, l.sent,
  l.received, l.lost, l.loss_reason, l.sent - l.received - l.lost AS on_the_way, l.serials,
  CASE WHEN t.state = 'received' THEN l.quantity - l.sent ELSE 0 END AS called_back
FROM stock_transfer_lines l
JOIN stock_transfers t ON t.tenant_id = %(tenant)s AND t.id = l.transfer_id
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
LEFT JOIN lots o ON o.tenant_id = %(tenant)s AND o.id = l.lot_id
LEFT JOIN bins b ON b.tenant_id = %(tenant)s AND b.id = l.bin_id
WHERE l.tenant_id = %(tenant)s AND l.transfer_id = %(id)s ORDER BY l.line_no
"""


def list_transfers(
    work: Work, *, state: str | None = None, transfer_id: UUID | None = None, limit: int = 50,
    before: UUID | None = None,
) -> list[Any]:  # fmt: skip
    """Newest first; those from or to a location within reach."""
    return work.rows(
        _LIST,
        {
            "tenant": work.tenant_id, "id": transfer_id, "state": state, "limit": limit, "before": before,
            "reach": work.actor.reach_list("location"),
        },
    )  # fmt: skip


def transfer_lines(work: Work, transfer_id: UUID) -> list[Any]:
    """In the order of the rows; called_back: units that returned from the way after others had arrived."""
    return work.rows(_LINES, {"tenant": work.tenant_id, "id": transfer_id})
