"""A company that sells on the portal, with two customers and people who order for them. All of it is committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from kernel.db import Work
from tenants.scope import open_work
from tests.support.builders import a_customer, a_location, a_price, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.web import Company, Person, make_company, make_user


@dataclass(frozen=True)
class Shop:
    """li and wu order for `customer`, kim for `other`."""

    company: Company
    customer: UUID
    other: UUID
    li: Person
    wu: Person
    kim: Person


def make_shop(
    engine: Engine, system_engine: Engine, *, limit: str = "1000", documents: Mapping[str, Any] | None = None
) -> Shop:
    company = make_company(engine, system_engine)
    with open_work(engine, company.id) as work:
        publish_defaults(work, {"order_type/standard": an_order_type(), **(documents or {})})
        customer, other = a_customer(work, "C-1", limit=limit), a_customer(work, "C-2", limit=limit)
        _goods(work)
        special = a_price(work, "TEA", "9.00", list_key="c1", scope="customer", customer=customer)
        assert special
    people = (
        make_user(engine, company, "buyer", name=name, customer_id=of)
        for name, of in (("Li", customer), ("Wu", customer), ("Kim", other))
    )
    li, wu, kim = people
    return Shop(company=company, customer=customer, other=other, li=li, wu=wu, kim=kim)


def _goods(work: Work) -> None:
    a_sku(work, "TEA", price="10.00", units={"box": "12"}, category="Tea")
    a_price(work, "TEA", "8.50", from_quantity="12")
    a_sku(work, "CUP", price="3.00", minimum="4", multiple="2", category="Ware")
    a_sku(work, "POT", price="40.00", category="Ware")
    a_sku(work, "GONE", price="1.00", active=False)
    a_sku(work, "SECRET", price=None)
    place = a_location(work, "ham")
    stock(work, "TEA", at=place, on_hand="100")
    stock(work, "CUP", at=place, on_hand="6")
