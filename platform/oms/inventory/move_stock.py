"""Receives, adjusts and transfers stock. Each changes `on_hand` and leaves movements; a transfer leaves two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.inventory.book_entries import book_entries
from oms.inventory.entries import Document, Entry
from oms.inventory.errors import CauseInvalid, LocationNotFound, MovementsRefused, QuantityInvalid
from oms.inventory.lots import LotData, ensure_lots
from oms.inventory.words import ADJUSTMENT_CAUSES, RECEIPT_CAUSES, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveStock:
    """quantity    base units that arrived, > 0
    cause       purchase, production, return or opening
    lot         code; made where it is new. expires_on: the first day on which it may not be sold
    unit_cost   of one base unit, in the tenant's currency; kept with the lot
    """

    sku_id: UUID
    location_id: UUID
    quantity: Decimal
    reason: str = ""
    cause: str = "purchase"
    status: Status = "good"
    lot: str = ""
    expires_on: date | None = None
    unit_cost: Decimal | None = None
    serials: tuple[str, ...] = ()
    bin_id: UUID | None = None
    document: Document | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustStock:
    """change  base units more (or fewer, negative) than the books said; never 0
    cause   correction, count, damage, expiry, loss, found or own_use
    """

    sku_id: UUID
    location_id: UUID
    change: Decimal
    reason: str
    cause: str = "correction"
    status: Status = "good"
    lot_id: UUID | None = None
    serials: tuple[str, ...] = ()
    bin_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStock:
    """Both sides at once: no way between them. A transfer that takes time is `oms.transfers`."""

    sku_id: UUID
    from_location_id: UUID
    to_location_id: UUID
    quantity: Decimal
    reason: str = ""
    lot_id: UUID | None = None
    serials: tuple[str, ...] = ()
    from_bin_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoved:
    """on_hand  good units at the location (the target of a transfer) afterwards"""

    sku_id: UUID
    location_id: UUID
    on_hand: Decimal


def receive_stock(work: Work, command: ReceiveStock) -> StockMoved:
    """Raises QuantityInvalid, CauseInvalid, SkuNotFound, LocationNotFound, and what booking refuses. Backorders are
    filled by a consumer of the event."""
    try:
        (moved,) = receive_rows(work, [command])
    except MovementsRefused as refused:
        raise refused.first from None
    return moved


def receive_rows(work: Work, commands: Sequence[ReceiveStock]) -> list[StockMoved]:
    """As receive_stock, for many rows: all or none, seven statements or fewer.

    raises MovementsRefused with "/<row>" for each row that cannot be received
    """
    for command in commands:
        if command.quantity <= 0:
            raise QuantityInvalid()
        if command.cause not in RECEIPT_CAUSES:
            raise CauseInvalid(cause=command.cause)
        _within_reach(work, command.location_id)
    named = [
        LotData(sku_id=row.sku_id, code=row.lot, expires_on=row.expires_on, unit_cost=row.unit_cost)
        for row in commands
        if row.lot
    ]
    lots, faults = ensure_lots(work, named)
    if faults:
        wrong = [
            (index, faults[row.sku_id, row.lot])
            for index, row in enumerate(commands)
            if (row.sku_id, row.lot) in faults
        ]
        raise MovementsRefused(wrong)
    booked = book_entries(
        work,
        [
            Entry(
                sku_id=row.sku_id, location_id=row.location_id, kind="received", cause=row.cause, change=row.quantity,
                status=row.status, lot_id=lots.get((row.sku_id, row.lot)), bin_id=row.bin_id, serials=row.serials,
                reason=row.reason, document=row.document,
            )
            for row in commands
        ],
    )  # fmt: skip
    return [
        StockMoved(sku_id=row.sku_id, location_id=row.location_id, on_hand=booked[row.sku_id, row.location_id])
        for row in commands
    ]


def adjust_stock(work: Work, command: AdjustStock) -> StockMoved:
    """Raises QuantityInvalid, CauseInvalid, SkuNotFound, LocationNotFound, and what booking refuses."""
    if not command.change:
        raise QuantityInvalid()
    if command.cause not in ADJUSTMENT_CAUSES:
        raise CauseInvalid(cause=command.cause)
    _within_reach(work, command.location_id)
    entry = Entry(
        sku_id=command.sku_id, location_id=command.location_id, kind="adjusted", cause=command.cause,
        change=command.change, status=command.status, lot_id=command.lot_id, bin_id=command.bin_id,
        serials=command.serials, reason=command.reason,
    )  # fmt: skip
    booked = book_entries(work, [entry])
    return StockMoved(sku_id=entry.sku_id, location_id=entry.location_id, on_hand=booked[entry.place])


def transfer_stock(work: Work, command: TransferStock) -> StockMoved:
    """Raises QuantityInvalid, SkuNotFound, LocationNotFound, StockIsPromised, and what booking refuses."""
    if command.quantity <= 0 or command.from_location_id == command.to_location_id:
        raise QuantityInvalid()
    _within_reach(work, command.from_location_id)
    _within_reach(work, command.to_location_id)
    out = Entry(
        sku_id=command.sku_id, location_id=command.from_location_id, kind="transferred", cause="transfer_out",
        change=-command.quantity, lot_id=command.lot_id, bin_id=command.from_bin_id, serials=command.serials,
        reason=command.reason,
    )  # fmt: skip
    into = Entry(
        sku_id=command.sku_id, location_id=command.to_location_id, kind="transferred", cause="transfer_in",
        change=command.quantity, lot_id=command.lot_id, serials=command.serials, reason=command.reason,
    )  # fmt: skip
    booked = book_pair(work, out, into)
    return StockMoved(sku_id=command.sku_id, location_id=command.to_location_id, on_hand=booked)


def book_pair(work: Work, out: Entry, into: Entry) -> Decimal:
    """Two entries that are one movement: units on hand at the second's position. Raises the error of either."""
    try:
        return book_entries(work, [out, into])[into.place]
    except MovementsRefused as refused:
        raise refused.first from None


def _within_reach(work: Work, location_id: UUID) -> None:
    if not work.actor.may_see("location", location_id):
        raise LocationNotFound()
