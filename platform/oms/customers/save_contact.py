"""Adds, changes or removes one contact of a customer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.customers.errors import ContactInvalid, ContactUnknown
from oms.customers.save_customer import ContactData
from oms.customers.share_customer import share_customer
from tenants.access.audit import audit, difference

ROLES = ("", "purchasing", "finance", "logistics", "management", "other")
NAME_MISSING = N_("Write a name.")
ROLE_WRONG = N_("Choose what the contact is asked about.")
_BEFORE = """
SELECT name, position, email, phone, role FROM customer_contacts
WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND id = %(id)s FOR UPDATE
"""
_SAVE = """
INSERT INTO customer_contacts (tenant_id, id, customer_id, name, position, email, phone, role)
VALUES (%(tenant)s, %(id)s, %(customer)s, %(name)s, %(position)s, %(email)s, %(phone)s, %(role)s)
ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, position = excluded.position, email = excluded.email,
  phone = excluded.phone, role = excluded.role
"""
_REMOVE = "DELETE FROM customer_contacts WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND id = %(id)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveContact:
    """contact_id  None: a new one"""

    customer_id: UUID
    contact: ContactData
    contact_id: UUID | None = None


def save_contact(work: Work, command: SaveContact) -> UUID:
    """The contact's id. Raises CustomerNotFound, ContactUnknown, ContactInvalid with every fault."""
    told = {name: str(value).strip() for name, value in asdict(command.contact).items()}
    problems = [] if told["name"] else [Problem("/name", "name_missing", NAME_MISSING)]
    if told["role"] not in ROLES:
        problems.append(Problem("/role", "role_wrong", ROLE_WRONG))
    if problems:
        raise ContactInvalid(problems=problems)
    share_customer(work, command.customer_id)
    before = {}
    if command.contact_id is not None:
        before = _before(work, command.customer_id, command.contact_id)
    contact_id = command.contact_id or new_id()
    parameters = {"tenant": work.tenant_id, "customer": command.customer_id, "id": contact_id}
    if changes := difference(before, told):
        work.execute(_SAVE, {**parameters, **told})
        audit(work, "customer.save_contact", "customer", to_text("cus", command.customer_id), changes)
    return contact_id


def remove_contact(work: Work, customer_id: UUID, contact_id: UUID) -> None:
    """raises  CustomerNotFound, ContactUnknown"""
    share_customer(work, customer_id)
    before = _before(work, customer_id, contact_id)
    work.execute(_REMOVE, {"tenant": work.tenant_id, "customer": customer_id, "id": contact_id})
    audit(work, "customer.remove_contact", "customer", to_text("cus", customer_id), {"name": (before["name"], None)})


def _before(work: Work, customer_id: UUID, contact_id: UUID) -> dict[str, str]:
    row = work.row(_BEFORE, {"tenant": work.tenant_id, "customer": customer_id, "id": contact_id})
    if row is None:
        raise ContactUnknown()
    return dict(row._asdict())
