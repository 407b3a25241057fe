from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kernel.db import Work
from oms.orders.list_orders import OrderFilter, count_orders, list_orders
from oms.orders.read_order import read_order
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.place_order import place_order
from tests.support.builders import a_customer, a_location, a_policy, a_sku, stock


@pytest.fixture
def orders(work: Work) -> list[OrderPlaced]:
    """Three orders of two customers: one promised, one short, one on hold."""
    a_sku(work, "TEA", price="10", tax_rate="0")
    a_sku(work, "MUG", price="500", tax_rate="0")
    a_customer(work, "C-1", limit="400")
    a_customer(work, "C-2", limit="400")
    stock(work, "TEA", at=a_location(work, "ham"), on_hand="3")
    wanted = [("C-1", "TEA", 2, "W-1"), ("C-2", "TEA", 5, "W-2"), ("C-2", "MUG", 1, None)]
    return [
        place_order(
            work,
            PlaceOrder(
                order_type="standard", channel="web", customer_number=customer, outside_number=outside,
                lines=(LineRequest(sku=sku, quantity=Decimal(quantity)),),
            ),
            a_policy(),
        )
        for customer, sku, quantity, outside in wanted
    ]  # fmt: skip


def numbers(work: Work, **wanted: Any) -> list[str]:
    return [order.number for order in list_orders(work, OrderFilter(**wanted)).orders]


def test_tabs_list_what_they_count(work: Work, orders: list[OrderPlaced]) -> None:
    counts = count_orders(work, OrderFilter()).tabs

    assert counts == {"all": 3, "on_hold": 1, "to_allocate": 0, "backordered": 1, "allocated": 1, "cancelled": 0}
    for tab, count in counts.items():
        assert len(numbers(work, tab=tab)) == count


def test_search_finds_by_number_channel_number_customer_and_sku(work: Work, orders: list[OrderPlaced]) -> None:
    promised, short, held = (order.number for order in orders)

    assert numbers(work, search=promised) == [promised]
    assert numbers(work, search=f"{promised}\n W-2") == [short, promised]
    assert numbers(work, search="c-2") == [held, short]
    assert numbers(work, search="MUG") == [held]
    assert numbers(work, search="100%") == []


def test_pages_follow_each_other_without_gaps(work: Work, orders: list[OrderPlaced]) -> None:
    first = list_orders(work, OrderFilter(), limit=2)
    second = list_orders(work, OrderFilter(), limit=2, after=first.next)

    assert [order.number for order in (*first.orders, *second.orders)] == [order.number for order in reversed(orders)]
    assert second.next is None


def test_a_row_scope_hides_other_customers_and_locations(work: Work, orders: list[OrderPlaced]) -> None:
    mine = orders[0].customer_id
    work.actor = replace(work.actor, reach={"customer": frozenset({mine})})
    assert numbers(work) == [orders[0].number]
    assert count_orders(work, OrderFilter()).tabs["all"] == 1

    elsewhere = a_location(work, "muc")
    work.actor = replace(work.actor, reach={"location": frozenset({elsewhere})})
    assert numbers(work) == []


def test_an_order_shows_its_lines_promises_and_reasons(work: Work, orders: list[OrderPlaced]) -> None:
    detail = read_order(work, orders[1].order_id)

    (line,) = detail.lines
    assert (line.allocated, line.backordered) == (1, 4)
    assert [(promise.location, promise.quantity) for promise in detail.promises_of(line.id)] == [("ham", 1)]
    assert {decision.kind for decision in detail.decisions} == {"price", "credit", "allocation"}
    assert [event.kind for event in detail.events] == ["backordered", "allocated", "placed"]
