"""Reads of the contact log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work

_OF_CUSTOMER = """
SELECT l.id, l.kind, l.text, l.at, l.actor, l.next_step, l.due_on, l.assigned_to, u.name AS assigned_name, l.done_at,
  l.done_by
FROM customer_log l LEFT JOIN users u ON u.tenant_id = %(tenant)s AND u.id = l.assigned_to
WHERE l.tenant_id = %(tenant)s AND l.customer_id = %(customer)s
  AND (%(before)s::uuid IS NULL OR l.id < %(before)s)
ORDER BY l.id DESC LIMIT %(limit)s
"""
_DUE = """
SELECT l.id, l.kind, l.text, l.at, l.actor, l.next_step, l.due_on, l.customer_id, c.number, c.name, c.phone
FROM customer_log l JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = l.customer_id
WHERE l.tenant_id = %(tenant)s AND l.due_on IS NOT NULL AND l.done_at IS NULL
  AND (%(user)s::uuid IS NULL OR l.assigned_to = %(user)s)
  AND (%(customers)s::uuid[] IS NULL OR l.customer_id = ANY(%(customers)s))
ORDER BY l.due_on, l.id LIMIT %(limit)s
"""


def entries_of(work: Work, customer_id: UUID, *, limit: int = 50, before: UUID | None = None) -> list[Any]:
    """Newest first. The customer is within reach: the caller read it."""
    parameters = {"tenant": work.tenant_id, "customer": customer_id, "limit": limit, "before": before}
    return work.rows(_OF_CUSTOMER, parameters)


def open_steps(work: Work, user_id: UUID | None, *, limit: int = 200) -> list[Any]:
    """What is to be done, by day, of customers within reach. user_id: by whom; None: by anybody."""
    return work.rows(
        _DUE,
        {
            "tenant": work.tenant_id, "user": user_id, "limit": limit,
            "customers": work.actor.reach_list("customer"),
        },
    )  # fmt: skip
