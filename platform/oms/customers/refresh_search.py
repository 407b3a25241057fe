"""What customers are found by: number, name, tax number, e-mail, and phone numbers however they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kernel.db import Work

_REFRESH = """
UPDATE customers SET search_text = lower(concat_ws(' ', number, name, phone, email, tax_number, phone_key, tax_key))
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)
"""


def refresh_search(work: Work, customer_ids: Sequence[UUID]) -> None:
    """After any of these was written. The keys are made by the database, so this reads the row as it stands."""
    work.execute(_REFRESH, {"tenant": work.tenant_id, "ids": list(customer_ids)})
