"""A customer's statement: what was posted, what is open, and the balance after each entry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work

_STATEMENT = """
SELECT * FROM (
  SELECT id, kind, number, amount, open_amount, posted_on, due_on, note,
    sum(amount) OVER (ORDER BY posted_on, id) AS balance
  FROM receivables WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
) entries
WHERE NOT %(open_only)s OR open_amount <> 0
ORDER BY posted_on DESC, id DESC LIMIT %(limit)s
"""


def read_statement(work: Work, customer_id: UUID, *, open_only: bool = False, limit: int = 100) -> list[Any]:
    """Entries, newest first, each with the balance after it; invoices add to it, payments and credits take away.

    [] where the customer is out of reach
    """
    if not work.actor.may_see("customer", customer_id):
        return []
    return work.rows(
        _STATEMENT, {"tenant": work.tenant_id, "customer": customer_id, "open_only": open_only, "limit": limit}
    )
