"""Finds the customer of a channel's buyer, or makes one, and remembers what the channel calls it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.customer_matching.find_customers import BuyerData, Found, find_customers
from oms.customers.refresh_search import refresh_search
from oms.customers.save_identity import AddIdentity, add_identity

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))"
_MAKE = """
INSERT INTO customers (tenant_id, id, number, kind, name, email, phone, tax_number, country)
VALUES (%(tenant)s, %(id)s, %(number)s, %(kind)s, %(name)s, %(email)s, %(phone)s, %(tax_number)s, %(country)s)
ON CONFLICT (tenant_id, number) DO NOTHING
"""
_SUSPECTS = """
INSERT INTO customer_suspects (tenant_id, id, one_id, other_id, rule, found_at)
SELECT %(tenant)s, x.id, least(x.one, x.other), greatest(x.one, x.other), x.rule, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, one uuid, other uuid, rule text)
ON CONFLICT (tenant_id, one_id, other_id) DO NOTHING
"""


def name_buyer(work: Work, channel: str, buyer: BuyerData, *, create: bool) -> UUID | None:
    """The customer's id; None where nobody is known and none is to be made.

    create  make a customer of a buyer that nobody knows
    """
    work.execute(_LOCK, {"name": f"buyer {work.tenant_id} {channel} {buyer.outside_id}"})
    (found,) = find_customers(work, channel, [buyer])
    if found.customer_id is not None:
        if found.rule:
            add_identity(work, _identity(channel, buyer, found.customer_id, "matched", found.rule))
        return found.customer_id
    return _make(work, channel, buyer, found) if create else None


def _make(work: Work, channel: str, buyer: BuyerData, found: Found) -> UUID:
    customer_id = new_id()
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "id": customer_id, "number": f"{channel}-{buyer.outside_id}",
        "kind": "company" if buyer.tax_number else "person", "name": buyer.name or buyer.outside_id,
        "email": buyer.email, "phone": buyer.phone, "tax_number": buyer.tax_number, "country": buyer.country,
    }  # fmt: skip
    if not work.execute(_MAKE, parameters):  # somebody's own number looks like that
        work.execute(_MAKE, {**parameters, "number": f"{channel}-{buyer.outside_id}-{str(customer_id)[-8:]}"})
    add_identity(work, _identity(channel, buyer, customer_id, "created", ""))
    note_suspects(work, customer_id, found)
    refresh_search(work, [customer_id])
    return customer_id


def note_suspects(work: Work, customer_id: UUID, found: Found) -> None:
    """Puts the pairs on the list of duplicates, once."""
    rows = [
        {"id": new_id(), "one": customer_id, "other": other, "rule": rule}
        for other, rule in found.suspects
        if other != customer_id
    ]
    if rows:
        work.execute(_SUSPECTS, {"tenant": work.tenant_id, "now": work.now, "rows": dumps(rows)})


def _identity(channel: str, buyer: BuyerData, customer_id: UUID, origin: str, rule: str) -> AddIdentity:
    return AddIdentity(customer_id=customer_id, channel=channel, outside_id=buyer.outside_id, origin=origin, rule=rule)
