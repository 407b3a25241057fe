"""Reads of reservations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work

_LIST = """
SELECT r.id, s.code AS sku, s.name, s.base_unit, r.quantity, r.converted, r.purpose, r.reference, r.channel, r.until,
  CASE WHEN r.state = 'active' AND r.until <= %(now)s THEN 'expired' ELSE r.state END AS state, r.created_at,
  r.created_by, r.closed_at, c.number AS customer, c.name AS customer_name,
  (SELECT coalesce(jsonb_object_agg(l.key, trim_scale(u.quantity)::text), '{}') FROM reservation_units u
    JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = u.location_id
    WHERE u.tenant_id = %(tenant)s AND u.reservation_id = r.id AND u.quantity > 0) AS held
FROM reservations r
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = r.sku_id
LEFT JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
WHERE r.tenant_id = %(tenant)s AND (%(id)s::uuid IS NULL OR r.id = %(id)s)
  AND (NOT %(active)s OR (r.state = 'active' AND r.until > %(now)s))
  AND (%(reach)s::uuid[] IS NULL OR NOT EXISTS (SELECT FROM reservation_units u
    WHERE u.tenant_id = %(tenant)s AND u.reservation_id = r.id AND u.location_id <> ALL(%(reach)s)))
  AND (%(customers)s::uuid[] IS NULL OR r.customer_id IS NULL OR r.customer_id = ANY(%(customers)s))
  AND (%(before)s::uuid IS NULL OR r.id < %(before)s)
ORDER BY r.id DESC LIMIT %(limit)s
"""


def list_reservations(
    work: Work, *, active_only: bool = False, reservation_id: UUID | None = None, limit: int = 50,
    before: UUID | None = None,
) -> list[Any]:  # fmt: skip
    """Newest first, within reach. `held` is location key -> units that it still holds."""
    return work.rows(
        _LIST,
        {
            "tenant": work.tenant_id, "id": reservation_id, "active": active_only, "now": work.now, "limit": limit,
            "customers": work.actor.reach_list("customer"), "before": before,
            "reach": work.actor.reach_list("location"),
        },
    )  # fmt: skip
