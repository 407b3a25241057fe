"""Each use case that moves stock, killed at each of its statements and tried again: all of it happens, once, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from oms.inventory.change_status import ChangeStatus, change_status
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.reservations.release_reservation import release_reservation
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from oms.stock_counts.close_count import submit_count
from oms.stock_counts.enter_counted import CountedRow, enter_counted
from oms.stock_counts.start_count import StartCount, start_count
from oms.transfers.call_back_transfer import call_back_transfer
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.receive_transfer import ArrivedRow, receive_transfer
from oms.transfers.send_transfer import send_transfer
from tenants.scope import in_work, open_work
from tests.support.builders import a_location, a_sku, sku_id
from tests.support.faults import Fault, failing_at
from tests.support.stock_proofs import assert_stock_is_sound
from tests.support.tenants import create_test_tenant


def _place(work: Work) -> UUID:
    found = work.scalar("SELECT id FROM locations WHERE tenant_id = %(t)s AND key = 'one'", {"t": work.tenant_id})
    assert isinstance(found, UUID)
    return found


def receive(work: Work) -> None:
    receive_stock(work, ReceiveStock(sku_id=sku_id(work, "TEA"), location_id=_place(work), quantity=Decimal(5)))


def quarantine(work: Work) -> None:
    command = ChangeStatus(
        sku_id=sku_id(work, "TEA"), location_id=_place(work), quantity=Decimal(2), from_status="good",
        to_status="quarantined",
    )  # fmt: skip
    change_status(work, command)


def reserve_and_release(work: Work) -> None:
    command = ReserveStock(sku_id=sku_id(work, "TEA"), quantity=Decimal(2), purpose="cart")
    reserve_stock(work, command)
    release_reservation(work, reserve_stock(work, command).reservation_id)


def transfer(work: Work) -> None:
    rows = [TransferRow(sku="TEA", quantity=Decimal(3))]
    drafted = draft_transfer(work, DraftTransfer(from_location="one", to_location="two", rows=rows))
    send_transfer(work, drafted.transfer_id)
    row = ArrivedRow(line_no=1, arrived=Decimal(1), lost=Decimal(1), loss_reason="wet")
    receive_transfer(work, drafted.transfer_id, [row])


def call_back(work: Work) -> None:
    """One transfer that arrived in part, and one of which nothing had."""
    for arrived in (Decimal(1), None):
        rows = [TransferRow(sku="TEA", quantity=Decimal(3))]
        drafted = draft_transfer(work, DraftTransfer(from_location="one", to_location="two", rows=rows))
        send_transfer(work, drafted.transfer_id)
        if arrived:
            receive_transfer(work, drafted.transfer_id, [ArrivedRow(line_no=1, arrived=arrived)])
        call_back_transfer(work, drafted.transfer_id, "sent by mistake")


def count(work: Work) -> None:
    started = start_count(work, StartCount(location_id=_place(work), tolerance_units=Decimal(9)))
    enter_counted(work, started.count_id, [CountedRow(sku="TEA", counted=Decimal(8))])
    submit_count(work, started.count_id)


def _state(work: Work) -> tuple[object, ...]:
    t = {"t": work.tenant_id}
    positions = work.rows(
        "SELECT on_hand, quarantined, reserved FROM stock_positions WHERE tenant_id = %(t)s ORDER BY 1, 2, 3", t
    )
    moved = work.scalar("SELECT count(*) FROM stock_movements WHERE tenant_id = %(t)s", t)
    audits = work.scalar("SELECT count(*) FROM audit_entries WHERE tenant_id = %(t)s", t)
    return tuple(positions), moved, audits


@pytest.mark.parametrize("use_case", [receive, quarantine, reserve_and_release, transfer, call_back, count])
def test_a_fault_anywhere_leaves_nothing_half_done(
    engine: Engine, system_engine: Engine, use_case: Callable[[Work], None]
) -> None:
    tenant = create_test_tenant(system_engine, f"fault-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        a_sku(work, "TEA")
        a_location(work, "one")
        a_location(work, "two")
        receive_stock(work, ReceiveStock(sku_id=sku_id(work, "TEA"), location_id=_place(work), quantity=Decimal(9)))
        before = _state(work)
    for number in range(1, 200):
        with failing_at(number) as seen:
            try:
                in_work(engine, tenant.id, SYSTEM, use_case)
            except Fault:
                pass
        if seen.count < number:  # this time it came through
            break
        with open_work(engine, tenant.id) as work:
            assert _state(work) == before, number

    assert number > 4
    with open_work(engine, tenant.id) as work:
        assert _state(work) != before
        assert_stock_is_sound(work)
