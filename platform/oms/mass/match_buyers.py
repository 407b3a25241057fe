"""Whose orders a chunk's are, where its customer number is what the channel calls the buyer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from oms.customer_matching.find_customers import BuyerData, Found, find_customers
from oms.customer_matching.name_buyer import note_suspects
from oms.customers.save_identity import AddIdentity, add_identity

# Looked up row by row, as everything in a chunk.
_NOBODYS = """
SELECT DISTINCT ON (r.customer_number) r.customer_number AS outside_id, r.values FROM m_raw r
LEFT JOIN LATERAL (
  SELECT c.id FROM customers c WHERE c.tenant_id = %(tenant)s AND c.number = r.customer_number LIMIT 1
) c ON true
WHERE r.customer_number IS NOT NULL AND c.id IS NULL
ORDER BY r.customer_number, r.row_no
"""
_RENAME = """
UPDATE m_raw r SET customer_number = c.number
FROM jsonb_to_recordset(%(known)s::jsonb) AS x (outside_id text, id uuid)
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = x.id
WHERE r.customer_number = x.outside_id
"""
_MADE = "SELECT id, number FROM customers WHERE tenant_id = %(tenant)s AND number = ANY(%(numbers)s)"


def match_buyers(work: Work, channel: str) -> dict[str, Found]:
    """Puts the customers' own numbers into the chunk's rows: by the channel's name for them, else by the tenant's
    matching rules, whose answer is kept as the channel's name from now on.

    returns  customer number -> what is known of whom nothing decides, for `suspect_made`
    """
    rows = work.rows(_NOBODYS, {"tenant": work.tenant_id})
    if not rows:
        return {}
    known: list[dict[str, Any]] = []
    left: dict[str, Found] = {}
    for row, found in zip(rows, find_customers(work, channel, [_buyer(row) for row in rows]), strict=True):
        if found.customer_id is None or not work.actor.may_see("customer", found.customer_id):
            left[row.outside_id] = found
            continue
        known.append({"outside_id": row.outside_id, "id": found.customer_id})
        if found.rule:
            add_identity(work, _identity(channel, row.outside_id, found.customer_id, found.rule))
    if known:
        work.execute(_RENAME, {"tenant": work.tenant_id, "known": dumps(known)})
    return left


def suspect_made(work: Work, left: Mapping[str, Found]) -> None:
    """Puts customers that the chunk has made on the list of duplicates, beside those that they look like."""
    numbers: Sequence[str] = [number for number, found in left.items() if found.suspects]
    if numbers:
        for row in work.rows(_MADE, {"tenant": work.tenant_id, "numbers": list(numbers)}):
            note_suspects(work, row.id, left[row.number])


def _buyer(row: Any) -> BuyerData:
    values = row.values
    return BuyerData(
        outside_id=row.outside_id, name=values.get("customer_name") or "", phone=values.get("ship_to.phone") or "",
        postal_code=values.get("ship_to.postal_code") or "", country=values.get("ship_to.country") or "",
    )  # fmt: skip


def _identity(channel: str, outside_id: str, customer_id: UUID, rule: str) -> AddIdentity:
    return AddIdentity(customer_id=customer_id, channel=channel, outside_id=outside_id, origin="matched", rule=rule)
