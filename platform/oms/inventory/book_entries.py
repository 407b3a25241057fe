"""Books movements of goods: positions, lots, bins, serial numbers and the ledger, all or none, however many rows.

Five statements or fewer. Every use case that moves goods comes here; only promises (allocations, reservations) write
positions elsewhere, and they leave `on_hand` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id, to_text
from oms.inventory.entries import BookedLot, BookedPosition, BookedSerial, Books, Entry, Place
from oms.inventory.errors import LocationNotFound, MovementsRefused, SkuNotFound
from oms.inventory.judge_entries import Judged, judge_entries

# A position is made by the first units that come. New ones are made in key order, then all are locked in key order.
_MAKE = """
INSERT INTO stock_positions (tenant_id, sku_id, location_id)
SELECT %(tenant)s, s.id, l.id FROM unnest(%(skus)s::uuid[], %(locations)s::uuid[]) AS x (sku_id, location_id)
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = x.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = x.location_id
ORDER BY 2, 3
ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT p.sku_id, p.location_id, s.code AS sku, coalesce(l.names ->> %(locale)s, l.names ->> 'en', l.key) AS location,
  s.tracking, p.on_hand, p.quarantined, p.damaged, p.on_hand - p.allocated - p.reserved AS free, p.may_oversell,
  EXISTS (SELECT FROM bins b WHERE b.tenant_id = %(tenant)s AND b.location_id = p.location_id) AS has_bins,
  (SELECT b.id FROM bins b WHERE b.tenant_id = %(tenant)s AND b.location_id = p.location_id AND b.is_default)
    AS default_bin
FROM stock_positions p
JOIN unnest(%(skus)s::uuid[], %(locations)s::uuid[]) AS x (sku_id, location_id)
  ON x.sku_id = p.sku_id AND x.location_id = p.location_id
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = p.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = p.location_id
WHERE p.tenant_id = %(tenant)s
ORDER BY p.sku_id, p.location_id
FOR NO KEY UPDATE OF p
"""
_LOTS = """
SELECT x.sku_id, x.location_id, t.id AS lot_id, t.code, t.expires_on, coalesce(p.on_hand, 0) AS on_hand,
  coalesce(p.allocated, 0) AS allocated, coalesce(p.quarantined, 0) AS quarantined, coalesce(p.damaged, 0) AS damaged
FROM unnest(%(skus)s::uuid[], %(locations)s::uuid[], %(lots)s::uuid[]) AS x (sku_id, location_id, lot_id)
JOIN lots t ON t.tenant_id = %(tenant)s AND t.id = x.lot_id AND t.sku_id = x.sku_id
LEFT JOIN lot_positions p ON p.tenant_id = %(tenant)s AND p.sku_id = x.sku_id AND p.location_id = x.location_id
  AND p.lot_id = x.lot_id
"""
_BINNED = """
SELECT b.id AS bin_id, b.code, b.location_id, c.sku_id, c.lot_id, c.status, c.quantity
FROM bins b
LEFT JOIN bin_contents c ON c.tenant_id = %(tenant)s AND c.bin_id = b.id AND c.sku_id = ANY(%(skus)s)
WHERE b.tenant_id = %(tenant)s AND b.location_id = ANY(%(locations)s)
"""
_SERIALS = """
SELECT n.sku_id, n.serial, n.state, n.status, n.location_id, n.bin_id
FROM unnest(%(skus)s::uuid[], %(serials)s::text[]) AS x (sku_id, serial)
JOIN serial_numbers n ON n.tenant_id = %(tenant)s AND n.sku_id = x.sku_id AND n.serial = x.serial
"""
# Lots, bins and serial numbers are written as they are afterwards: they change only under the positions' locks.
_WRITE = """
WITH moved AS (
  UPDATE stock_positions p SET on_hand = p.on_hand + x.on_hand, quarantined = p.quarantined + x.quarantined,
    damaged = p.damaged + x.damaged
  FROM jsonb_to_recordset(%(positions)s::jsonb)
    AS x (sku_id uuid, location_id uuid, on_hand numeric, quarantined numeric, damaged numeric)
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = x.sku_id AND p.location_id = x.location_id
), in_lots AS (
  INSERT INTO lot_positions (tenant_id, sku_id, location_id, lot_id, on_hand, allocated, quarantined, damaged)
  SELECT %(tenant)s, x.sku_id, x.location_id, x.lot_id, x.on_hand, x.allocated, x.quarantined, x.damaged
  FROM jsonb_to_recordset(%(lots)s::jsonb) AS x (sku_id uuid, location_id uuid, lot_id uuid, on_hand numeric,
    allocated numeric, quarantined numeric, damaged numeric)
  ON CONFLICT (tenant_id, sku_id, location_id, lot_id) DO UPDATE SET on_hand = excluded.on_hand,
    quarantined = excluded.quarantined, damaged = excluded.damaged
), in_bins AS (
  INSERT INTO bin_contents (tenant_id, id, location_id, bin_id, sku_id, lot_id, status, quantity)
  SELECT %(tenant)s, new_id(), x.location_id, x.bin_id, x.sku_id, x.lot_id, x.status, x.quantity
  FROM jsonb_to_recordset(%(bins)s::jsonb)
    AS x (location_id uuid, bin_id uuid, sku_id uuid, lot_id uuid, status text, quantity numeric)
  ON CONFLICT (tenant_id, bin_id, sku_id, lot_id, status) DO UPDATE SET quantity = excluded.quantity
), numbered AS (
  INSERT INTO serial_numbers (tenant_id, id, sku_id, serial, state, status, location_id, bin_id, received_at)
  SELECT %(tenant)s, new_id(), x.sku_id, x.serial, x.state, x.status, x.location_id, x.bin_id, %(now)s
  FROM jsonb_to_recordset(%(serials)s::jsonb)
    AS x (sku_id uuid, serial text, state text, status text, location_id uuid, bin_id uuid)
  ON CONFLICT (tenant_id, sku_id, serial) DO UPDATE SET state = excluded.state, status = excluded.status,
    location_id = excluded.location_id, bin_id = excluded.bin_id
), announced AS (
  INSERT INTO outbox_messages (tenant_id, id, topic, payload, created_at, next_try_at)
  SELECT %(tenant)s, x.id, 'stock.arrived', x.payload, %(now)s, %(now)s
  FROM jsonb_to_recordset(%(arrivals)s::jsonb) AS x (id uuid, payload jsonb)
)
INSERT INTO stock_movements (tenant_id, id, sku_id, location_id, kind, cause, on_hand_change, status, lot_id, bin_id,
  serials, reason, document_kind, document_id, document_number, at, actor)
SELECT %(tenant)s, x.id, x.sku_id, x.location_id, x.kind, x.cause, x.change, x.status, x.lot_id, x.bin_id,
  ARRAY(SELECT jsonb_array_elements_text(x.serials)), x.reason, x.document_kind, x.document_id, x.document_number,
  %(now)s, %(actor)s
FROM jsonb_to_recordset(%(movements)s::jsonb) AS x (id uuid, sku_id uuid, location_id uuid, kind text, cause text,
  change numeric, status text, lot_id uuid, bin_id uuid, serials jsonb, reason text, document_kind text,
  document_id uuid, document_number text)
"""


def book_entries(work: Work, entries: Sequence[Entry]) -> Mapping[Place, Decimal]:
    """Books all of them, and announces the good units that came (`stock.arrived`) so that backorders are filled.

    The caller has locked the document that the entries belong to; positions are locked here, in key order.
    returns  (SKU, location) -> units on hand afterwards
    raises   the error of the one entry; of several MovementsRefused, whose problems point at "/<index>"
    """
    if not entries:
        return {}
    places = sorted({entry.place for entry in entries})
    books = _read(work, entries, places)
    judged = judge_entries(entries, books)
    if judged.faults:
        if len(entries) == 1:
            raise judged.faults[0][1]
        raise MovementsRefused(judged.faults)
    changes = _changes(judged.entries)
    _write(work, judged, books, changes)
    return {place: books.positions[place].on_hand + changes[place]["good"] for place in places}


def _read(work: Work, entries: Sequence[Entry], places: Sequence[Place]) -> Books:
    keys = {
        "tenant": work.tenant_id, "locale": work.tenant.locale, "skus": [place[0] for place in places],
        "locations": [place[1] for place in places],
    }  # fmt: skip
    if any(entry.change > 0 for entry in entries):
        work.execute(_MAKE, keys)
    positions = {
        (row.sku_id, row.location_id): BookedPosition(
            sku=row.sku, location=row.location, tracking=row.tracking, on_hand=row.on_hand, quarantined=row.quarantined,
            damaged=row.damaged, free=row.free, may_oversell=row.may_oversell, has_bins=row.has_bins,
            default_bin=row.default_bin,
        )
        for row in work.rows(_LOCK, keys)
    }  # fmt: skip
    _fill_missing(work, places, positions)
    lots = sorted({(*entry.place, entry.lot_id) for entry in entries if entry.lot_id is not None})
    serials = sorted({(entry.sku_id, serial) for entry in entries for serial in entry.serials})
    binned = _binned(work, positions)
    return Books(
        positions=positions,
        lots={
            (row.sku_id, row.location_id, row.lot_id): BookedLot(
                code=row.code, expires_on=row.expires_on, on_hand=row.on_hand, allocated=row.allocated,
                quarantined=row.quarantined, damaged=row.damaged,
            )
            for row in (_lots(work, lots) if lots else ())
        },
        binned={(row.bin_id, row.sku_id, row.lot_id, row.status): row.quantity for row in binned if row.sku_id},
        bin_places={row.bin_id: row.location_id for row in binned},
        bins={row.bin_id: row.code for row in binned},
        serials={
            (row.sku_id, row.serial): BookedSerial(row.state, row.status, row.location_id, row.bin_id)
            for row in (_serials(work, serials) if serials else ())
        },
    )  # fmt: skip


def _lots(work: Work, lots: Sequence[tuple[UUID, UUID, UUID]]) -> list[Any]:
    skus, locations, ids = zip(*lots, strict=True)
    return work.rows(
        _LOTS, {"tenant": work.tenant_id, "skus": list(skus), "locations": list(locations), "lots": list(ids)}
    )


def _serials(work: Work, serials: Sequence[tuple[UUID, str]]) -> list[Any]:
    """Under a lock of their SKUs: two locations may be told of one number at once."""
    skus, numbers = zip(*serials, strict=True)
    work.execute(
        "SELECT 1 FROM skus WHERE tenant_id = %(tenant)s AND id = ANY(%(skus)s) ORDER BY id FOR NO KEY UPDATE",
        {"tenant": work.tenant_id, "skus": sorted(set(skus))},
    )
    return work.rows(_SERIALS, {"tenant": work.tenant_id, "skus": list(skus), "serials": list(numbers)})


def _binned(work: Work, positions: Mapping[Place, BookedPosition]) -> list[Any]:
    with_bins = [place for place, position in positions.items() if position.has_bins]
    if not with_bins:
        return []
    return work.rows(
        _BINNED,
        {
            "tenant": work.tenant_id, "skus": sorted({sku for sku, _ in with_bins}),
            "locations": sorted({location for _, location in with_bins}),
        },
    )  # fmt: skip


_NAMES = """
SELECT x.sku_id, x.location_id, s.code AS sku, s.tracking,
  coalesce(l.names ->> %(locale)s, l.names ->> 'en', l.key) AS location
FROM unnest(%(skus)s::uuid[], %(locations)s::uuid[]) AS x (sku_id, location_id)
LEFT JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = x.sku_id
LEFT JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = x.location_id
"""


def _fill_missing(work: Work, places: Sequence[Place], positions: dict[Place, BookedPosition]) -> None:
    """Where nothing ever was, nothing can go from. Raises SkuNotFound, LocationNotFound."""
    missing = [place for place in places if place not in positions]
    if not missing:
        return
    names = {
        "tenant": work.tenant_id, "locale": work.tenant.locale, "skus": [place[0] for place in missing],
        "locations": [place[1] for place in missing],
    }  # fmt: skip
    for row in work.rows(_NAMES, names):
        if row.sku is None:
            raise SkuNotFound()
        if row.location is None:
            raise LocationNotFound()
        zero = Decimal(0)
        positions[row.sku_id, row.location_id] = BookedPosition(
            sku=row.sku, location=row.location, tracking=row.tracking, on_hand=zero, quarantined=zero, damaged=zero,
            free=zero, may_oversell=False, has_bins=False, default_bin=None,
        )  # fmt: skip


def _changes(entries: Sequence[Entry]) -> dict[Place, dict[str, Decimal]]:
    changes: dict[Place, dict[str, Decimal]] = {}
    for entry in entries:
        of_place = changes.setdefault(
            entry.place, {"good": Decimal(0), "quarantined": Decimal(0), "damaged": Decimal(0)}
        )
        of_place[entry.status] += entry.change
    return changes


def _write(work: Work, judged: Judged, books: Books, changes: Mapping[Place, Mapping[str, Decimal]]) -> None:
    arrivals = [_arrival(place) for place, of_place in changes.items() if of_place["good"] > 0]
    work.execute(
        _WRITE,
        {
            "tenant": work.tenant_id, "now": work.now, "actor": work.actor.name,
            "positions": dumps(
                [
                    {
                        "sku_id": sku_id, "location_id": location_id, "on_hand": of_place["good"],
                        "quarantined": of_place["quarantined"], "damaged": of_place["damaged"],
                    }
                    for (sku_id, location_id), of_place in changes.items()
                ]
            ),
            "lots": dumps(
                [
                    {
                        "sku_id": key[0], "location_id": key[1], "lot_id": key[2], "on_hand": lot.on_hand,
                        "allocated": lot.allocated, "quarantined": lot.quarantined, "damaged": lot.damaged,
                    }
                    for key, lot in judged.lots.items()
                ]
            ),
            "bins": dumps(
                [
                    {
                        "location_id": books.bin_places[bin_id], "bin_id": bin_id, "sku_id": sku_id, "lot_id": lot_id,
                        "status": status, "quantity": units,
                    }
                    for (bin_id, sku_id, lot_id, status), units in judged.binned.items()
                ]
            ),
            "serials": dumps(
                [
                    {
                        "sku_id": sku_id, "serial": serial, "state": one.state, "status": one.status,
                        "location_id": one.location_id, "bin_id": one.bin_id,
                    }
                    for (sku_id, serial), one in judged.serials.items()
                ]
            ),
            "arrivals": dumps(arrivals),
            "movements": dumps([_movement(entry) for entry in judged.entries]),
        },
    )  # fmt: skip
    if arrivals:
        work.wakes_relay = True


def _arrival(place: Place) -> dict[str, Any]:
    sku_id, location_id = place
    return {"id": new_id(), "payload": {"sku_id": to_text("sku", sku_id), "location_id": to_text("loc", location_id)}}


def _movement(entry: Entry) -> dict[str, Any]:
    document = entry.document
    return {
        "id": new_id(), "sku_id": entry.sku_id, "location_id": entry.location_id, "kind": entry.kind,
        "cause": entry.cause, "change": entry.change, "status": entry.status, "lot_id": entry.lot_id,
        "bin_id": entry.bin_id, "serials": list(entry.serials), "reason": entry.reason,
        "document_kind": document.kind if document else "", "document_id": document.id if document else None,
        "document_number": document.number if document else "",
    }  # fmt: skip
