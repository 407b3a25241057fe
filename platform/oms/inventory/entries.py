"""What is booked: one entry for each movement of goods, and what of the books it is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.inventory.words import Kind, Status

Place = tuple[UUID, UUID]  # (SKU, location)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a movement belongs to: kind (transfer, count, expected_receipt), id, number as people know it."""

    kind: str
    id: UUID
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """change   base units of `status` that come (or, negative, go), never 0
    lot_id   of a SKU that is kept by lot
    bin_id   None: outside the bins; where goods arrive, the location's default bin
    serials  of a SKU that is kept by serial number: as many as units
    """

    sku_id: UUID
    location_id: UUID
    kind: Kind
    cause: str
    change: Decimal
    status: Status = "good"
    lot_id: UUID | None = None
    bin_id: UUID | None = None
    serials: tuple[str, ...] = ()
    reason: str = ""
    document: Document | None = None

    @property
    def place(self) -> Place:
        return (self.sku_id, self.location_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedPosition:
    """A position under its lock. free = on_hand - allocated - reserved, below 0 where more was promised than is there.

    tracking     none, lot or serial
    has_bins     whether the location has any
    default_bin  where arrivals are put
    """

    sku: str
    location: str
    tracking: str
    on_hand: Decimal
    quarantined: Decimal
    damaged: Decimal
    free: Decimal
    may_oversell: bool
    has_bins: bool
    default_bin: UUID | None

    def units(self, status: str) -> Decimal:
        return {"good": self.on_hand, "quarantined": self.quarantined, "damaged": self.damaged}[status]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedLot:
    """A lot at a location, and the units that it has there."""

    code: str
    expires_on: date | None
    on_hand: Decimal = Decimal(0)
    allocated: Decimal = Decimal(0)
    quarantined: Decimal = Decimal(0)
    damaged: Decimal = Decimal(0)

    def units(self, status: str) -> Decimal:
        return {"good": self.on_hand, "quarantined": self.quarantined, "damaged": self.damaged}[status]

    def changed(self, status: str, change: Decimal) -> BookedLot:
        column = {"good": "on_hand"}.get(status, status)
        after: dict[str, Any] = {column: self.units(status) + change}
        return replace(self, **after)


@dataclass(frozen=True, slots=True)
class BookedSerial:
    state: str
    status: str
    location_id: UUID | None
    bin_id: UUID | None


LotKey = tuple[UUID, UUID, UUID]  # (SKU, location, lot)
BinKey = tuple[UUID, UUID, UUID | None, str]  # (bin, SKU, lot, status)
SerialKey = tuple[UUID, str]  # (SKU, serial number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the books say, read under the positions' locks.

    lots     known lots of the entries; one that has no units at the location yet has zeros
    binned   units in bins
    bins     bin -> code, of the bins that entries name
    serials  those that entries name and that are known
    """

    positions: Mapping[Place, BookedPosition]
    lots: Mapping[LotKey, BookedLot]
    binned: Mapping[BinKey, Decimal]
    bin_places: Mapping[UUID, UUID]  # bin -> its location
    bins: Mapping[UUID, str]
    serials: Mapping[SerialKey, BookedSerial]
