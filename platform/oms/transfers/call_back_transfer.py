"""Calls a sent transfer back: what is still on the way returns to the location that it left."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.ids import to_text
from oms.inventory.book_entries import book_entries
from oms.inventory.entries import Entry
from oms.inventory.errors import MovementsRefused
from oms.inventory.judge_entries import plain
from oms.inventory.named_rows import RowsInvalid
from oms.transfers.errors import REASON_MISSING, TransferNotOnTheWay
from oms.transfers.lock_transfer import by_row, lock_transfer
from tenants.access.audit import audit

# Where a part had arrived, the transfer ends as received; where none had, as if it had never been sent.
_CALLED_BACK = """
WITH expected AS (
  UPDATE expected_receipts SET quantity = received, closed_at = %(now)s
  WHERE tenant_id = %(tenant)s AND source = 'transfer' AND reference = %(number)s AND location_id = %(to)s
    AND closed_at IS NULL AND received > 0
), unexpected AS (
  DELETE FROM expected_receipts
  WHERE tenant_id = %(tenant)s AND source = 'transfer' AND reference = %(number)s AND location_id = %(to)s
    AND received = 0
), transfer AS (
  UPDATE stock_transfers SET state = CASE WHEN %(part)s THEN 'received' ELSE 'cancelled' END,
    received_at = CASE WHEN %(part)s THEN %(now)s END, sent_at = CASE WHEN %(part)s THEN sent_at END
  WHERE tenant_id = %(tenant)s AND id = %(id)s
)
UPDATE stock_transfer_lines SET sent = received + lost, serials = '{}'
WHERE tenant_id = %(tenant)s AND transfer_id = %(id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCalledBack:
    """units that are back"""

    transfer_id: UUID
    number: str
    units: Decimal


def call_back_transfer(work: Work, transfer_id: UUID, reason: str) -> TransferCalledBack:
    """Whoever is in charge of the location it left may call it back.

    raises  TransferNotFound, TransferNotOnTheWay, RowsInvalid (no reason; what booking refuses, by row)
    """
    transfer = lock_transfer(work, transfer_id, at_source=True)
    if transfer.state != "sent":
        raise TransferNotOnTheWay(number=transfer.number)
    reason = reason.strip()[:300]
    if not reason:
        raise RowsInvalid(problems=[Problem("/reason", "reason_missing", REASON_MISSING)])
    under_way = [line for line in transfer.lines if line.on_the_way > 0]
    entries = [
        Entry(
            sku_id=line.sku_id, location_id=transfer.from_location_id, kind="transferred", cause="transfer_in",
            change=line.on_the_way, lot_id=line.lot_id, bin_id=line.bin_id, serials=tuple(line.serials),
            document=transfer.document, reason=reason,
        )
        for line in under_way
    ]  # fmt: skip
    part = any(line.received or line.lost for line in transfer.lines)
    # Before the positions: rows of documents are locked and written first.
    work.execute(
        _CALLED_BACK,
        {
            "tenant": work.tenant_id, "id": transfer.id, "number": transfer.number, "to": transfer.to_location_id,
            "now": work.now, "part": part,
        },
    )  # fmt: skip
    try:
        book_entries(work, entries)
    except MovementsRefused as refused:
        raise by_row(refused, list(range(len(entries)))) from None
    units = sum((line.on_the_way for line in under_way), Decimal(0))
    told = {
        "state": ("sent", "received" if part else "cancelled"), "units": (None, plain(units)), "reason": (None, reason)
    }  # fmt: skip
    audit(work, "transfer.call_back", "transfer", to_text("trf", transfer.id), told)
    return TransferCalledBack(transfer_id=transfer.id, number=transfer.number, units=units)
