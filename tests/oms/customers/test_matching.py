"""One record from many channels: who is found, who is made, who is looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.customer_matching.find_customers import BuyerData, decide, find_customers
from oms.customer_matching.name_buyer import name_buyer
from oms.customer_matching.queries import dismiss_suspect, open_suspects, search_duplicates
from oms.customers.save_customer import AddressData, SaveCustomer, save_customer
from oms.kinds.customer_matching.compile import MatchRule
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.errors import CustomerUnknown
from oms.placement.place import place
from tenants.scope import in_work
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.portal import make_shop

HOME = AddressData(
    recipient="Ann", street="1 Main St", city="Hamburg", postal_code="20095", country="DE", is_default_shipping=True
)


@pytest.fixture
def known(work: Work) -> UUID:
    publish_defaults(work)
    return save_customer(
        work,
        SaveCustomer(
            number="C-1", name="Ann Ltd.", phone="040 123456", email="ann@example.com", tax_number="DE 123 456",
            addresses=(HOME,),
        ),
    )  # fmt: skip


def test_the_channels_name_comes_before_every_rule(work: Work, known: UUID) -> None:
    first = name_buyer(work, "shop", BuyerData(outside_id="u1", tax_number="DE123456"), create=True)
    again = name_buyer(work, "shop", BuyerData(outside_id="u1", tax_number="other 99999"), create=True)
    elsewhere = name_buyer(work, "market", BuyerData(outside_id="u1"), create=False)

    assert (first, again, elsewhere) == (known, known, None)


def test_a_suspect_becomes_a_new_customer_and_is_looked_at(work: Work, known: UUID) -> None:
    buyer = BuyerData(outside_id="u2", name="Ann", phone="+49 40 123456")
    made = name_buyer(work, "shop", buyer, create=True)

    assert made is not None and made != known
    [pair] = open_suspects(work)
    assert {pair.one_id, pair.other_id} == {made, known}
    assert pair.rule == "customer_matching/standard#phone"
    dismiss_suspect(work, pair.id)
    search_duplicates(work)
    assert open_suspects(work) == []


def test_what_is_masked_matches_nobody(work: Work, known: UUID) -> None:
    for hidden in ({"phone": "+49 40 12****"}, {"email": "a**@example.com"}, {"tax_number": "DE123***"}, {}):
        [found] = find_customers(work, "shop", [BuyerData(outside_id="x", **hidden)])
        assert (found.customer_id, found.suspects) == (None, ())


def test_a_rule_that_finds_several_decides_nothing() -> None:
    rule = MatchRule(id="tax", keys=("tax_number",), verdict="same")
    one, other = UUID(int=1), UUID(int=2)

    assert decide(None, [(rule, [one, other])]).customer_id is None
    assert [customer for customer, _ in decide(None, [(rule, [one, other])]).suspects] == [one, other]
    assert decide(None, [(rule, [one])]).customer_id == one


def test_the_order_type_says_what_becomes_of_unknown_buyers(engine: Engine, system_engine: Engine) -> None:
    types = {"order_type/open": an_order_type(unknown_buyers="create")}
    shop = make_shop(engine, system_engine, documents=types)

    def order(work: Work, order_type: str = "open", number: str | None = None) -> Any:
        buyer = BuyerData(outside_id="new", name="New", phone="+49 30 555555")
        command = PlaceOrder(
            order_type=order_type, channel="api", buyer=buyer, outside_number=number,
            lines=(LineRequest(sku="TEA", quantity=Decimal(1)),),
            ship_to={"recipient": "New", "street": "1", "city": "Berlin", "country": "DE"},
        )  # fmt: skip
        return place(work, command)

    with pytest.raises(CustomerUnknown):
        in_work(engine, shop.company.id, SYSTEM, lambda work: order(work, "standard"))
    with ThreadPoolExecutor(16) as threads:
        placed = list(
            threads.map(
                lambda n: in_work(engine, shop.company.id, SYSTEM, lambda work: order(work, number=str(n))), range(16)
            )
        )

    assert len({one.customer_id for one in placed}) == 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(
            BuyerData,
            outside_id=st.sampled_from(["u1", "u2", "u3"]),
            phone=st.sampled_from(["", "040 123456", "+4940123456", "030 1****"]),
            email=st.sampled_from(["", "ANN@example.com", "x@y.z"]),
            tax_number=st.sampled_from(["", "de123456", "99 999 999"]),
            country=st.sampled_from(["", "DE", "CN"]),
        ),
        max_size=6,
    )
)
def test_a_set_is_answered_as_each_alone(one_tenant: Work, buyers: list[BuyerData]) -> None:
    together = find_customers(one_tenant, "shop", buyers)

    assert together == [find_customers(one_tenant, "shop", [buyer])[0] for buyer in buyers]


@pytest.fixture(scope="module")
def one_tenant(engine: Engine, system_engine: Engine) -> Any:
    from tenants.scope import open_work
    from tests.support.tenants import create_test_tenant

    tenant = create_test_tenant(system_engine, "matching")
    with open_work(engine, tenant.id) as work:
        publish_defaults(work)
        save_customer(
            work,
            SaveCustomer(
                number="C-1", name="Ann", phone="040 123456", email="ann@example.com", tax_number="DE 123 456",
                addresses=(HOME,),
            ),
        )  # fmt: skip
        save_customer(work, SaveCustomer(number="C-2", name="Ben", phone="+49 40 123456"))
        yield work
