"""Reads a buyer with his limits, and what he has spent this month."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.purchasing.plan import Limit

_LOCK = """
SELECT b.id, b.approves, (SELECT jsonb_agg(to_jsonb(l)) FROM buyer_limits l
  WHERE l.tenant_id = %(tenant)s AND l.buyer_id = b.id) AS limits
FROM customer_buyers b WHERE b.tenant_id = %(tenant)s AND b.user_id = %(user)s {lock}
"""
# What he asked for counts, whoever placed it; a cancelled order counts nothing, one cancelled in part what is left.
_SPENT = """
SELECT site_id, sum(total) AS spent FROM orders
WHERE tenant_id = %(tenant)s AND buyer_id = %(user)s AND status IN ('placed', 'closed')
  AND placed_on >= date_trunc('month', %(today)s::date)::date
  AND placed_on < (date_trunc('month', %(today)s::date) + interval '1 month')::date
GROUP BY site_id
"""
_OF_CUSTOMER = """
SELECT u.id AS user_id, u.name, u.email, u.active, u.site_scope, coalesce(b.approves, false) AS approves,
  coalesce((SELECT jsonb_agg(to_jsonb(l) ORDER BY l.site_id NULLS FIRST) FROM buyer_limits l
    WHERE l.tenant_id = %(tenant)s AND l.buyer_id = b.id), '[]') AS limits,
  coalesce((SELECT sum(o.total) FROM orders o WHERE o.tenant_id = %(tenant)s AND o.buyer_id = u.id
    AND o.status IN ('placed', 'closed') AND o.placed_on >= date_trunc('month', %(today)s::date)::date), 0) AS spent
FROM users u LEFT JOIN customer_buyers b ON b.tenant_id = %(tenant)s AND b.user_id = u.id
WHERE u.tenant_id = %(tenant)s AND u.customer_id = %(customer)s AND u.kind = 'portal'
ORDER BY u.name, u.id
"""
_APPROVERS = """
SELECT u.id, u.name, u.email, u.locale, u.site_scope FROM users u
JOIN customer_buyers b ON b.tenant_id = %(tenant)s AND b.user_id = u.id
WHERE u.tenant_id = %(tenant)s AND u.customer_id = %(customer)s AND u.active AND b.approves
  AND (u.site_scope IS NULL OR %(site)s = ANY(u.site_scope))
ORDER BY u.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerRules:
    approves: bool = False
    limits: tuple[Limit, ...] = ()


def rules_of(work: Work, user_id: UUID | None, *, lock: bool = False) -> BuyerRules:
    """lock: the limits are about to be checked; nobody else's check passes meanwhile"""
    row = work.row(_LOCK.format(lock="FOR UPDATE OF b" if lock else ""), {"tenant": work.tenant_id, "user": user_id})
    if row is None:
        return BuyerRules()
    limits = tuple(
        Limit(
            site_id=UUID(one["site_id"]) if one["site_id"] else None, per_order=_amount(one["per_order"]),
            per_month=_amount(one["per_month"]),
        )
        for one in row.limits or ()
    )  # fmt: skip
    return BuyerRules(approves=row.approves, limits=limits)


def spent_this_month(work: Work, user_id: UUID | None) -> dict[UUID | None, Decimal]:
    """site -> what the buyer's orders of this month come to, with tax."""
    rows = work.rows(_SPENT, {"tenant": work.tenant_id, "user": user_id, "today": work.today})
    return {row.site_id: row.spent for row in rows}


def buyers_of(work: Work, customer_id: UUID) -> list[Any]:
    """The portal users of a customer with reach, limits and what they spent this month."""
    parameters = {"tenant": work.tenant_id, "customer": customer_id, "today": work.today}
    return work.rows(_OF_CUSTOMER, parameters)


def approvers_of(work: Work, customer_id: UUID, site_id: UUID | None) -> list[Any]:
    """Who of the company may agree to an order for the site."""
    return work.rows(_APPROVERS, {"tenant": work.tenant_id, "customer": customer_id, "site": site_id})


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
