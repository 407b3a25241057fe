"""What buyers have asked for and nobody has answered yet, the oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from kernel.db import Work

_REQUESTED = """
SELECT s.id, s.order_id, o.number, c.name AS customer_name, o.total, o.currency, s.reason, s.opened_at,
  s.opened_by_name, s.actions @> '[{"do": "cancel"}]' AS cancels
FROM change_sets s
JOIN orders o ON o.tenant_id = %(tenant)s AND o.id = s.order_id
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE s.tenant_id = %(tenant)s AND s.status = 'requested'
  AND (%(customers)s::uuid[] IS NULL OR o.customer_id = ANY(%(customers)s))
ORDER BY s.id LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """cancels: the buyer wants the whole order cancelled"""

    id: UUID
    order_id: UUID
    number: str
    customer_name: str
    total: Decimal
    currency: str
    reason: str
    opened_at: datetime
    opened_by_name: str
    cancels: bool


def list_requests(work: Work) -> tuple[ChangeRequest, ...]:
    """At most 200, within the actor's reach."""
    parameters = {"tenant": work.tenant_id, "customers": work.actor.reach_list("customer")}
    return tuple(ChangeRequest(*row) for row in work.rows(_REQUESTED, parameters))
