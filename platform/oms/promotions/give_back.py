"""Gives back what a cancelled order used of promotions: the use with the last unit, amounts as they shrink."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work

# What an order takes off now: its adjustments, and the charges that are waived while anything of it is left.
_NOW = """
WITH taken AS (
  SELECT r.id, r.promotion, r.coupon, r.customer_id, r.amount AS before, r.uses, CASE WHEN %(whole)s THEN 0 ELSE
    coalesce((SELECT sum(a.amount) FROM order_adjustments a
      WHERE a.tenant_id = %(tenant)s AND a.order_id = %(order)s AND a.source = 'promotion/' || r.promotion), 0)
    + coalesce((SELECT sum(c.discount) FROM order_charges c
      WHERE c.tenant_id = %(tenant)s AND c.order_id = %(order)s AND c.waived_by = 'promotion/' || r.promotion), 0)
    END AS after
  FROM promotion_redemptions r
  WHERE r.tenant_id = %(tenant)s AND r.order_id = %(order)s AND r.given_back_at IS NULL
), noted AS (
  UPDATE promotion_redemptions r SET given_back_at = CASE WHEN %(whole)s THEN %(now)s::timestamptz END,
    amount = CASE WHEN %(whole)s THEN r.amount ELSE t.after END
  FROM taken t WHERE r.tenant_id = %(tenant)s AND r.id = t.id AND (%(whole)s OR t.after <> t.before)
), locked AS (
  SELECT c.id, t.before - t.after AS amount, t.uses FROM promotion_counters c
  JOIN taken t ON t.promotion = c.promotion AND c.coupon IN ('', t.coupon)
    AND c.customer IN ('', t.customer_id::text)
  WHERE c.tenant_id = %(tenant)s AND (%(whole)s OR t.after <> t.before)
  ORDER BY c.promotion, c.coupon, c.customer FOR NO KEY UPDATE OF c
)
UPDATE promotion_counters c SET uses = CASE WHEN %(whole)s THEN greatest(c.uses - l.uses, 0) ELSE c.uses END,
  amount = greatest(c.amount - l.amount, 0)
FROM locked l WHERE c.tenant_id = %(tenant)s AND c.id = l.id
"""


def give_back(work: Work, order_id: UUID, *, whole: bool) -> None:
    """Call it when lines and charges are as they will be. whole: nothing is left of the order

    One statement; the counters are the last locks of a transaction. Twice is safe.
    """
    work.execute(_NOW, {"tenant": work.tenant_id, "order": order_id, "whole": whole, "now": work.now})
