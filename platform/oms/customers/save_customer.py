"""Creates or changes a customer by its number, with addresses and contacts: the same call twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id, to_text
from oms.customers.errors import CreditAccountUnknown, CustomerNumberTaken, GroupUnknown
from oms.customers.refresh_search import refresh_search
from oms.fields.judge_values import entity_fields, keep_values, take_files_of
from tenants.access.audit import audit, difference

_CUSTOMER = """
INSERT INTO customers AS c (tenant_id, id, number, kind, name, email, phone, tax_number, group_id, credit_account_id,
  sales_rep_id, payment_terms_days, terms_end_of_month, prepay_percent, min_remaining_days, tags, active, custom,
  country)
VALUES (%(tenant)s, %(id)s, %(number)s, %(kind)s, %(name)s, %(email)s, %(phone)s, %(tax_number)s, %(group_id)s,
  %(account_id)s, %(sales_rep_id)s, %(payment_terms_days)s, %(terms_end_of_month)s, %(prepay_percent)s,
  %(min_remaining_days)s, %(tags)s,
  %(active)s, %(custom)s::jsonb, coalesce(%(country)s, ''))
ON CONFLICT (tenant_id, number) DO UPDATE SET kind = excluded.kind, name = excluded.name, email = excluded.email,
  phone = excluded.phone, tax_number = excluded.tax_number, group_id = excluded.group_id,
  credit_account_id = excluded.credit_account_id,
  sales_rep_id = CASE WHEN %(keeps_rep)s THEN c.sales_rep_id ELSE excluded.sales_rep_id END,
  payment_terms_days = excluded.payment_terms_days,
  terms_end_of_month = excluded.terms_end_of_month, prepay_percent = excluded.prepay_percent,
  min_remaining_days = excluded.min_remaining_days,
  tags = excluded.tags, active = excluded.active,
  custom = excluded.custom, country = coalesce(%(country)s, c.country)
RETURNING c.id
"""
_BEFORE = """
SELECT id, custom, name, kind, email, phone, tax_number, group_id, credit_account_id, sales_rep_id,
  payment_terms_days, terms_end_of_month, prepay_percent, min_remaining_days, tags, active
FROM customers WHERE tenant_id = %(tenant)s AND number = %(number)s FOR NO KEY UPDATE
"""
_ADDRESSES = """
WITH gone AS (DELETE FROM customer_addresses WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
    AND site_id IS NULL)
INSERT INTO customer_addresses (tenant_id, id, customer_id, label, recipient, phone, street, city, region, postal_code,
  country, latitude, longitude, is_default_shipping, is_default_billing)
SELECT %(tenant)s, x.id, %(customer)s, x.label, x.recipient, x.phone, x.street, x.city, x.region, x.postal_code,
  x.country, x.latitude, x.longitude, x.is_default_shipping, x.is_default_billing
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, label text, recipient text, phone text, street text, city text,
  region text, postal_code text, country text, latitude numeric, longitude numeric, is_default_shipping boolean,
  is_default_billing boolean)
"""
_CONTACTS = """
WITH gone AS (DELETE FROM customer_contacts WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s)
INSERT INTO customer_contacts (tenant_id, id, customer_id, name, position, email, phone, role)
SELECT %(tenant)s, x.id, %(customer)s, x.name, x.position, x.email, x.phone, x.role
FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS x (id uuid, name text, position text, email text, phone text, role text)
"""


class Keep(Enum):
    """Says of a value that it stays as it is."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressData:
    """country is ISO 3166-1 alpha-2; coordinates are degrees"""

    recipient: str
    street: str
    city: str
    country: str
    label: str = ""
    phone: str = ""
    region: str = ""
    postal_code: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    is_default_shipping: bool = False
    is_default_billing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactData:
    """role: purchasing, finance, logistics, management, other; "" where nobody said"""

    name: str
    position: str = ""
    email: str = ""
    phone: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCustomer:
    """KEEP            stays as it is; of a new customer, as if it were left out
    only_new        refuse where the number is taken, instead of changing that customer
    group           key of a customer group
    credit_account  number of a credit account; None: sells against prepayment only
    terms_end_of_month  the days count from the end of the month of the invoice
    prepay_percent  of an order, to be paid before it is processed; None: as the order type says
    custom          values of the tenant's own fields; those left out stay as they are
    addresses       all of them; None leaves them as they are (contacts likewise)
    """

    number: str
    name: str
    kind: str = "company"
    email: str = ""
    phone: str = ""
    tax_number: str = ""
    group: str | None = None
    credit_account: str | Keep | None = None
    sales_rep_id: UUID | Keep | None = KEEP
    payment_terms_days: int | Keep = 0
    min_remaining_days: int = 0  # of a lot that it accepts
    terms_end_of_month: bool | Keep = False
    prepay_percent: Decimal | Keep | None = None
    tags: tuple[str, ...] = ()
    active: bool = True
    custom: Mapping[str, Any] = field(default_factory=dict)
    addresses: tuple[AddressData, ...] | None = None
    contacts: tuple[ContactData, ...] | None = None
    only_new: bool = False


def save_customer(work: Work, command: SaveCustomer) -> UUID:
    """The customer's id.

    raises  GroupUnknown, CreditAccountUnknown, CustomerNumberTaken, Invalid where custom values are wrong
    """
    before = work.row(_BEFORE, {"tenant": work.tenant_id, "number": command.number})
    terms = _terms(work, command, before)
    custom = keep_values(
        work, "customer", command.custom,
        row={"order": {"customer": _subject(command, terms["payment_terms_days"])}},
        stored=before.custom if before else None, row_id=before.id if before else None,
    )  # fmt: skip
    told: dict[str, Any] = {
        "name": command.name, "kind": command.kind, "email": command.email, "phone": command.phone,
        "tax_number": command.tax_number, "group_id": _group(work, command.group),
        "sales_rep_id": _kept(command.sales_rep_id, before, "sales_rep_id", None), **terms,
        "min_remaining_days": command.min_remaining_days, "tags": list(command.tags), "active": command.active,
    }  # fmt: skip
    fresh = new_id()
    customer_id: UUID = work.scalar(
        _CUSTOMER,
        {
            "tenant": work.tenant_id, "id": fresh, "number": command.number, **told,
            "account_id": told["credit_account_id"], "keeps_rep": command.sales_rep_id is KEEP,
            "custom": dumps(custom), "country": _country(command.addresses),
        },
    )  # fmt: skip
    if command.only_new and customer_id != fresh:
        raise CustomerNumberTaken(number=command.number)
    fields = entity_fields(work, "customer")
    take_files_of(work, fields, customer_id, custom, before.custom if before else None)
    _replace(work, _ADDRESSES, customer_id, command.addresses)
    _replace(work, _CONTACTS, customer_id, command.contacts)
    refresh_search(work, [customer_id])
    _write_down(work, customer_id, command, before, told)
    return customer_id


def _write_down(work: Work, customer_id: UUID, command: SaveCustomer, before: Any, told: Mapping[str, Any]) -> None:
    changes = difference(_plain(before._asdict()) if before else {}, _plain(told))
    lists = {"addresses": command.addresses, "contacts": command.contacts}
    changes |= {name: (None, len(rows)) for name, rows in lists.items() if rows is not None}
    if changes or before is None:
        audit(work, "customer.save", "customer", to_text("cus", customer_id), changes)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON has it: ids and percentages as text."""
    return {
        name: str(value.normalize() if isinstance(value, Decimal) else value)
        if isinstance(value, UUID | Decimal)
        else value
        for name, value in row.items()
    }


def _terms(work: Work, command: SaveCustomer, before: Any) -> dict[str, Any]:
    account = command.credit_account
    return {
        "credit_account_id": _kept(
            account if isinstance(account, Keep) else _account(work, account), before, "credit_account_id", None
        ),
        "payment_terms_days": _kept(command.payment_terms_days, before, "payment_terms_days", 0),
        "terms_end_of_month": _kept(command.terms_end_of_month, before, "terms_end_of_month", False),
        "prepay_percent": _kept(command.prepay_percent, before, "prepay_percent", None),
    }


def _kept(value: Any, before: Any, column: str, at_first: Any) -> Any:
    if value is not KEEP:
        return value
    return getattr(before, column) if before else at_first


def _country(addresses: Sequence[AddressData] | None) -> str | None:
    """Where its phone is: of the default address, else of the first."""
    found = sorted(addresses or (), key=lambda one: not one.is_default_shipping)
    return found[0].country if found else None


def _subject(command: SaveCustomer, days: int) -> dict[str, Any]:
    return {
        "number": command.number, "name": command.name, "kind": command.kind, "group": command.group,
        "tags": list(command.tags), "payment_terms_days": Decimal(days),
    }  # fmt: skip


def _replace(work: Work, statement: str, customer_id: UUID, rows: Sequence[Any] | None) -> None:
    if rows is not None:
        values = [{"id": new_id(), **asdict(row)} for row in rows]
        work.execute(statement, {"tenant": work.tenant_id, "customer": customer_id, "rows": dumps(values)})


def _group(work: Work, key: str | None) -> UUID | None:
    if key is None:
        return None
    found = work.scalar(
        "SELECT id FROM customer_groups WHERE tenant_id = %(tenant)s AND key = %(key)s",
        {"tenant": work.tenant_id, "key": key},
    )
    if found is None:
        raise GroupUnknown(group=key)
    return UUID(str(found))


def _account(work: Work, number: str | None) -> UUID | None:
    if number is None:
        return None
    found = work.scalar(
        "SELECT id FROM credit_accounts WHERE tenant_id = %(tenant)s AND number = %(number)s",
        {"tenant": work.tenant_id, "number": number},
    )
    if found is None:
        raise CreditAccountUnknown(account=number)
    return UUID(str(found))
