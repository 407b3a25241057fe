"""Stock that arrives goes to the orders that wait, in the order in which they were placed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.ids import new_id, to_text
from kernel.outbox import Delivery
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.orders.place_hold import PlaceHold, place_hold
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.jobs import fill_backorders
from oms.placement.place import place
from oms.pricing.amounts import Rounding
from tests.support.builders import a_customer, a_location, a_sku, sku_id
from tests.support.configuration import an_order_type, publish_defaults

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Yard:
    """One SKU, two locations, no stock; orders wait."""

    def __init__(self, work: Work) -> None:
        self.work = work
        ignoring = an_order_type(channels=["api"], credit={"policy": "ignore"})
        publish_defaults(work, {"order_type/standard": ignoring})
        for code in ("TEA", "MUG"):
            a_sku(work, code)
        a_customer(work)
        self.east, self.west = a_location(work, "east", priority=1), a_location(work, "west", priority=2)

    def order(self, units: int, *, minute: int, sku: str = "TEA") -> UUID:
        self.work.now = START + timedelta(minutes=minute)
        return place(self.work, PlaceOrder(
            order_type="standard", channel="api", customer_number="C-1",
            lines=(LineRequest(sku=sku, quantity=Decimal(units)),),
        )).order_id  # fmt: skip

    def arrive(self, units: int, *, at: UUID | None = None, times: int = 1) -> None:
        sku = sku_id(self.work, "TEA")
        receive_stock(self.work, ReceiveStock(sku_id=sku, location_id=at or self.east, quantity=Decimal(units)))
        event = Delivery(self.work.tenant_id, new_id(), "stock.arrived", {"sku_id": to_text("sku", sku)})
        for _ in range(times):
            fill_backorders(self.work, event)

    def promised(self, *orders: UUID) -> list[int]:
        return [
            int(self.work.scalar(
                "SELECT sum(allocated) FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(o)s",
                {"t": self.work.tenant_id, "o": order},
            ))
            for order in orders
        ]  # fmt: skip

    def backordered(self, *orders: UUID) -> list[bool]:
        return [
            bool(self.work.scalar(
                "SELECT backordered FROM orders WHERE tenant_id = %(t)s AND id = %(o)s",
                {"t": self.work.tenant_id, "o": order},
            ))
            for order in orders
        ]  # fmt: skip

    @property
    def stock_promised(self) -> int:
        found = self.work.scalar(
            "SELECT sum(allocated) FROM stock_positions WHERE tenant_id = %(t)s", {"t": self.work.tenant_id}
        )
        return int(found)


@pytest.fixture
def yard(work: Work) -> Yard:
    return Yard(work)


def test_who_was_placed_first_is_filled_first(yard: Yard) -> None:
    late, early, middle = yard.order(4, minute=9), yard.order(4, minute=1), yard.order(4, minute=5)

    yard.arrive(6)

    assert yard.promised(early, middle, late) == [4, 2, 0]
    assert yard.backordered(early, middle, late) == [False, True, True]


def test_what_comes_next_goes_on_where_it_stopped(yard: Yard) -> None:
    first, second = yard.order(4, minute=1), yard.order(4, minute=2)

    yard.arrive(3)
    yard.arrive(3, at=yard.west)
    yard.arrive(9)

    assert yard.promised(first, second) == [4, 4]
    assert yard.stock_promised == 8


def test_the_event_twice_is_harmless(yard: Yard) -> None:
    first, second = yard.order(4, minute=1), yard.order(4, minute=2)

    yard.arrive(5, times=3)

    assert yard.promised(first, second) == [4, 1]
    assert yard.stock_promised == 5


def test_orders_on_hold_wait_and_do_not_block_those_behind(yard: Yard) -> None:
    held, next_one = yard.order(4, minute=1), yard.order(4, minute=2)
    place_hold(yard.work, PlaceHold(order_id=held, reason="look at it"))

    yard.arrive(10)

    assert yard.promised(held, next_one) == [0, 4]


def test_cancelled_orders_get_nothing(yard: Yard) -> None:
    gone, next_one = yard.order(4, minute=1), yard.order(4, minute=2)
    cancel_order(yard.work, CancelOrder(order_id=gone, reason=CancelReason.OTHER), Rounding())

    yard.arrive(10)

    assert yard.promised(gone, next_one) == [0, 4]


def test_orders_of_another_sku_are_left_alone(yard: Yard) -> None:
    mug, tea = yard.order(4, minute=1, sku="MUG"), yard.order(4, minute=2)

    yard.arrive(4)

    assert yard.promised(mug, tea) == [0, 4]


def test_an_arrival_that_nobody_waits_for_is_left_in_stock(yard: Yard) -> None:
    yard.arrive(4)

    assert yard.stock_promised == 0
