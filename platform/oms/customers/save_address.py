"""Adds, changes or removes one address of a customer. The addresses of its sites are saved with the sites."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_
from kernel.ids import new_id, to_text
from oms.customers.errors import AddressInvalid, AddressUnknown
from oms.customers.refresh_search import refresh_search
from oms.customers.save_customer import AddressData
from oms.customers.save_site import COUNTRY_WRONG
from oms.customers.share_customer import share_customer
from tenants.access.audit import audit, difference

NEEDED = ("recipient", "street", "city", "country")
PART_MISSING = N_("This is needed.")
_BEFORE = """
SELECT label, recipient, phone, street, city, region, postal_code, country, is_default_shipping, is_default_billing
FROM customer_addresses
WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND id = %(id)s AND site_id IS NULL FOR UPDATE
"""
_LOCK = "SELECT 1 FROM customers WHERE tenant_id = %(tenant)s AND id = %(customer)s FOR NO KEY UPDATE"
# There is one default of each kind: the newest.
_NO_DEFAULTS = """
UPDATE customer_addresses SET is_default_shipping = is_default_shipping AND NOT %(is_default_shipping)s,
  is_default_billing = is_default_billing AND NOT %(is_default_billing)s
WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND id <> %(id)s
  AND (is_default_shipping AND %(is_default_shipping)s OR is_default_billing AND %(is_default_billing)s)
"""
# A phone number without "+" is read by the country of the default address.
_COUNTRY = "UPDATE customers SET country = %(country)s WHERE tenant_id = %(tenant)s AND id = %(customer)s"
_SAVE = """
INSERT INTO customer_addresses AS a (tenant_id, id, customer_id, label, recipient, phone, street, city, region,
  postal_code, country, latitude, longitude, is_default_shipping, is_default_billing)
VALUES (%(tenant)s, %(id)s, %(customer)s, %(label)s, %(recipient)s, %(phone)s, %(street)s, %(city)s, %(region)s,
  %(postal_code)s, %(country)s, %(latitude)s, %(longitude)s, %(is_default_shipping)s, %(is_default_billing)s)
ON CONFLICT (tenant_id, id) DO UPDATE SET label = excluded.label, recipient = excluded.recipient,
  phone = excluded.phone, street = excluded.street, city = excluded.city, region = excluded.region,
  postal_code = excluded.postal_code, country = excluded.country,
  latitude = CASE WHEN excluded.latitude IS NOT NULL THEN excluded.latitude
    WHEN (a.street, a.city, a.postal_code, a.country)
    = (excluded.street, excluded.city, excluded.postal_code, excluded.country) THEN a.latitude END,
  longitude = CASE WHEN excluded.latitude IS NOT NULL THEN excluded.longitude
    WHEN (a.street, a.city, a.postal_code, a.country)
    = (excluded.street, excluded.city, excluded.postal_code, excluded.country) THEN a.longitude END,
  is_default_shipping = excluded.is_default_shipping, is_default_billing = excluded.is_default_billing
"""
_REMOVE = "DELETE FROM customer_addresses WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s AND id = %(id)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAddress:
    """address_id  None: a new one. Coordinates that are known stay while the place stays, unless new ones are given."""

    customer_id: UUID
    address: AddressData
    address_id: UUID | None = None


def save_address(work: Work, command: SaveAddress) -> UUID:
    """The address's id; it is kept, so carts that chose it stay right, and orders keep their own copy.

    raises  CustomerNotFound, AddressUnknown, AddressInvalid with every fault
    """
    told = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in asdict(command.address).items()
        if name not in {"latitude", "longitude"}
    }
    point = {"latitude": command.address.latitude, "longitude": command.address.longitude}
    _judge(told)
    share_customer(work, command.customer_id)
    parameters: dict[str, Any] = {"tenant": work.tenant_id, "customer": command.customer_id}
    work.scalar(_LOCK, parameters)  # so that two who name a default at once name one
    before = {} if command.address_id is None else _before(work, command.customer_id, command.address_id)
    parameters |= {"id": command.address_id or new_id(), **told, **point}
    changes = difference(before, told)
    if changes or point["latitude"] is not None:
        work.execute(_NO_DEFAULTS, parameters)
        work.execute(_SAVE, parameters)
        if command.address.is_default_shipping:
            work.execute(_COUNTRY, parameters)
            refresh_search(work, [command.customer_id])
        audit(work, "customer.save_address", "customer", to_text("cus", command.customer_id), changes)
    return UUID(str(parameters["id"]))


def remove_address(work: Work, customer_id: UUID, address_id: UUID) -> None:
    """raises  CustomerNotFound, AddressUnknown"""
    share_customer(work, customer_id)
    before = _before(work, customer_id, address_id)
    work.execute(_REMOVE, {"tenant": work.tenant_id, "customer": customer_id, "id": address_id})
    gone = {"street": (before["street"], None), "city": (before["city"], None)}
    audit(work, "customer.remove_address", "customer", to_text("cus", customer_id), gone)


def _before(work: Work, customer_id: UUID, address_id: UUID) -> dict[str, Any]:
    row = work.row(_BEFORE, {"tenant": work.tenant_id, "customer": customer_id, "id": address_id})
    if row is None:
        raise AddressUnknown()
    return dict(row._asdict())


def _judge(told: dict[str, Any]) -> None:
    problems = [Problem(f"/{name}", "missing", PART_MISSING) for name in NEEDED if not told[name]]
    country = told["country"]
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        problems.append(Problem("/country", "country_invalid", COUNTRY_WRONG))
    if problems:
        raise AddressInvalid(problems=problems)
