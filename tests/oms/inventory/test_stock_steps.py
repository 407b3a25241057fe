"""Lots, reservations, channels, transfers, counts, expected goods: what each promises, and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest

from kernel.db import Actor, Work
from kernel.db.engine import counting_statements
from kernel.ids import new_id
from oms.channel_stock.save_rule import SaveChannelRule, save_channel_rule
from oms.inventory.errors import StockIsPromised, TrackingInUse
from oms.inventory.lots import find_lots
from oms.inventory.move_stock import AdjustStock, ReceiveStock, adjust_stock, receive_stock
from oms.inventory.named_rows import RowsInvalid
from oms.inventory.receive_named import NamedReceipt, receive_named_rows
from oms.inventory.set_levels import SetLevels, TrackSku, set_levels, track_sku
from oms.inventory.watch_levels import announce_low_stock, put_expired_aside
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.place_order import place_order
from oms.receipts.expect_goods import ExpectedRow, expect_goods
from oms.receipts.read_outlook import read_outlook
from oms.receipts.receive_expected import ReceiveExpected, receive_expected
from oms.reservations.errors import NotEnoughToReserve, ReservationNotFound
from oms.reservations.queries import list_reservations
from oms.reservations.release_reservation import release_reservation
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from oms.stock_counts.close_count import approve_count, submit_count
from oms.stock_counts.enter_counted import CountedRow, enter_counted
from oms.stock_counts.errors import CounterMayNotApprove
from oms.stock_counts.start_count import StartCount, start_count
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.receive_transfer import ArrivedRow, receive_transfer
from oms.transfers.send_transfer import send_transfer
from tests.support.builders import a_customer, a_location, a_policy, a_sku
from tests.support.stock_proofs import assert_stock_is_sound


@pytest.fixture
def tea(work: Work) -> UUID:
    a_customer(work, "BUYER")
    return a_sku(work, "TEA", price="1.00", tax_rate="0")


@pytest.fixture
def here(work: Work) -> UUID:
    return a_location(work, "here", priority=1)


def receive(work: Work, sku: UUID, at: UUID, units: int, *, lot: str = "", days: int | None = None) -> None:
    expires_on = work.today + timedelta(days=days) if days is not None else None
    receive_stock(
        work, ReceiveStock(sku_id=sku, location_id=at, quantity=Decimal(units), lot=lot, expires_on=expires_on)
    )


def order(work: Work, units: int, *, channel: str = "web", number: str | None = None) -> OrderPlaced:
    line = LineRequest(sku="TEA", quantity=Decimal(units))
    command = PlaceOrder(
        order_type="standard", channel=channel, customer_number="BUYER", lines=(line,), outside_number=number
    )
    return place_order(work, command, a_policy(credit="ignore"))


def lots_of(work: Work, placed: OrderPlaced) -> list[tuple[str, int]]:
    rows = work.rows(
        "SELECT l.code, a.quantity FROM allocations a JOIN lots l ON l.tenant_id = a.tenant_id AND l.id = a.lot_id"
        " WHERE a.tenant_id = %(t)s AND a.order_id = %(o)s ORDER BY a.id",
        {"t": work.tenant_id, "o": placed.order_id},
    )
    return [(row.code, int(row.quantity)) for row in rows]


def test_lots_that_expire_first_go_first_and_expired_ones_never(work: Work, tea: UUID, here: UUID) -> None:
    track_sku(work, TrackSku(sku_id=tea, tracking="lot", min_remaining_days=10))
    for lot, days in (("LATE", 200), ("SOON", 20), ("TOO-SOON", 9), ("GONE", 0)):
        receive(work, tea, here, 5, lot=lot, days=days)

    placed = order(work, 8)
    short = order(work, 5)

    assert lots_of(work, placed) == [("SOON", 5), ("LATE", 3)]
    assert short.allocated == 2 and short.short == 3
    assert put_expired_aside(work) == 1
    assert put_expired_aside(work) == 0
    assert_stock_is_sound(work)


def test_how_a_sku_is_kept_changes_only_while_there_is_none(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 1)

    with pytest.raises(TrackingInUse):
        track_sku(work, TrackSku(sku_id=tea, tracking="serial"))


def test_the_ledger_is_never_changed(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 1)

    for sql in ("UPDATE stock_movements SET on_hand_change = 5", "DELETE FROM stock_movements"):
        savepoint = work.connection.begin_nested()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            work.execute(sql)
        savepoint.rollback()


def test_a_reservation_keeps_units_until_its_owner_orders(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 10)
    reserve_stock(work, ReserveStock(sku_id=tea, quantity=Decimal(8), purpose="quote", reference="Q-1"))

    with pytest.raises(NotEnoughToReserve):
        reserve_stock(work, ReserveStock(sku_id=tea, quantity=Decimal(3), purpose="cart"))
    stranger, owner = order(work, 5), order(work, 6, number="Q-1")

    assert stranger.allocated == 2 and owner.allocated == 6
    state = work.row("SELECT state, converted FROM reservations WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert state is not None and (state.state, state.converted) == ("active", 6)
    assert_stock_is_sound(work)


def test_reservations_of_customers_out_of_reach_are_not_there(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 10)
    customer = a_customer(work, "OTHER")
    command = ReserveStock(sku_id=tea, quantity=Decimal(1), purpose="customer", customer_id=customer)
    made = reserve_stock(work, command)
    work.actor = Actor(kind="staff", id=new_id(), name="Rep", reach={"customer": frozenset({new_id()})})

    assert list_reservations(work) == []
    with pytest.raises(ReservationNotFound):
        release_reservation(work, made.reservation_id)


def test_an_order_does_not_wait_for_the_job_that_ends_reservations(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 10)
    reserve_stock(work, ReserveStock(sku_id=tea, quantity=Decimal(8), purpose="cart", minutes=5))
    work.now += timedelta(minutes=6)

    assert order(work, 10).allocated == 10
    assert_stock_is_sound(work)


@pytest.mark.parametrize(
    ("rule", "web", "api"),
    [
        ({"channel": "web", "kind": "buffer", "quantity": Decimal(4)}, 6, 10),
        ({"channel": "web", "kind": "buffer", "percent": Decimal(25)}, 7, 10),
        ({"channel": "*", "kind": "buffer", "quantity": Decimal(1)}, 9, 9),
        ({"channel": "web", "kind": "quota", "quantity": Decimal(3)}, 3, 10),
        ({"channel": "web", "kind": "exclusive", "quantity": Decimal(3)}, 10, 7),
    ],
)
def test_a_channel_sells_what_its_rules_leave(
    work: Work, tea: UUID, here: UUID, rule: dict[str, object], web: int, api: int
) -> None:
    receive(work, tea, here, 10)
    save_channel_rule(work, SaveChannelRule(**rule))  # type: ignore[arg-type]

    for channel, expected in (("web", web), ("api", api)):
        savepoint = work.connection.begin_nested()
        seen = read_outlook(work, [tea], channel=channel)[tea].now
        promised = order(work, 20, channel=channel).allocated
        savepoint.rollback()
        assert (seen, promised) == (expected, expected), channel


def test_a_quota_counts_what_its_channel_was_promised(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 10)
    save_channel_rule(work, SaveChannelRule(channel="web", kind="quota", quantity=Decimal(5), sku_id=tea))

    assert [order(work, 3).allocated for _ in range(3)] == [3, 2, 0]
    assert order(work, 9, channel="api").allocated == 5


def test_what_is_on_its_way_is_promised_by_day_and_counted_once(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 2)
    due = work.today + timedelta(days=9)
    row = ExpectedRow(sku="TEA", location="here", reference="PO-1", quantity=Decimal(10), due_on=due)
    (receipt,) = expect_goods(work, [row]).ids
    order(work, 5)  # 3 of them wait

    outlook = read_outlook(work, [tea])[tea]
    assert (outlook.now, outlook.steps) == (0, ((due, 7),))
    assert outlook.earliest(Decimal(7), work.today) == due and outlook.earliest(Decimal(8), work.today) is None
    receive_expected(work, ReceiveExpected(receipt_id=receipt, quantity=Decimal(4)))
    after = read_outlook(work, [tea])[tea]
    assert (after.now, after.steps) == (1, ((due, 7),))
    assert expect_goods(work, [row]).new == 0


def test_units_on_their_way_are_nowhere_and_expected(work: Work, tea: UUID, here: UUID) -> None:
    there = a_location(work, "there", priority=2)
    receive(work, tea, here, 10)
    rows = [TransferRow(sku="TEA", quantity=Decimal(6))]
    transfer = draft_transfer(work, DraftTransfer(from_location="here", to_location="there", rows=rows)).transfer_id
    send_transfer(work, transfer)

    assert read_outlook(work, [tea], location_id=there)[tea].steps[0][1] == 6
    left = receive_transfer(work, transfer, [ArrivedRow(line_no=1, arrived=Decimal(4))]).on_the_way
    with pytest.raises(RowsInvalid) as refused:
        receive_transfer(work, transfer, [ArrivedRow(line_no=1, arrived=Decimal(0), lost=Decimal(2))])
    done = [ArrivedRow(line_no=1, arrived=Decimal(1), lost=Decimal(1), loss_reason="wet")]

    assert left == 2 and refused.value.problems[0].pointer == "/rows/0/loss_reason"
    assert receive_transfer(work, transfer, done).on_the_way == 0
    on_hand = work.rows("SELECT on_hand FROM stock_positions WHERE tenant_id = %(t)s ORDER BY 1", {"t": work.tenant_id})
    assert [row.on_hand for row in on_hand] == [4, 5]
    assert_stock_is_sound(work)


def test_a_count_is_compared_with_the_books_of_its_moment_and_takes_four_eyes(
    work: Work, tea: UUID, here: UUID
) -> None:
    receive(work, tea, here, 10)
    counter = Actor(kind="staff", id=new_id(), name="Cleo")
    work.actor = counter
    count = start_count(work, StartCount(location_id=here, tolerance_units=Decimal(1))).count_id
    enter_counted(work, count, [CountedRow(sku="TEA", counted=Decimal(7))])
    receive(work, tea, here, 5)

    assert submit_count(work, count).state == "review"
    with pytest.raises(CounterMayNotApprove):
        approve_count(work, count)
    work.actor = Actor(kind="staff", id=new_id(), name="Abe")
    assert approve_count(work, count).state == "posted"
    assert work.scalar("SELECT on_hand FROM stock_positions WHERE tenant_id = %(t)s", {"t": work.tenant_id}) == 12
    assert_stock_is_sound(work)


def test_low_stock_is_told_once_for_each_crossing(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 10)
    set_levels(work, [SetLevels(sku_id=tea, location_id=here, safety_stock=Decimal(0), reorder_point=Decimal(5))])
    assert announce_low_stock(work) == 0
    order(work, 6)

    assert (announce_low_stock(work), announce_low_stock(work)) == (1, 0)
    receive(work, tea, here, 10)
    assert announce_low_stock(work) == 0
    adjust_stock(work, AdjustStock(sku_id=tea, location_id=here, change=Decimal(-10), reason="lost", cause="loss"))
    assert announce_low_stock(work) == 1


def test_five_thousand_rows_are_a_handful_of_statements(work: Work, here: UUID) -> None:

    for number in range(50):
        a_sku(work, f"S-{number}", price=None)
    rows = [NamedReceipt(sku=f"S-{number % 50}", location="here", quantity=Decimal(1)) for number in range(5000)]
    with counting_statements() as log:
        assert receive_named_rows(work, rows) == 5000

    assert log.count <= 8, log.statements
    with pytest.raises(RowsInvalid) as refused:
        receive_named_rows(work, [*rows[:2], NamedReceipt(sku="NONE", location="moon", quantity=None)])
    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        ("/rows/2/sku", "sku_unknown"), ("/rows/2/location", "location_unknown"),
        ("/rows/2/quantity", "quantity_invalid"),
    ]  # fmt: skip
    assert_stock_is_sound(work)


def test_promised_units_are_not_adjusted_away(work: Work, tea: UUID, here: UUID) -> None:
    receive(work, tea, here, 5)
    order(work, 4)

    with pytest.raises(StockIsPromised):
        adjust_stock(work, AdjustStock(sku_id=tea, location_id=here, change=Decimal(-2), reason="x"))
    assert find_lots(work, [(tea, "none")]) == {}
