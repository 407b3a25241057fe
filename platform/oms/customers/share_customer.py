"""A customer that something is about to be added to."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from oms.customers.errors import CustomerNotFound

_SHARE = """
SELECT 1 FROM customers WHERE tenant_id = %(tenant)s AND id = %(customer)s AND merged_into IS NULL FOR KEY SHARE
"""


def share_customer(work: Work, customer_id: UUID) -> None:
    """Keeps the customer from being merged into another until the transaction ends.

    raises  CustomerNotFound where it is out of reach, or is merged already
    """
    known = work.actor.may_see("customer", customer_id) and work.scalar(
        _SHARE, {"tenant": work.tenant_id, "customer": customer_id}
    )
    if not known:
        raise CustomerNotFound(customer_id=str(customer_id))
