"""Writes down what shall go from one location to another. Nothing moves yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Problem
from kernel.ids import new_id, to_text
from oms.inventory.document_numbers import next_number
from oms.inventory.errors import LocationNotFound
from oms.inventory.lots import find_lots
from oms.inventory.named_rows import RowsInvalid, look_up_names, unknown_bin, unknown_sku
from oms.transfers import errors
from tenants.access.audit import audit

_INSERT = """
WITH transfer AS (
  INSERT INTO stock_transfers (tenant_id, id, number, from_location_id, to_location_id, expected_on, note, created_at,
    created_by)
  VALUES (%(tenant)s, %(id)s, %(number)s, %(from)s, %(to)s, %(expected_on)s, %(note)s, %(now)s, %(actor)s)
)
INSERT INTO stock_transfer_lines (tenant_id, id, transfer_id, line_no, sku_id, lot_id, bin_id, quantity, serials)
SELECT %(tenant)s, x.id, %(id)s, x.line_no, x.sku_id, x.lot_id, x.bin_id, x.quantity,
  ARRAY(SELECT jsonb_array_elements_text(x.serials))
FROM jsonb_to_recordset(%(lines)s::jsonb)
  AS x (id uuid, line_no int, sku_id uuid, lot_id uuid, bin_id uuid, quantity numeric, serials jsonb)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """A SKU (or barcode), a lot and a bin of the source by their codes. quantity: None where it is no number."""

    sku: str
    quantity: Decimal | None
    lot: str = ""
    bin: str = ""
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTransfer:
    """expected_on  the day on which it should arrive; None: the day after it was sent"""

    from_location: str
    to_location: str
    rows: Sequence[TransferRow]
    expected_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDrafted:
    transfer_id: UUID
    number: str


def draft_transfer(work: Work, command: DraftTransfer) -> TransferDrafted:
    """Seven statements however many rows. Raises LocationNotFound, SameLocation, TransferEmpty, RowsInvalid."""
    if not command.rows:
        raise errors.TransferEmpty()
    names = look_up_names(
        work, skus=[row.sku for row in command.rows], locations=[command.from_location, command.to_location],
        bins=[row.bin for row in command.rows],
    )  # fmt: skip
    source, target = names.locations.get(command.from_location), names.locations.get(command.to_location)
    if source is None or target is None:
        raise LocationNotFound()
    if source == target:
        raise errors.SameLocation()
    named_lots = [(names.skus[row.sku].id, row.lot) for row in command.rows if row.lot and row.sku in names.skus]
    lots = find_lots(work, named_lots)
    problems: list[Problem] = []
    lines: list[dict[str, Any]] = []
    for index, row in enumerate(command.rows):
        at, sku = f"/rows/{index}", names.skus.get(row.sku)
        if row.quantity is None or row.quantity <= 0:
            problems.append(Problem(f"{at}/quantity", "quantity_invalid", errors.QUANTITY_WRONG))
        if row.bin and (source, row.bin) not in names.bins:
            problems.append(unknown_bin(f"{at}/bin", row.bin, command.from_location))
        if sku is None:
            problems.append(unknown_sku(f"{at}/sku", row.sku))
            continue
        if row.lot and (sku.id, row.lot) not in lots:
            problems.append(Problem(f"{at}/lot", "lot_unknown", errors.LOT_UNKNOWN, {"value": row.lot}))
        if row.serials and len(set(row.serials)) != row.quantity:
            problems.append(Problem(f"{at}/serials", "serials_count", errors.SERIALS_COUNT))
        lines.append(
            {
                "id": new_id(), "line_no": index + 1, "sku_id": sku.id, "lot_id": lots.get((sku.id, row.lot)),
                "bin_id": names.bins.get((source, row.bin)), "quantity": row.quantity, "serials": list(row.serials),
            }
        )  # fmt: skip
    if problems:
        raise RowsInvalid(problems=problems)
    transfer_id, number = new_id(), next_number(work, "transfer")
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": transfer_id, "number": number, "from": source, "to": target,
            "expected_on": command.expected_on, "note": command.note.strip(), "now": work.now,
            "actor": work.actor.name, "lines": dumps(lines),
        },
    )  # fmt: skip
    told = {"from": (None, command.from_location), "to": (None, command.to_location), "rows": (None, len(lines))}
    audit(work, "transfer.create", "transfer", to_text("trf", transfer_id), told)
    return TransferDrafted(transfer_id=transfer_id, number=number)
