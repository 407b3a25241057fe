"""Says what a channel calls a customer, or that it no longer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id, to_text
from oms.customers.errors import IdentityInvalid, IdentityTaken, IdentityUnknown
from oms.customers.share_customer import share_customer
from tenants.access.audit import audit

_LONGEST = 200
_KNOWN = (
    "SELECT 1 FROM customers WHERE tenant_id = %(tenant)s AND id = %(customer)s AND merged_into IS NULL FOR KEY SHARE"
)
_ADD = """
INSERT INTO customer_identities (tenant_id, id, customer_id, channel, outside_id, origin, rule, created_at, created_by)
VALUES (%(tenant)s, %(id)s, %(customer)s, %(channel)s, %(outside_id)s, %(origin)s, %(rule)s, %(now)s, %(actor)s)
ON CONFLICT (tenant_id, channel, outside_id) DO NOTHING
"""
_HOLDER = """
SELECT c.id, c.number FROM customer_identities i
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = i.customer_id
WHERE i.tenant_id = %(tenant)s AND i.channel = %(channel)s AND i.outside_id = %(outside_id)s
"""
_REMOVE = """
DELETE FROM customer_identities WHERE tenant_id = %(tenant)s AND id = %(id)s AND customer_id = %(customer)s
RETURNING channel, outside_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIdentity:
    """origin  person, matched (by `rule`) or created (it made the customer)"""

    customer_id: UUID
    channel: str
    outside_id: str
    origin: str = "person"
    rule: str = ""


def add_identity(work: Work, command: AddIdentity) -> None:
    """Twice is once. Raises CustomerNotFound, IdentityInvalid, IdentityTaken where another customer has it."""
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "id": new_id(), "customer": command.customer_id, "channel": command.channel.strip(),
        "outside_id": command.outside_id.strip(), "origin": command.origin, "rule": command.rule, "now": work.now,
        "actor": work.actor.name,
    }  # fmt: skip
    if not all(0 < len(parameters[name]) <= _LONGEST for name in ("channel", "outside_id")):
        raise IdentityInvalid()
    share_customer(work, command.customer_id)
    if work.execute(_ADD, parameters):
        told = {command.channel: (None, command.outside_id)}
        audit(work, "customer.add_identity", "customer", to_text("cus", command.customer_id), told)
        return
    holder = work.row(_HOLDER, parameters)
    if holder is not None and holder.id != command.customer_id:
        number = holder.number if work.actor.may_see("customer", holder.id) else "…"
        raise IdentityTaken(channel=command.channel, outside_id=command.outside_id, number=number)


def remove_identity(work: Work, customer_id: UUID, identity_id: UUID) -> None:
    """Raises IdentityUnknown."""
    parameters = {"tenant": work.tenant_id, "id": identity_id, "customer": customer_id}
    row = work.row(_REMOVE, parameters) if work.actor.may_see("customer", customer_id) else None
    if row is None:
        raise IdentityUnknown()
    audit(
        work, "customer.remove_identity", "customer", to_text("cus", customer_id), {row.channel: (row.outside_id, None)}
    )
