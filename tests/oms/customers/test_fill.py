"""Customers that were there before phone keys and countries: the migration makes them findable."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from kernel.db import Work
from oms.customers.queries import list_customers
from oms.customers.save_customer import AddressData, SaveCustomer, save_customer
from tests.support.configuration import publish_defaults

_FILE = Path(__file__).parents[3] / "migrations/versions/20261122_1600_pre_fill_customer_search.py"


def _migration() -> ModuleType:
    spec = spec_from_file_location("fill_customer_search", _FILE)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_customers_of_before_are_found_by_their_phone_and_tax_number(work: Work) -> None:
    publish_defaults(work)
    there = AddressData(recipient="Shop", street="1 Side St", city="Hamburg", country="DE", is_default_shipping=True)
    save_customer(
        work,
        SaveCustomer(number="O-1", name="Old", phone="040 555 12 34", tax_number="DE 123 456", addresses=(there,)),
    )
    save_customer(work, SaveCustomer(number="O-2", name="Bare"))
    work.execute(
        "UPDATE customers SET country = '', search_text = lower(number || ' ' || name) WHERE tenant_id = %(t)s",
        {"t": work.tenant_id},
    )
    assert list_customers(work, search="de123456") == []

    migration = _migration()
    for _twice in range(2):
        work.execute(migration.COUNTRY)
        work.execute(migration.WORDS)

    assert [row.number for row in list_customers(work, search="de123456")] == ["O-1"]
    assert [row.number for row in list_customers(work, search="+49 40 5551234")] == ["O-1"]
    assert [row.country for row in list_customers(work)] == ["DE", ""]
