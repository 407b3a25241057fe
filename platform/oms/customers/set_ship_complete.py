"""Whether a customer takes his orders whole, or what is there first."""

from __future__ import annotations

from kernel.db import Work
from oms.customers.errors import CustomerNotFound

_SET = """
UPDATE customers SET ship_complete = %(whole)s
WHERE tenant_id = %(tenant)s AND number = %(number)s
  AND (%(customers)s::uuid[] IS NULL OR id = ANY(%(customers)s))
"""


def set_ship_complete(work: Work, number: str, whole: bool) -> None:
    """Holds for what is allocated from now on. Raises CustomerNotFound."""
    parameters = {
        "tenant": work.tenant_id, "number": number, "whole": whole, "customers": work.actor.reach_list("customer"),
    }  # fmt: skip
    if not work.execute(_SET, parameters):
        raise CustomerNotFound()


def ships_complete(work: Work, number: str) -> bool:
    found = work.scalar(
        "SELECT ship_complete FROM customers WHERE tenant_id = %(tenant)s AND number = %(number)s",
        {"tenant": work.tenant_id, "number": number},
    )
    return bool(found)
