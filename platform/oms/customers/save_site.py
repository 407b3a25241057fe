"""Creates or changes a site of a company by its number, with the address that goods for it go to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.customers.errors import SiteInvalid
from oms.customers.save_customer import AddressData
from oms.customers.share_customer import share_customer
from tenants.access.audit import audit, difference

NUMBER_MISSING = N_("Give the site a number.")
NAME_MISSING = N_("Give the site a name.")
ADDRESS_MISSING = N_("Say where goods for the site go: recipient, street, city and country.")
COUNTRY_WRONG = N_("Write the country as two capital letters, such as DE or CN.")
_BEFORE = """
SELECT s.id, s.name, s.note, s.active FROM customer_sites s
WHERE s.tenant_id = %(tenant)s AND s.customer_id = %(customer)s AND s.number = %(number)s FOR UPDATE
"""
_KNOWN = (
    "SELECT 1 FROM customers WHERE tenant_id = %(tenant)s AND id = %(customer)s AND merged_into IS NULL FOR KEY SHARE"
)
_SAVE = """
INSERT INTO customer_sites AS s (tenant_id, id, customer_id, number, name, note, active)
VALUES (%(tenant)s, %(id)s, %(customer)s, %(number)s, %(name)s, %(note)s, %(active)s)
ON CONFLICT (tenant_id, customer_id, number) DO UPDATE SET name = excluded.name, note = excluded.note,
  active = excluded.active
RETURNING s.id
"""
# The address keeps its id, so that carts that chose it stay right.
_ADDRESS = """
WITH known AS (
  UPDATE customer_addresses SET label = %(label)s, recipient = %(recipient)s, phone = %(phone)s, street = %(street)s,
    city = %(city)s, region = %(region)s, postal_code = %(postal_code)s, country = %(country)s,
    latitude = %(latitude)s, longitude = %(longitude)s
  WHERE tenant_id = %(tenant)s AND site_id = %(site)s RETURNING id
)
INSERT INTO customer_addresses (tenant_id, id, customer_id, site_id, label, recipient, phone, street, city, region,
  postal_code, country, latitude, longitude)
SELECT %(tenant)s, %(id)s, %(customer)s, %(site)s, %(label)s, %(recipient)s, %(phone)s, %(street)s, %(city)s,
  %(region)s, %(postal_code)s, %(country)s, %(latitude)s, %(longitude)s
WHERE NOT EXISTS (SELECT FROM known)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSite:
    """number   within the company
    note     for who delivers
    address  where goods for it go; its country and region decide the tax
    active   an inactive one is not offered to buyers
    """

    customer_id: UUID
    number: str
    name: str
    address: AddressData
    note: str = ""
    active: bool = True


def save_site(work: Work, command: SaveSite) -> UUID:
    """The site's id. Raises CustomerNotFound, SiteInvalid with every fault."""
    _judge(command)
    parameters: dict[str, Any] = {
        "tenant": work.tenant_id, "id": new_id(), "customer": command.customer_id, "number": command.number.strip(),
        "name": command.name.strip(), "note": command.note.strip(), "active": command.active,
    }  # fmt: skip
    share_customer(work, command.customer_id)
    before = work.row(_BEFORE, parameters)
    site_id = UUID(str(work.scalar(_SAVE, parameters)))
    address = {**asdict(command.address), "label": parameters["name"]}
    work.execute(_ADDRESS, {**parameters, **address, "site": site_id, "id": new_id()})
    told = {name: parameters[name] for name in ("name", "note", "active")} | {"street": command.address.street}
    changes = difference(before._asdict() if before else {}, told)
    audit(work, "customer.save_site", "customer", to_text("cus", command.customer_id), changes)
    return site_id


def _judge(command: SaveSite) -> None:
    address = command.address
    faults = (
        (not command.number.strip(), "/number", "number_missing", NUMBER_MISSING),
        (not command.name.strip(), "/name", "name_missing", NAME_MISSING),
        (not all((address.recipient, address.street, address.city, address.country)), "/address", "address_missing",
         ADDRESS_MISSING),
        (bool(address.country) and not (len(address.country) == 2 and address.country.isascii()
         and address.country.isupper()), "/address/country", "country_invalid", COUNTRY_WRONG),
    )  # fmt: skip
    problems = [Problem(pointer, code, message) for wrong, pointer, code, message in faults if wrong]
    if problems:
        raise SiteInvalid(problems=problems)
