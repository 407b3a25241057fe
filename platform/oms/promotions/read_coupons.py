"""Reads of coupons, what of promotions is used, and which orders used it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.catalog.queries import escape_like

_COUPONS = """
SELECT c.id, c.code, c.promotion, k.number AS customer, c.most_uses, c.most_per_customer, c.valid_from, c.valid_to,
  c.active, r.uses, r.amount
FROM coupons c
LEFT JOIN customers k ON k.tenant_id = %(tenant)s AND k.id = c.customer_id
CROSS JOIN LATERAL (SELECT count(*) AS uses, coalesce(sum(x.amount), 0) AS amount FROM promotion_redemptions x
  WHERE x.tenant_id = %(tenant)s AND x.promotion = c.promotion AND x.coupon = c.code AND x.given_back_at IS NULL) r
WHERE c.tenant_id = %(tenant)s AND (%(after)s::text IS NULL OR c.code > %(after)s)
  AND (%(search)s::text IS NULL OR c.code LIKE upper(%(search)s) OR c.promotion LIKE %(search)s)
ORDER BY c.code LIMIT %(limit)s
"""
_REDEMPTIONS = """
SELECT r.id, r.promotion, r.coupon, r.amount, r.redeemed_at, r.given_back_at, o.id AS order_id, o.number,
  o.currency::text AS currency, c.number AS customer, c.name AS customer_name
FROM promotion_redemptions r
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = r.order_id
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
WHERE r.tenant_id = %(tenant)s AND (%(before)s::uuid IS NULL OR r.id < %(before)s)
  AND (%(promotion)s::text IS NULL OR r.promotion = %(promotion)s)
  AND (%(coupon)s::text IS NULL OR r.coupon = %(coupon)s)
  AND (%(customers)s::uuid[] IS NULL OR r.customer_id = ANY(%(customers)s))
ORDER BY r.id DESC LIMIT %(limit)s
"""
_USED = """
SELECT promotion, count(*) FILTER (WHERE given_back_at IS NULL) AS uses,
  coalesce(sum(amount) FILTER (WHERE given_back_at IS NULL), 0) AS amount
FROM promotion_redemptions WHERE tenant_id = %(tenant)s GROUP BY promotion
"""


def list_coupons(work: Work, *, search: str = "", limit: int, after: str | None = None) -> list[Any]:
    """By code, with how often each is used and what it took off."""
    pattern = f"%{escape_like(search.strip())}%" if search.strip() else None
    return work.rows(_COUPONS, {"tenant": work.tenant_id, "search": pattern, "limit": limit, "after": after})


def list_redemptions(
    work: Work, *, promotion: str | None = None, coupon: str | None = None, limit: int, before: UUID | None = None
) -> list[Any]:
    """Newest first, within the actor's reach."""
    return work.rows(
        _REDEMPTIONS,
        {
            "tenant": work.tenant_id, "promotion": promotion, "coupon": coupon, "limit": limit, "before": before,
            "customers": work.actor.reach_list("customer"),
        },
    )  # fmt: skip


def uses_by_promotion(work: Work) -> dict[str, tuple[int, Any]]:
    """promotion -> (uses, amount taken off) of orders that stand."""
    return {row.promotion: (row.uses, row.amount) for row in work.rows(_USED, {"tenant": work.tenant_id})}
