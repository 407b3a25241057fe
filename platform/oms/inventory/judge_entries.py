"""Whether entries can be booked, and what the detail rows hold afterwards: a pure decision over locked books.

Units are judged by what is left after all entries together, so that a move from bin to bin does not ask for free units
in between. Serial numbers are followed one entry after the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.errors import DomainError
from oms.inventory import errors
from oms.inventory.entries import BinKey, BookedLot, BookedSerial, Books, Entry, LotKey, Place, SerialKey

_NOTHING = Decimal(0)
_Outside = tuple[Place, UUID | None, str]  # (position, lot, status): units that are in no bin


@dataclass(slots=True)
class Judged:
    """faults   (index of the entry, why), in the order of the entries; the rest holds only where there are none
    entries  with the bins that arrivals are put into
    lots     lots that changed, as they are afterwards; binned and serials alike
    """

    entries: tuple[Entry, ...]
    faults: list[tuple[int, DomainError]] = field(default_factory=list)
    lots: dict[LotKey, BookedLot] = field(default_factory=dict)
    binned: dict[BinKey, Decimal] = field(default_factory=dict)
    serials: dict[SerialKey, BookedSerial] = field(default_factory=dict)


def judge_entries(entries: Sequence[Entry], books: Books) -> Judged:
    """Entries name positions that are in the books."""
    judged = Judged(entries=tuple(_put_away(entry, books) for entry in entries))
    for index, entry in enumerate(judged.entries):
        fault = _form_fault(entry, books)
        if fault is not None:
            judged.faults.append((index, fault))
        elif entry.serials:
            _follow_serials(index, entry, books, judged)
    if not judged.faults:
        _judge_positions(judged, books)
        _judge_lots(judged, books)
        _judge_bins(judged, books)
    judged.faults.sort(key=lambda fault: fault[0])
    return judged


def plain(units: Decimal) -> str:
    """Units in an error's facts: no exponent, no trailing zeros, never below 0."""
    return f"{max(units, _NOTHING).normalize():f}"


def _put_away(entry: Entry, books: Books) -> Entry:
    arrives = entry.kind == "received" or entry.cause == "transfer_in"
    if entry.change > 0 and arrives and entry.bin_id is None:
        return replace(entry, bin_id=books.positions[entry.place].default_bin)
    return entry


def _form_fault(entry: Entry, books: Books) -> DomainError | None:
    """What is wrong with an entry whatever else is booked."""
    position = books.positions[entry.place]
    if position.tracking == "lot":
        if entry.lot_id is None:
            return errors.LotMissing(sku=position.sku)
        if (*entry.place, entry.lot_id) not in books.lots:
            return errors.LotNotFound(lot="?", sku=position.sku)
    elif entry.lot_id is not None:
        return errors.LotNotWanted(sku=position.sku)
    if position.tracking == "serial":
        units = abs(entry.change)
        if len(set(entry.serials)) != len(entry.serials) or len(entry.serials) != units:
            return errors.SerialsMissing(sku=position.sku, count=plain(units))
    elif entry.serials:
        return errors.SerialsNotWanted(sku=position.sku)
    if entry.bin_id is not None and books.bin_places.get(entry.bin_id) != entry.location_id:
        return errors.BinNotFound(bin="?")
    return None


def _follow_serials(index: int, entry: Entry, books: Books, judged: Judged) -> None:
    sku = books.positions[entry.place].sku
    for serial in entry.serials:
        key = (entry.sku_id, serial)
        known = judged.serials.get(key) or books.serials.get(key)
        if entry.change > 0:
            comes = known is None or known.state in {"shipped", "gone"}
            if not comes and not (known and known.state == "in_transit" and entry.cause != "purchase"):
                judged.faults.append((index, errors.SerialIsThere(serial=serial, sku=sku)))
                continue
            after = BookedSerial("in_stock", entry.status, entry.location_id, entry.bin_id)
        else:
            here = BookedSerial("in_stock", entry.status, entry.location_id, entry.bin_id)
            if known != here:
                judged.faults.append((index, errors.SerialNotThere(serial=serial, sku=sku)))
                continue
            after = BookedSerial(_state_after(entry), entry.status, None, None)
        judged.serials[key] = after


def _state_after(entry: Entry) -> str:
    if entry.kind == "shipped":
        return "shipped"
    return "in_transit" if entry.cause in {"transfer_out", "status_change", "bin_move"} else "gone"


def _judge_positions(judged: Judged, books: Books) -> None:
    changes: dict[tuple[Place, str], Decimal] = defaultdict(Decimal)
    last: dict[tuple[Place, str], int] = {}
    for index, entry in enumerate(judged.entries):
        changes[entry.place, entry.status] += entry.change
        if entry.change < 0:
            last[entry.place, entry.status] = index
    for (place, status), change in changes.items():
        if change >= 0:
            continue
        position = books.positions[place]
        named: dict[str, Any] = {"sku": position.sku, "location": position.location}
        if status == "good" and position.free + change < 0 and not position.may_oversell:
            judged.faults.append((last[place, status], errors.StockIsPromised(free=plain(position.free), **named)))
        elif position.units(status) + change < 0:
            free = plain(position.units(status))
            judged.faults.append((last[place, status], errors.StatusShort(free=free, **named)))


def _judge_lots(judged: Judged, books: Books) -> None:
    last: dict[LotKey, int] = {}
    for index, entry in enumerate(judged.entries):
        if entry.lot_id is None:
            continue
        key = (*entry.place, entry.lot_id)
        judged.lots[key] = (judged.lots.get(key) or books.lots[key]).changed(entry.status, entry.change)
        if entry.change < 0:
            last[key] = index
    for key, index in last.items():
        lot, before = judged.lots[key], books.lots[key]
        if min(lot.on_hand - lot.allocated, lot.quarantined, lot.damaged) < 0:
            position = books.positions[key[0], key[1]]
            status = judged.entries[index].status
            free = before.on_hand - before.allocated if status == "good" else before.units(status)
            named: dict[str, Any] = {"lot": lot.code, "sku": position.sku, "location": position.location}
            judged.faults.append((index, errors.LotShort(free=plain(free), **named)))


def _judge_bins(judged: Judged, books: Books) -> None:
    """Bins hold what they hold, and what is taken from outside the bins must be outside."""
    last: dict[BinKey, int] = {}
    taken: dict[_Outside, Decimal] = defaultdict(Decimal)
    last_taken: dict[_Outside, int] = {}
    for index, entry in enumerate(judged.entries):
        if not books.positions[entry.place].has_bins:
            continue
        if entry.bin_id is not None:
            key: BinKey = (entry.bin_id, entry.sku_id, entry.lot_id, entry.status)
            judged.binned[key] = judged.binned.get(key, books.binned.get(key, _NOTHING)) + entry.change
            if entry.change < 0:
                last[key] = index
            continue
        outside: _Outside = (entry.place, entry.lot_id, entry.status)
        taken[outside] += entry.change
        if entry.change < 0:
            last_taken[outside] = index
    for key, index in last.items():
        if judged.binned[key] < 0:
            facts: dict[str, Any] = {"bin": books.bins[key[0]], "sku": books.positions[judged.entries[index].place].sku}
            judged.faults.append((index, errors.BinShort(free=plain(books.binned.get(key, _NOTHING)), **facts)))
    if last_taken:
        in_bins = _in_bins(books)
        for outside, index in last_taken.items():
            there = _units_of(outside, books) - in_bins[outside]
            if there + taken[outside] < 0:
                judged.faults.append((index, errors.BinNeeded(free=plain(there), sku=books.positions[outside[0]].sku)))


def _in_bins(books: Books) -> dict[_Outside, Decimal]:
    found: dict[_Outside, Decimal] = defaultdict(Decimal)
    for (bin_id, sku_id, lot_id, status), units in books.binned.items():
        found[(sku_id, books.bin_places[bin_id]), lot_id, status] += units
    return found


def _units_of(outside: _Outside, books: Books) -> Decimal:
    place, lot_id, status = outside
    if lot_id is None:
        return books.positions[place].units(status)
    return books.lots[(*place, lot_id)].units(status)
