"""Random lives of stock against a plain model: positions, lots, bins, serial numbers and ledger agree after each step."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.errors import DomainError
from oms.inventory.change_status import ChangeStatus, MoveBetweenBins, change_status, move_between_bins
from oms.inventory.lots import find_lots
from oms.inventory.move_stock import (
    AdjustStock,
    ReceiveStock,
    TransferStock,
    adjust_stock,
    receive_stock,
    transfer_stock,
)
from oms.inventory.save_bin import SaveBin, save_bin
from oms.inventory.set_levels import TrackSku, track_sku
from oms.orders.cancel_order import CancelOrder, CancelReason, cancel_order
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place_order import place_order
from oms.pricing.amounts import Rounding
from oms.reservations.release_reservation import expire_reservations, release_reservation
from oms.reservations.reserve_stock import ReserveStock, reserve_stock
from oms.stock_counts.close_count import approve_count, submit_count
from oms.stock_counts.enter_counted import CountedRow, enter_counted
from oms.stock_counts.start_count import StartCount, start_count
from oms.transfers.draft_transfer import DraftTransfer, TransferRow, draft_transfer
from oms.transfers.receive_transfer import ArrivedRow, receive_transfer
from oms.transfers.send_transfer import send_transfer
from tenants.scope import enter_scope
from tests.support.builders import a_customer, a_location, a_policy, a_sku
from tests.support.stock_proofs import assert_stock_is_sound
from tests.support.tenants import TestTenant

NONE = Decimal(0)
SKUS = {"PLAIN": "none", "LOTTED": "lot", "NUMBERED": "serial"}
PLACES = ("here", "there")
LOTS = ("", "L1", "L2")


@dataclass
class House:
    """on_hand: (SKU, place) -> good units, by the plain arithmetic of what was done"""

    work: Work
    skus: dict[str, UUID]
    places: dict[str, UUID]
    bin_id: UUID
    on_hand: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    other: dict[tuple[str, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    orders: list[UUID] = field(default_factory=list)
    reservations: list[UUID] = field(default_factory=list)
    on_the_way: list[tuple[UUID, str, str, Decimal]] = field(default_factory=list)  # transfer, SKU, to, units
    serial: int = 0
    clock: Any = None

    def names(self, code: str, units: int) -> tuple[str, ...]:
        if SKUS[code] != "serial":
            return ()
        self.serial += units
        return tuple(f"N{number:05d}" for number in range(self.serial - units, self.serial))

    def some_serials(self, code: str, place: str, units: int, status: str = "good") -> tuple[str, ...]:
        if SKUS[code] != "serial":
            return ()
        rows = self.work.rows(
            "SELECT serial FROM serial_numbers WHERE tenant_id = %(t)s AND sku_id = %(s)s AND location_id = %(l)s"
            " AND status = %(u)s ORDER BY serial LIMIT %(n)s",
            {"t": self.work.tenant_id, "s": self.skus[code], "l": self.places[place], "u": status, "n": units},
        )
        return tuple(row.serial for row in rows)

    def lot(self, code: str, wanted: str) -> str:
        return (wanted or "L1") if SKUS[code] == "lot" else ""

    def lot_id(self, code: str, lot: str) -> UUID | None:
        found = find_lots(self.work, [(self.skus[code], lot)]) if lot else {}
        return found.get((self.skus[code], lot))


def a_house(work: Work) -> House:
    skus = {code: a_sku(work, code, price="1.00", tax_rate="0") for code in SKUS}
    places = {key: a_location(work, key, priority=rank) for rank, key in enumerate(PLACES)}
    for code, tracking in SKUS.items():
        track_sku(work, TrackSku(sku_id=skus[code], tracking=tracking))
    a_customer(work, "BUYER")
    bin_id = save_bin(work, SaveBin(location_id=places["here"], code="A-1"))
    return House(work, skus, places, bin_id)


def receive(house: House, code: str, place: str, units: int, lot: str, status: str) -> None:
    days = {"L1": 5, "L2": 400}.get(house.lot(code, lot))
    receive_stock(
        house.work,
        ReceiveStock(
            sku_id=house.skus[code], location_id=house.places[place], quantity=Decimal(units), lot=house.lot(code, lot),
            expires_on=house.work.today + timedelta(days=days) if days else None, serials=house.names(code, units),
            status=status,  # type: ignore[arg-type]
        ),
    )  # fmt: skip
    if status == "good":
        house.on_hand[code, place] += units
    else:
        house.other[code, place, status] += units


def adjust(house: House, code: str, place: str, units: int, lot: str, status: str) -> None:
    """Down only; up is receiving."""
    serials = house.some_serials(code, place, units)
    adjust_stock(
        house.work,
        AdjustStock(
            sku_id=house.skus[code], location_id=house.places[place], change=Decimal(-units), reason="r", cause="loss",
            lot_id=house.lot_id(code, house.lot(code, lot)), serials=serials,
        ),
    )  # fmt: skip
    house.on_hand[code, place] -= units


def status(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    target = "damaged" if wanted == "good" else wanted
    change_status(
        house.work,
        ChangeStatus(
            sku_id=house.skus[code], location_id=house.places[place], quantity=Decimal(units), from_status="good",
            to_status=target, lot_id=house.lot_id(code, house.lot(code, lot)),  # type: ignore[arg-type]
            serials=house.some_serials(code, place, units),
        ),
    )  # fmt: skip
    house.on_hand[code, place] -= units
    house.other[code, place, target] += units


def to_bin(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    move_between_bins(
        house.work,
        MoveBetweenBins(
            sku_id=house.skus[code], location_id=house.places["here"], quantity=Decimal(units),
            from_bin_id=None if wanted == "good" else house.bin_id, to_bin_id=house.bin_id if wanted == "good" else None,
            lot_id=house.lot_id(code, house.lot(code, lot)), serials=house.some_serials(code, "here", units),
        ),
    )  # fmt: skip


def shift(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    target = next(key for key in PLACES if key != place)
    transfer_stock(
        house.work,
        TransferStock(
            sku_id=house.skus[code], from_location_id=house.places[place], to_location_id=house.places[target],
            quantity=Decimal(units), lot_id=house.lot_id(code, house.lot(code, lot)),
            serials=house.some_serials(code, place, units),
        ),
    )  # fmt: skip
    house.on_hand[code, place] -= units
    house.on_hand[code, target] += units


def send(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    target = next(key for key in PLACES if key != place)
    row = TransferRow(
        sku=code, quantity=Decimal(units), lot=house.lot(code, lot), serials=house.some_serials(code, place, units)
    )
    drafted = draft_transfer(house.work, DraftTransfer(from_location=place, to_location=target, rows=[row]))
    send_transfer(house.work, drafted.transfer_id)
    house.on_hand[code, place] -= units
    house.on_the_way.append((drafted.transfer_id, code, target, Decimal(units)))


def arrive(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    if not house.on_the_way:
        return
    transfer_id, code, target, left = house.on_the_way[0]
    came = min(Decimal(units), left)
    lost = left - came if wanted == "damaged" else NONE
    row = ArrivedRow(line_no=1, arrived=came, lost=lost, loss_reason="fell off" if lost else "")
    receive_transfer(house.work, transfer_id, [row])
    house.on_hand[code, target] += came
    house.on_the_way[0] = (transfer_id, code, target, left - came - lost)
    if not house.on_the_way[0][3]:
        house.on_the_way.pop(0)


def order(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    line = LineRequest(sku=code, quantity=Decimal(units))
    command = PlaceOrder(order_type="standard", channel="web", customer_number="BUYER", lines=(line,))
    house.orders.append(place_order(house.work, command, a_policy(credit="ignore")).order_id)


def cancel(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    if house.orders:
        command = CancelOrder(order_id=house.orders.pop(0), reason=CancelReason.OTHER)
        cancel_order(house.work, command, Rounding())


def reserve(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    command = ReserveStock(
        sku_id=house.skus[code], quantity=Decimal(units), purpose="cart", minutes=5,
        location_id=house.places[place] if wanted == "good" else None,
    )  # fmt: skip
    house.reservations.append(reserve_stock(house.work, command).reservation_id)


def release(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    if house.reservations:
        release_reservation(house.work, house.reservations.pop(0))


def expire(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    house.work.now += timedelta(minutes=6)
    expire_reservations(house.work)


def count(house: House, code: str, place: str, units: int, lot: str, wanted: str) -> None:
    """The good units outside the bins of one thing are found to be `units`; meanwhile something arrives."""
    if SKUS[code] == "serial":
        return
    started = start_count(house.work, StartCount(location_id=house.places[place]))
    enter_counted(
        house.work, started.count_id, [CountedRow(sku=code, counted=Decimal(units), lot=house.lot(code, lot))]
    )
    (line,) = house.work.rows(
        "SELECT difference FROM stock_count_lines WHERE tenant_id = %(t)s AND count_id = %(c)s AND counted IS NOT NULL",
        {"t": house.work.tenant_id, "c": started.count_id},
    )
    receive(house, code, place, 2, lot, "good")
    if submit_count(house.work, started.count_id).state == "review":
        approve_count(house.work, started.count_id)
    house.on_hand[code, place] += line.difference


ACTIONS = (
    receive,
    receive,
    adjust,
    status,
    to_bin,
    shift,
    send,
    arrive,
    order,
    order,
    cancel,
    reserve,
    release,
    expire,
    count,
)
STEP = st.tuples(
    st.sampled_from(range(len(ACTIONS))), st.sampled_from(sorted(SKUS)), st.sampled_from(PLACES),
    st.integers(min_value=1, max_value=9), st.sampled_from(LOTS), st.sampled_from(["good", "quarantined", "damaged"]),
)  # fmt: skip


# Each step once, so that none passes only by luck.
EACH = [(number, "PLAIN", "here", 2, "", "good") for number in range(len(ACTIONS))]


def test_whatever_happens_the_books_add_up(engine: Engine, tenant: TestTenant) -> None:
    done: Counter[str] = Counter()

    @example(steps=EACH)
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=st.lists(STEP, min_size=5, max_size=25))
    def lives(steps: list[tuple[Any, ...]]) -> None:
        _live(engine, tenant, steps, done)

    lives()
    assert {action.__name__ for action in ACTIONS} == set(done), "a step that was refused always proves nothing"


def _live(engine: Engine, tenant: TestTenant, steps: list[tuple[Any, ...]], done: Counter[str]) -> None:
    with engine.connect() as connection:
        transaction = connection.begin()
        work = Work(connection, enter_scope(connection, tenant.id), SYSTEM)
        try:
            house = a_house(work)
            for code in SKUS:
                for place in PLACES:
                    for lot in ("L1", "L2") if SKUS[code] == "lot" else ("",):
                        receive(house, code, place, 9, lot, "good")
            for number, code, place, units, lot, wanted in steps:
                before = (dict(house.on_hand), dict(house.other), list(house.orders), list(house.reservations))
                way = list(house.on_the_way)
                savepoint = connection.begin_nested()
                try:
                    ACTIONS[number](house, code, place, units, lot, wanted)
                    work.flush()
                    savepoint.commit()
                    done[ACTIONS[number].__name__] += 1
                except DomainError:  # refused: nothing of it may have happened
                    savepoint.rollback()
                    house.on_hand, house.other = defaultdict(Decimal, before[0]), defaultdict(Decimal, before[1])
                    house.orders, house.reservations, house.on_the_way = before[2], before[3], way
                assert_stock_is_sound(work)
                _assert_as_reckoned(house)
        finally:
            work.close()
            transaction.rollback()


def _assert_as_reckoned(house: House) -> None:
    rows = house.work.rows(
        "SELECT s.code, l.key, p.on_hand, p.quarantined, p.damaged FROM stock_positions p"
        " JOIN skus s ON s.tenant_id = p.tenant_id AND s.id = p.sku_id"
        " JOIN locations l ON l.tenant_id = p.tenant_id AND l.id = p.location_id WHERE p.tenant_id = %(t)s",
        {"t": house.work.tenant_id},
    )
    for row in rows:
        assert row.on_hand == house.on_hand[row.code, row.key], (row.code, row.key)
        assert row.quarantined == house.other[row.code, row.key, "quarantined"]
        assert row.damaged == house.other[row.code, row.key, "damaged"]


def test_a_refused_step_says_what_is_free(work: Work) -> None:
    house = a_house(work)
    receive(house, "PLAIN", "there", 5, "", "good")
    order(house, "PLAIN", "there", 3, "", "good")

    try:
        adjust(house, "PLAIN", "there", 4, "", "good")
    except DomainError as error:
        assert error.code == "stock_is_promised" and error.facts["free"] == "2"
    else:
        raise AssertionError("promised units were taken away")
    assert_stock_is_sound(work)
