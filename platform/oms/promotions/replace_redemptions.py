"""An order that is changed uses other promotions than before: what it used is taken back, what it uses now counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.promotions.redeem import Used, redeem
from oms.promotions.usage import Claim, Usage

_OWN = """
SELECT promotion, coupon, customer_id::text AS customer, uses, amount FROM promotion_redemptions
WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND given_back_at IS NULL
"""
_TAKE_BACK = """
WITH gone AS (
  DELETE FROM promotion_redemptions WHERE tenant_id = %(tenant)s AND order_id = %(order)s
  RETURNING promotion, coupon, customer_id::text AS customer,
    CASE WHEN given_back_at IS NULL THEN uses ELSE 0 END AS uses,
    CASE WHEN given_back_at IS NULL THEN amount ELSE 0 END AS amount
), locked AS (
  SELECT c.id, g.uses, g.amount FROM promotion_counters c JOIN gone g ON g.promotion = c.promotion
    AND c.coupon IN ('', g.coupon) AND c.customer IN ('', g.customer)
  WHERE c.tenant_id = %(tenant)s ORDER BY c.promotion, c.coupon, c.customer FOR NO KEY UPDATE OF c
)
UPDATE promotion_counters c SET uses = greatest(c.uses - l.uses, 0), amount = greatest(c.amount - l.amount, 0)
FROM locked l WHERE c.tenant_id = %(tenant)s AND c.id = l.id
"""


def usage_of_others(work: Work, order_id: UUID, usage: Usage) -> Usage:
    """What is used of promotions without what this order itself uses."""
    used = dict(usage.used)
    for own in work.rows(_OWN, {"tenant": work.tenant_id, "order": order_id}):
        for key in _keys(own):
            if key in used:
                uses, amount = used[key]
                used[key] = (max(uses - own.uses, 0), max(amount - own.amount, Decimal(0)))
    return replace(usage, used=used)


def replace_redemptions(
    work: Work, order_id: UUID, customer_id: UUID, used: Sequence[Used], claims: Iterable[Claim]
) -> None:
    """The last locks of a transaction. Raises PromotionsTaken where another order took what was left."""
    work.execute(_TAKE_BACK, {"tenant": work.tenant_id, "order": order_id})
    redeem(work, order_id, customer_id, used, claims)


def _keys(own: Any) -> set[tuple[str, str, str]]:
    return {(own.promotion, coupon, customer) for coupon in ("", own.coupon) for customer in ("", own.customer)}
