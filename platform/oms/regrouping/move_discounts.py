"""What promotions took off, and what is charged beside goods, goes with the lines: to the cent, with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from kernel.money import Money, apportion

_ADJUSTMENTS = """
SELECT id, line_id, amount FROM order_adjustments
WHERE tenant_id = %(tenant)s AND line_id = ANY(%(lines)s) ORDER BY line_id, id
"""
_SPLIT = """
WITH x AS (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS x (id uuid, new_id uuid, to_order uuid, to_line uuid, amount numeric)), made AS (
  INSERT INTO order_adjustments (tenant_id, id, order_id, line_id, source, label, coupon, amount)
  SELECT a.tenant_id, x.new_id, x.to_order, x.to_line, a.source, a.label, a.coupon, x.amount
  FROM x JOIN order_adjustments a ON a.tenant_id = %(tenant)s AND a.id = x.id
), gone AS (SELECT id, sum(amount) AS amount FROM x GROUP BY id), emptied AS (
  DELETE FROM order_adjustments a USING gone g WHERE a.tenant_id = %(tenant)s AND a.id = g.id AND a.amount = g.amount
)
UPDATE order_adjustments a SET amount = a.amount - g.amount FROM gone g
WHERE a.tenant_id = %(tenant)s AND a.id = g.id AND a.amount > g.amount
"""
_FOLLOW_LINES = """
UPDATE order_adjustments a SET order_id = l.order_id FROM order_lines l
WHERE a.tenant_id = %(tenant)s AND a.line_id = ANY(%(lines)s) AND l.tenant_id = %(tenant)s AND l.id = a.line_id
  AND a.order_id <> l.order_id
"""
# Parts flow back: adjustments of one source and coupon become one again.
_JOIN = """
WITH x AS (SELECT * FROM jsonb_to_recordset(%(parts)s::jsonb) AS x (line uuid, back_to uuid, to_order uuid)), gone AS (
  DELETE FROM order_adjustments a USING x WHERE a.tenant_id = %(tenant)s AND a.line_id = x.line
  RETURNING a.id, x.back_to, x.to_order, a.source, a.label, a.coupon, a.amount
), same AS (
  UPDATE order_adjustments a SET amount = a.amount + g.amount
  FROM (SELECT back_to, source, coupon, sum(amount) AS amount FROM gone GROUP BY back_to, source, coupon) g
  WHERE a.tenant_id = %(tenant)s AND a.line_id = g.back_to AND a.source = g.source
    AND a.coupon IS NOT DISTINCT FROM g.coupon
  RETURNING g.back_to, g.source, g.coupon
)
INSERT INTO order_adjustments (tenant_id, id, order_id, line_id, source, label, coupon, amount)
SELECT %(tenant)s, (array_agg(g.id))[1], g.to_order, g.back_to, g.source, (array_agg(g.label))[1], g.coupon,
  sum(g.amount)
FROM gone g WHERE NOT EXISTS (SELECT FROM same s WHERE s.back_to = g.back_to AND s.source = g.source
  AND s.coupon IS NOT DISTINCT FROM g.coupon)
GROUP BY g.to_order, g.back_to, g.source, g.coupon
"""
_TAKE_CHARGES = """
UPDATE order_charges c SET order_id = %(into)s, origin_id = coalesce(c.origin_id, c.order_id), position = n.position
FROM (SELECT id, (SELECT coalesce(max(position), 0) FROM order_charges WHERE tenant_id = %(tenant)s
    AND order_id = %(into)s) + row_number() OVER (ORDER BY order_id, position) AS position
  FROM order_charges WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s)) n
WHERE c.tenant_id = %(tenant)s AND c.id = n.id
"""
_RETURN_CHARGES = """
UPDATE order_charges c SET order_id = c.origin_id, origin_id = NULL, position = n.position
FROM (SELECT id, row_number() OVER (PARTITION BY origin_id ORDER BY position) AS position FROM order_charges
  WHERE tenant_id = %(tenant)s AND order_id = %(from)s AND origin_id = ANY(%(orders)s)) n
WHERE c.tenant_id = %(tenant)s AND c.id = n.id
"""
# What each order takes off now, by promotion. Together the orders use as much of it as before, so counters stay.
_USED = """
SELECT order_id, promotion, max(coupon) AS coupon, sum(amount) AS amount FROM (
  SELECT order_id, substr(source, 11) AS promotion, coalesce(coupon, '') AS coupon, amount FROM order_adjustments
  WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND source LIKE 'promotion/%%'
  UNION ALL SELECT order_id, substr(waived_by, 11), '', discount FROM order_charges
  WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND waived_by LIKE 'promotion/%%'
  UNION ALL SELECT order_id, promotion, coupon, 0 FROM promotion_redemptions
  WHERE tenant_id = %(tenant)s AND order_id = ANY(%(orders)s) AND given_back_at IS NULL
) t GROUP BY order_id, promotion
"""
_REDEEMED = """
INSERT INTO promotion_redemptions (tenant_id, id, order_id, customer_id, promotion, coupon, amount, uses, redeemed_at)
SELECT %(tenant)s, x.id, x.order_id, o.customer_id, x.promotion, x.coupon, x.amount, 0, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, order_id uuid, promotion text, coupon text, amount numeric)
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = x.order_id
ON CONFLICT (tenant_id, order_id, promotion) DO UPDATE SET amount = excluded.amount
"""


def split_adjustments(work: Work, currency: str, parts: Sequence[Mapping[str, Any]]) -> None:
    """Shares the adjustments of lines out to the parts that leave them.

    parts  from_line, to_line, to_order, discount each; what one line's parts take is at most what it has
    """
    wanted = [part for part in parts if part["discount"]]
    if not wanted:
        return
    lines = list({part["from_line"] for part in wanted})
    left: dict[UUID, dict[UUID, Decimal]] = {}
    for row in work.rows(_ADJUSTMENTS, {"tenant": work.tenant_id, "lines": lines}):
        left.setdefault(row.line_id, {})[row.id] = row.amount
    rows = []
    for part in wanted:
        amounts = left[part["from_line"]]
        shares = apportion(Money(part["discount"], currency), list(amounts.values()))
        for (key, amount), share in zip(list(amounts.items()), shares, strict=True):
            amounts[key] = amount - share.amount
            if share.amount:
                rows.append(
                    {
                        "id": key, "new_id": new_id(), "to_order": part["to_order"], "to_line": part["to_line"],
                        "amount": share.amount,
                    }
                )  # fmt: skip
    work.execute(_SPLIT, {"tenant": work.tenant_id, "rows": dumps(rows)})


def follow_lines(work: Work, lines: Sequence[UUID]) -> None:
    """Adjustments name the order that their line is in now."""
    work.execute(_FOLLOW_LINES, {"tenant": work.tenant_id, "lines": list(lines)})


def join_adjustments(work: Work, parts: Sequence[Mapping[str, Any]]) -> None:
    """parts: line, back_to and to_order each; what the line's adjustments are goes back to the line it came from."""
    work.execute(_JOIN, {"tenant": work.tenant_id, "parts": dumps(parts)})


def take_charges(work: Work, into: UUID, orders: Sequence[UUID]) -> None:
    """The charges of merged orders are the remaining order's; each remembers whose it was."""
    work.execute(_TAKE_CHARGES, {"tenant": work.tenant_id, "into": into, "orders": list(orders)})


def return_charges(work: Work, from_order: UUID, orders: Sequence[UUID]) -> None:
    """The opposite, when a merge is undone."""
    work.execute(_RETURN_CHARGES, {"tenant": work.tenant_id, "from": from_order, "orders": list(orders)})


def share_redemptions(work: Work, orders: Sequence[UUID]) -> None:
    """Each order has redeemed what it takes off now. How often a promotion was used stays with the first order."""
    used = work.rows(_USED, {"tenant": work.tenant_id, "orders": list(orders)})
    if used:
        rows = [{"id": new_id(), **row._asdict()} for row in used]
        work.execute(_REDEEMED, {"tenant": work.tenant_id, "rows": dumps(rows), "now": work.now})
