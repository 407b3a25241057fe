"""Carts: what goes in, and what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine

from kernel.db import Actor, Work
from kernel.db.engine import counting_statements
from kernel.ids import new_id
from oms.carts.cart import Cart, CartLine, read_cart
from oms.carts.check_rows import TypedRow, check_rows
from oms.carts.errors import (
    AddressMissing,
    AddressUnknown,
    CartEmpty,
    CartFull,
    CartIsNobodys,
    SkuNotOffered,
    TooManyRows,
    TotalChanged,
)
from oms.carts.list_offers import OfferFilter, list_offers
from oms.carts.put_lines import PutLines, merge_lines, put_lines
from oms.carts.quantities import read_quantity
from oms.carts.read_pasted import read_pasted
from oms.carts.set_details import SetDetails, set_details
from oms.carts.submit_cart import SubmitCart, submit_cart
from oms.placement.policy_for import policy_for
from tenants.access.register_user import RegisterUser, register_user
from tenants.scope import open_work
from tests.support.builders import a_customer, a_location, a_price, a_sku, stock
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.portal import make_shop


@pytest.fixture
def buyer(work: Work) -> Iterator[UUID]:
    """A customer with a user in whose name the unit of work goes on."""
    publish_defaults(work, {"order_type/standard": an_order_type()})
    customer = a_customer(work, limit="1000")
    a_sku(work, "TEA", price="10.00", units={"box": "12"})
    a_price(work, "TEA", "8.00", from_quantity="12")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="50")
    user = register_user(
        work, RegisterUser(email=f"u{new_id().hex[-8:]}@c.example", name="Li", role_keys=(), customer_id=customer)
    )
    work.actor = Actor(kind="portal", id=user.user_id, name="Li", reach={"customer": frozenset({customer})})
    yield customer


def line(sku: str, quantity: str, unit: str | None = None) -> CartLine:
    return CartLine(sku=sku, quantity=Decimal(quantity), unit=unit)


def put(work: Work, customer: UUID, *lines: CartLine, add: bool = True) -> Cart:
    return put_lines(work, PutLines(customer_id=customer, lines=lines, add=add))


def test_lines_of_one_sku_and_unit_are_one(work: Work, buyer: UUID) -> None:
    put(work, buyer, line("TEA", "2"), line("TEA", "1", "box"))

    cart = put(work, buyer, line("TEA", "3"))

    assert [(each.quantity, each.unit) for each in cart.lines] == [(5, None), (1, "box")]
    assert read_cart(work, buyer).lines == cart.lines


def test_setting_to_nothing_takes_a_line_out() -> None:
    there = (line("A", "1"), line("B", "2"))

    assert merge_lines(there, [line("A", "0"), line("B", "7")], add=False) == (line("B", "7"),)


def test_what_is_not_sold_does_not_go_in(work: Work, buyer: UUID) -> None:
    with pytest.raises(SkuNotOffered):
        put(work, buyer, line("NOPE", "1"))


def test_a_cart_has_an_end(work: Work, buyer: UUID) -> None:
    with pytest.raises(CartFull):
        put(work, buyer, *(line("TEA", "1", f"unit-{number}") for number in range(1_001)))


def test_nobody_reaches_the_cart_of_another_customer(work: Work, buyer: UUID) -> None:
    other = a_customer(work, "C-2")

    for use in (lambda: put(work, other, line("TEA", "1")), lambda: read_cart(work, other)):
        with pytest.raises(CartIsNobodys):
            use()


def test_submitting_places_the_order_and_empties_the_cart(work: Work, buyer: UUID) -> None:
    put(work, buyer, line("TEA", "1", "box"))

    placed = submit_cart(work, SubmitCart(customer_id=buyer, order_type="standard", expected_total=Decimal("114.24")))

    assert placed.allocated == 12 and placed.channel == "portal" and placed.total == Decimal("114.24")
    assert read_cart(work, buyer).lines == ()
    with pytest.raises(CartEmpty):
        submit_cart(work, SubmitCart(customer_id=buyer, order_type="standard"))


def test_another_total_than_the_one_seen_is_refused(work: Work, buyer: UUID) -> None:
    put(work, buyer, line("TEA", "1"))

    with pytest.raises(TotalChanged):
        submit_cart(work, SubmitCart(customer_id=buyer, order_type="standard", expected_total=Decimal("10.00")))


def test_an_order_needs_an_address_of_its_own_company(work: Work, buyer: UUID) -> None:
    put(work, buyer, line("TEA", "1"))
    a_customer(work, "C-2")
    foreign = work.scalar(
        "SELECT id FROM customer_addresses WHERE tenant_id = %(t)s AND customer_id <> %(c)s LIMIT 1",
        {"t": work.tenant_id, "c": buyer},
    )

    with pytest.raises(AddressUnknown):
        set_details(work, SetDetails(customer_id=buyer, address_id=foreign))
    own = work.scalar("SELECT id FROM customer_addresses WHERE tenant_id = %(t)s AND customer_id = %(c)s",
                      {"t": work.tenant_id, "c": buyer})  # fmt: skip
    set_details(work, SetDetails(customer_id=buyer, address_id=own))
    work.execute("DELETE FROM customer_addresses WHERE tenant_id = %(t)s AND customer_id = %(c)s",
                 {"t": work.tenant_id, "c": buyer})  # fmt: skip
    with pytest.raises(AddressUnknown):  # it was removed after it had been chosen
        submit_cart(work, SubmitCart(customer_id=buyer, order_type="standard"))
    set_details(work, SetDetails(customer_id=buyer))
    with pytest.raises(AddressMissing):
        submit_cart(work, SubmitCart(customer_id=buyer, order_type="standard"))


def test_two_submits_at_once_place_one_order(engine: Engine, system_engine: Engine) -> None:
    shop = make_shop(engine, system_engine)
    actor = Actor(kind="portal", id=shop.li.id, name="Li", reach={"customer": frozenset({shop.customer})})
    with open_work(engine, shop.company.id, actor) as work:
        put(work, shop.customer, line("TEA", "2"))
    outcomes: list[str] = []

    def submit() -> None:
        try:
            with open_work(engine, shop.company.id, actor) as work:
                outcomes.append(submit_cart(work, SubmitCart(customer_id=shop.customer, order_type="standard")).number)
        except CartEmpty:
            outcomes.append("empty")

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes)[1:] == ["empty"] * 3
    with open_work(engine, shop.company.id) as work:
        assert work.scalar("SELECT count(*) FROM orders WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == 1


def test_a_page_of_offers_is_priced_in_four_statements(work: Work, buyer: UUID) -> None:
    for number in range(30):
        a_sku(work, f"X-{number:02}", price="1.00", minimum="5", multiple="4")
    a_sku(work, "NOT-FOR-SALE", price=None)
    policy = policy_for(work, "standard")

    with counting_statements() as log:
        page = list_offers(work, buyer, OfferFilter(limit=40), policy)

    assert log.count <= 4, log.statements
    offers = {offer.code: offer for offer in page.offers}
    assert len(offers) == 31 and page.next is None
    assert offers["X-00"].start == 8 and offers["X-00"].unit_price == 1
    assert offers["TEA"].tiers == ((Decimal(12), Decimal(8)),) and offers["TEA"].units == {"box": Decimal(12)}


def test_rows_are_added_up_and_bad_ones_kept(work: Work, buyer: UUID) -> None:
    rows = read_pasted("TEA 2\nNOPE 1\ntea\t3\nTEA;1;crate\nTEA,0")

    checked = check_rows(work, buyer, rows, policy_for(work, "standard"))

    assert [(row.typed.sku, row.line.quantity if row.line else None, row.merged) for row in checked] == [
        ("TEA", 5, 2), ("NOPE", None, 1), ("TEA", None, 1), ("TEA", None, 1),
    ]  # fmt: skip
    assert [row.problems[0].code for row in checked if row.problems] == [
        "sku_unknown", "unit_unknown", "quantity_not_positive",
    ]  # fmt: skip


def test_a_barcode_brings_its_unit(work: Work, buyer: UUID) -> None:
    work.execute(
        "INSERT INTO sku_barcodes (tenant_id, id, sku_id, barcode, unit)"
        " SELECT tenant_id, %(id)s, id, '4006381333931', 'box' FROM skus WHERE tenant_id = %(t)s AND code = 'TEA'",
        {"t": work.tenant_id, "id": new_id()},
    )

    (row,) = check_rows(work, buyer, [TypedRow(sku="4006381333931", quantity="2")], policy_for(work, "standard"))

    assert row.line == line("TEA", "2", "box")


def test_a_thousand_rows_are_checked_in_five_statements(work: Work, buyer: UUID) -> None:
    rows = [TypedRow(sku=f"S-{number}", quantity="1") for number in range(999)] + [TypedRow(sku="TEA", quantity="1")]

    with counting_statements() as log:
        checked = check_rows(work, buyer, rows, policy_for(work, "standard"))

    assert log.count <= 5 and sum(row.line is not None for row in checked) == 1
    with pytest.raises(TooManyRows):
        check_rows(work, buyer, [*rows, rows[0]], policy_for(work, "standard"))


@pytest.mark.parametrize(
    ("text", "quantity"),
    [("3", "3"), (" 1,200 ", "1200"), ("2,5", "2.5"), ("0.125", "0.125"), ("１２", "12"), ("1,200.5", "1200.5")],
)
def test_quantities_are_read_as_people_write_them(text: str, quantity: str) -> None:
    assert read_quantity(text) == Decimal(quantity)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("TEA 3", ("TEA", "3", "")),
        ("TEA,3", ("TEA", "3", "")),
        ("TEA;3;box", ("TEA", "3", "box")),
        ("TEA\t3\tbox", ("TEA", "3", "box")),
        ("TEA；1,5", ("TEA", "1,5", "")),
        ("TEA", ("TEA", "1", "")),
        ("  TEA   3  ", ("TEA", "3", "")),
    ],
)
def test_pasted_lines_may_be_parted_in_many_ways(text: str, row: tuple[str, str, str]) -> None:
    (read,) = read_pasted(text)

    assert (read.sku, read.quantity, read.unit) == row


def test_a_cart_as_a_value_does_not_change_under_ones_hands(buyer: UUID) -> None:
    cart = Cart(id=None, customer_id=buyer)

    assert replace(cart, buyer_note="x") != cart and cart.order("standard").channel == "portal"
