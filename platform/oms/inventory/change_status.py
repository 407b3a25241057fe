"""Moves units between good, quarantined and damaged, or between bins. Nothing leaves the location."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.inventory.entries import Entry
from oms.inventory.errors import LocationNotFound, QuantityInvalid, StatusInvalid
from oms.inventory.move_stock import StockMoved, book_pair
from oms.inventory.words import STATUSES, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus:
    """quantity  base units, > 0
    reason    why, as people say it; kept with both movements
    """

    sku_id: UUID
    location_id: UUID
    quantity: Decimal
    from_status: Status
    to_status: Status
    reason: str = ""
    lot_id: UUID | None = None
    serials: tuple[str, ...] = ()
    bin_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveBetweenBins:
    """from_bin_id, to_bin_id  None: outside the bins"""

    sku_id: UUID
    location_id: UUID
    quantity: Decimal
    from_bin_id: UUID | None
    to_bin_id: UUID | None
    status: Status = "good"
    lot_id: UUID | None = None
    serials: tuple[str, ...] = ()


def change_status(work: Work, command: ChangeStatus) -> StockMoved:
    """Raises QuantityInvalid, StatusInvalid, LocationNotFound, StockIsPromised, and what booking refuses."""
    _check(work, command.quantity, command.location_id)
    if command.from_status == command.to_status or not {command.from_status, command.to_status} <= set(STATUSES):
        raise StatusInvalid()
    out, into = (
        Entry(
            sku_id=command.sku_id, location_id=command.location_id, kind="adjusted", cause="status_change",
            change=change, status=status, lot_id=command.lot_id, bin_id=command.bin_id, serials=command.serials,
            reason=command.reason,
        )
        for change, status in ((-command.quantity, command.from_status), (command.quantity, command.to_status))
    )  # fmt: skip
    on_hand = book_pair(work, out, into)
    return StockMoved(sku_id=command.sku_id, location_id=command.location_id, on_hand=on_hand)


def move_between_bins(work: Work, command: MoveBetweenBins) -> None:
    """Raises QuantityInvalid, LocationNotFound, BinNotFound, BinShort, BinNeeded, and what booking refuses."""
    _check(work, command.quantity, command.location_id)
    if command.from_bin_id == command.to_bin_id:
        raise QuantityInvalid()
    out, into = (
        Entry(
            sku_id=command.sku_id, location_id=command.location_id, kind="transferred", cause="bin_move",
            change=change, status=command.status, lot_id=command.lot_id, bin_id=bin_id, serials=command.serials,
        )
        for change, bin_id in ((-command.quantity, command.from_bin_id), (command.quantity, command.to_bin_id))
    )  # fmt: skip
    book_pair(work, out, into)


def _check(work: Work, quantity: Decimal, location_id: UUID) -> None:
    if quantity <= 0:
        raise QuantityInvalid()
    if not work.actor.may_see("location", location_id):
        raise LocationNotFound()
