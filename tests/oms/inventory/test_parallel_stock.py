"""Sixteen threads on one SKU: reserving, ordering, transferring, counting out and in. Nothing oversold, nothing lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.errors import DomainError
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.inventory.set_levels import TrackSku, track_sku
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from oms.reservations.release_reservation import release_reservation
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.receive_transfer import ArrivedRow, receive_transfer
from oms.transfers.send_transfer import send_transfer
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_location, a_policy, a_sku
from tests.support.stock_proofs import assert_stock_is_sound
from tests.support.tenants import TestTenant, create_test_tenant

THREADS, TASKS, UNITS = 16, 64, 30


@pytest.fixture
def shop(engine: Engine, system_engine: Engine, tracking: str) -> TestTenant:
    """Thirty units at each of two places, in two lots where the SKU is kept so."""
    tenant = create_test_tenant(system_engine, f"stock-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        sku = a_sku(work, "HOT", price="1.00", tax_rate="0")
        track_sku(work, TrackSku(sku_id=sku, tracking=tracking))
        a_customer(work, "BUYER")
        for rank, key in enumerate(("one", "two")):
            place = a_location(work, key, priority=rank)
            for lot in ("L1", "L2") if tracking == "lot" else ("",):
                units = Decimal(UNITS // 2 if lot else UNITS)
                receive_stock(work, ReceiveStock(sku_id=sku, location_id=place, quantity=units, lot=lot))
    return tenant


def one_task(engine: Engine, tenant: TestTenant, number: int) -> str:
    """One of four, each over transactions of its own as people's are."""

    sent: list[UUID] = []

    def run(work: Work) -> str:
        sent.clear()
        sku = work.scalar("SELECT id FROM skus WHERE tenant_id = %(t)s AND code = 'HOT'", {"t": tenant.id})
        if number % 4 == 0:
            made = reserve_stock(work, ReserveStock(sku_id=sku, quantity=Decimal(3), purpose="cart"))
            if number % 8:
                release_reservation(work, made.reservation_id)
        elif number % 4 == 3:
            source, target = ("one", "two") if number % 8 == 3 else ("two", "one")
            lot = "" if not work.scalar("SELECT 1 FROM lots WHERE tenant_id = %(t)s", {"t": tenant.id}) else "L1"
            rows = [TransferRow(sku="HOT", quantity=Decimal(2), lot=lot)]
            drafted = draft_transfer(work, DraftTransfer(from_location=source, to_location=target, rows=rows))
            send_transfer(work, drafted.transfer_id)
            sent.append(drafted.transfer_id)
        else:
            line = LineRequest(sku="HOT", quantity=Decimal(2))
            command = PlaceOrder(order_type="standard", channel="web", customer_number="BUYER", lines=(line,))
            placed = place_order(work, command, a_policy(credit="ignore"))
            if number % 4 == 2:
                cancel_order(work, CancelOrder(order_id=placed.order_id, reason=CancelReason.OTHER), Rounding())
        return "done"

    try:
        done = in_work(engine, tenant.id, SYSTEM, run)
        arrived = [ArrivedRow(line_no=1, arrived=Decimal(2))]
        for transfer in sent:  # goods leave one place and reach the other in transactions of their own
            in_work(engine, tenant.id, SYSTEM, partial(receive_transfer, transfer_id=transfer, rows=arrived))
        return done
    except DomainError as error:
        return error.code


@pytest.mark.parametrize("tracking", ["none", "lot"])
def test_nothing_is_oversold_and_nothing_deadlocks(engine: Engine, shop: TestTenant, tracking: str) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        said = list(pool.map(lambda number: one_task(engine, shop, number), range(TASKS)))

    assert said.count("done") > TASKS / 2
    assert set(said) <= {"done", "not_enough_to_reserve", "stock_is_promised", "lot_short"}
    with open_work(engine, shop.id) as work:
        assert_stock_is_sound(work)
        total = work.scalar("SELECT sum(on_hand) FROM stock_positions WHERE tenant_id = %(t)s", {"t": shop.id})
        assert total == 2 * UNITS
