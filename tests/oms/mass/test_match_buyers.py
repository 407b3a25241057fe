"""A file that names its buyers as the channel does: the same customers as single orders give."""

from __future__ import annotations

from decimal import Decimal

from kernel.db import Work
from oms.customer_matching.find_customers import BuyerData
from oms.customer_matching.name_buyer import name_buyer
from oms.customer_matching.queries import open_suspects
from oms.customers.save_customer import AddressData, SaveCustomer, save_customer
from oms.customers.save_identity import AddIdentity, add_identity
from oms.placement.policy import OrderPolicy
from tests.oms.mass.test_place_chunk import problems, run
from tests.support.builders import a_policy, a_sku
from tests.support.configuration import publish_defaults

HOME = AddressData(
    recipient="Ann", street="1 Main St", city="Hamburg", postal_code="20095", country="DE", is_default_shipping=True
)
RULES = {
    "name": {"en": "Same buyers"},
    "rules": [
        {"id": "both", "name": {"en": "Both"}, "keys": ["phone", "name_postal"], "verdict": "same"},
        {"id": "phone", "name": {"en": "Phone"}, "keys": ["phone"], "verdict": "suspect"},
    ],
}
HEADER = "Order number,Customer number,Customer name,Phone,Postal code,Country,SKU,Quantity\n"
ROWS = (
    "A,u1,,,,,TEA,1\n"  # the channel's name, known
    "B,u2,Ann Ltd.,+49 40 123456,20095,DE,TEA,1\n"  # the same by a rule
    "C,u2,,,,,TEA,2\n"  # the same buyer, of whom this row says less
    "D,u3,Somebody,040 123456,,DE,TEA,1\n"  # looks like her
    "E,C-1,,,,,TEA,1\n"  # our own number
)


def shop(work: Work) -> OrderPolicy:
    publish_defaults(work, {"customer_matching/standard": RULES})
    a_sku(work, "TEA", tax_rate="0")
    ann = save_customer(work, SaveCustomer(number="C-1", name="Ann Ltd.", phone="040 123456", addresses=(HOME,)))
    add_identity(work, AddIdentity(customer_id=ann, channel="file", outside_id="u1"))
    return a_policy(credit="ignore", allocation=None)


def customers_of(work: Work) -> dict[str, str]:
    rows = work.rows(
        "SELECT o.outside_number, c.number FROM orders o"
        " JOIN customers c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id WHERE o.tenant_id = %(t)s ORDER BY 1",
        {"t": work.tenant_id},
    )
    return {row.outside_number: row.number for row in rows}


def test_buyers_are_found_by_the_channels_name_and_by_the_rules(work: Work) -> None:
    policy = shop(work)

    outcome = run(work, HEADER + ROWS, policy, create_customers=True)

    assert outcome.done == 5
    assert customers_of(work) == {"A": "C-1", "B": "C-1", "C": "C-1", "D": "u3", "E": "C-1"}
    [pair] = open_suspects(work)
    assert pair.rule == "customer_matching/standard#phone"
    kept = work.row(
        "SELECT origin, rule FROM customer_identities WHERE tenant_id = %(t)s AND outside_id = 'u2'",
        {"t": work.tenant_id},
    )
    assert kept is not None and (kept.origin, kept.rule) == ("matched", "customer_matching/standard#both")
    single = name_buyer(work, "file", BuyerData(outside_id="u2"), create=False)
    ann = work.scalar("SELECT id FROM customers WHERE tenant_id = %(t)s AND number = 'C-1'", {"t": work.tenant_id})
    assert single == ann


def test_who_is_not_found_is_a_fault_where_none_is_to_be_made(work: Work) -> None:
    policy = shop(work)

    outcome = run(work, HEADER + ROWS, policy)

    assert outcome.done == 4 and (5, "customer_number", "customer_unknown") in problems(work)
    assert "D" not in customers_of(work)
    assert work.scalar("SELECT sum(total) FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == Decimal(50)
