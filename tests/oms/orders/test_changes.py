"""What may happen to a placed order, and what must be true afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from oms.allocation.allocate_order import AllocateOrder, allocate_order
from oms.allocation.deallocate_order import DeallocateOrder, deallocate_order
from oms.inventory.errors import StockIsPromised
from oms.inventory.move_stock import (
    AdjustStock,
    ReceiveStock,
    TransferStock,
    adjust_stock,
    receive_stock,
    transfer_stock,
)
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.orders.errors import (
    ApprovalDecidesHold,
    HoldNotFound,
    NothingToCancel,
    OrderChanged,
    OrderNotOpen,
    OrderOnHold,
    QuantityNotOpen,
    ReasonMissing,
)
from oms.orders.order_values import order_values
from oms.orders.place_hold import PlaceHold, insert_hold, place_hold
from oms.orders.release_hold import ReleaseHold, release_hold
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from tests.support.builders import a_customer, a_location, a_policy, a_sku, an_allocation_policy, sku_id, stock


def placed_order(work: Work, *, quantity: str = "5", on_hand: str = "5", limit: str = "1000") -> OrderPlaced:
    a_sku(work, "TEA", price="10.00", tax_rate="0.1")
    a_customer(work, limit=limit)
    stock(work, "TEA", at=a_location(work, "ham"), on_hand=on_hand)
    line = LineRequest(sku="TEA", quantity=Decimal(quantity))
    command = PlaceOrder(order_type="standard", channel="test", lines=(line,), customer_number="C-1")
    return place_order(work, command, a_policy())


def order_row(work: Work, order_id: UUID) -> Any:
    return work.row(
        "SELECT * FROM orders WHERE tenant_id = %(t)s AND id = %(id)s", {"t": work.tenant_id, "id": order_id}
    )


def the_line(work: Work, order_id: UUID) -> Any:
    return work.row(
        "SELECT * FROM order_lines WHERE tenant_id = %(t)s AND order_id = %(id)s", {"t": work.tenant_id, "id": order_id}
    )


def position(work: Work) -> Any:
    return work.row("SELECT * FROM stock_positions WHERE tenant_id = %(t)s", {"t": work.tenant_id})


def account(work: Work) -> Any:
    return work.row("SELECT * FROM credit_accounts WHERE tenant_id = %(t)s", {"t": work.tenant_id})


def test_cancelling_an_order_gives_stock_and_credit_back(work: Work) -> None:
    placed = placed_order(work)

    outcome = cancel_order(work, CancelOrder(order_id=placed.order_id, reason=CancelReason.CUSTOMER), Rounding())

    assert (outcome.status, outcome.cancelled, outcome.total) == ("cancelled", 5, 0)
    assert (position(work).allocated, account(work).open_orders) == (0, 0)
    assert order_row(work, placed.order_id).fulfilment_status == "cancelled"
    booked = work.scalar("SELECT sum(amount) FROM credit_entries WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert booked == 0


def test_units_that_nobody_promised_are_cancelled_first(work: Work) -> None:
    placed = placed_order(work, quantity="5", on_hand="3")
    line = the_line(work, placed.order_id)

    command = CancelOrder(order_id=placed.order_id, reason=CancelReason.INVENTORY, quantities={line.id: Decimal(3)})
    outcome = cancel_order(work, command, Rounding())

    line = the_line(work, placed.order_id)
    assert (line.cancelled, line.allocated, line.backordered) == (3, 2, 0)
    assert position(work).allocated == 2
    assert (outcome.status, outcome.total) == ("placed", Decimal("22.00"))
    assert account(work).open_orders == Decimal("22.00")
    assert order_row(work, placed.order_id).backordered is False


def test_more_than_is_left_cannot_be_cancelled(work: Work) -> None:
    placed = placed_order(work)
    line = the_line(work, placed.order_id)

    with pytest.raises(QuantityNotOpen):
        cancel_order(
            work,
            CancelOrder(order_id=placed.order_id, reason=CancelReason.OTHER, quantities={line.id: Decimal(6)}),
            Rounding(),
        )
    with pytest.raises(NothingToCancel):
        cancel_order(work, CancelOrder(order_id=placed.order_id, reason=CancelReason.OTHER, quantities={}), Rounding())


def test_a_cancelled_order_is_not_cancelled_again(work: Work) -> None:
    placed = placed_order(work)
    cancel_order(work, CancelOrder(order_id=placed.order_id, reason=CancelReason.CUSTOMER), Rounding())

    with pytest.raises(OrderNotOpen):
        cancel_order(work, CancelOrder(order_id=placed.order_id, reason=CancelReason.CUSTOMER), Rounding())


def test_who_read_an_older_version_is_told_so(work: Work) -> None:
    placed = placed_order(work)
    place_hold(work, PlaceHold(order_id=placed.order_id, reason="call first"))

    with pytest.raises(OrderChanged) as refused:
        command = CancelOrder(order_id=placed.order_id, reason=CancelReason.CUSTOMER, expected_version=1)
        cancel_order(work, command, Rounding())

    assert refused.value.facts == {"version": 2, "changed_by": "Orderloom"}


def test_a_hold_needs_a_reason_and_so_does_its_release(work: Work) -> None:
    placed = placed_order(work)
    with pytest.raises(ReasonMissing):
        place_hold(work, PlaceHold(order_id=placed.order_id, reason=" "))
    hold = place_hold(work, PlaceHold(order_id=placed.order_id, reason="call first"))

    with pytest.raises(ReasonMissing):
        release_hold(work, ReleaseHold(order_id=placed.order_id, hold_id=hold.hold_id, reason=""))
    released = release_hold(work, ReleaseHold(order_id=placed.order_id, hold_id=hold.hold_id, reason="spoke to Ann"))

    assert released.holds_left == 0
    with pytest.raises(HoldNotFound):
        release_hold(work, ReleaseHold(order_id=placed.order_id, hold_id=hold.hold_id, reason="again"))


def test_an_approval_hold_is_not_lifted_by_hand(work: Work) -> None:
    placed = placed_order(work)
    hold = insert_hold(work, placed.order_id, type="approval", reason="waits", source="")

    with pytest.raises(ApprovalDecidesHold):
        release_hold(work, ReleaseHold(order_id=placed.order_id, hold_id=hold, reason="let it pass"))


def test_an_order_on_hold_takes_no_stock(work: Work) -> None:
    placed = placed_order(work, on_hand="0")
    place_hold(work, PlaceHold(order_id=placed.order_id, reason="call first"))

    with pytest.raises(OrderOnHold):
        allocate_order(
            work, AllocateOrder(order_id=placed.order_id), an_allocation_policy(), order_values(work, placed.order_id)
        )


def test_what_arrives_fills_the_backorder_and_a_second_run_changes_nothing(work: Work) -> None:
    placed = placed_order(work, quantity="5", on_hand="3")
    location = position(work).location_id
    receive_stock(work, ReceiveStock(sku_id=sku_id(work, "TEA"), location_id=location, quantity=Decimal(10)))
    command = AllocateOrder(order_id=placed.order_id)

    first = allocate_order(work, command, an_allocation_policy(), order_values(work, placed.order_id))
    version = order_row(work, placed.order_id).version
    second = allocate_order(work, command, an_allocation_policy(), order_values(work, placed.order_id))

    assert (first.allocated, first.short, second.allocated) == (2, 0, 0)
    assert order_row(work, placed.order_id).version == version
    assert order_row(work, placed.order_id).fulfilment_status == "allocated"
    assert (position(work).on_hand, position(work).allocated) == (13, 5)


def test_what_is_taken_back_is_free_for_others(work: Work) -> None:
    placed = placed_order(work)

    outcome = deallocate_order(work, DeallocateOrder(order_id=placed.order_id, reason="needed elsewhere"))

    assert outcome.released == 5
    assert position(work).available == 5
    assert order_row(work, placed.order_id).fulfilment_status == "open"
    movements = work.rows(
        "SELECT kind, allocated_change FROM stock_movements WHERE tenant_id = %(t)s ORDER BY id", {"t": work.tenant_id}
    )
    assert [(row.kind, row.allocated_change) for row in movements] == [("allocated", 5), ("released", -5)]


def test_promised_units_cannot_be_adjusted_away_or_transferred(work: Work) -> None:
    placed_order(work, quantity="4", on_hand="5")
    location, sku = position(work).location_id, sku_id(work, "TEA")
    other = a_location(work, "muc")

    with pytest.raises(StockIsPromised):
        adjust_stock(work, AdjustStock(sku_id=sku, location_id=location, change=Decimal(-2), reason="broken"))
    with pytest.raises(StockIsPromised):
        transfer_stock(
            work, TransferStock(sku_id=sku, from_location_id=location, to_location_id=other, quantity=Decimal(2))
        )
    moved = transfer_stock(
        work, TransferStock(sku_id=sku, from_location_id=location, to_location_id=other, quantity=Decimal(1))
    )

    assert moved.on_hand == 1
