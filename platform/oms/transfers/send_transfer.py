"""Sends a transfer: the units leave their location and are expected at the other. Or cancels a draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from oms.inventory.book_entries import book_entries
from oms.inventory.entries import Entry
from oms.inventory.errors import MovementsRefused
from oms.transfers.errors import TransferNotDraft
from oms.transfers.lock_transfer import by_row, lock_transfer
from tenants.access.audit import audit

_SENT = """
WITH transfer AS (
  UPDATE stock_transfers SET state = 'sent', sent_at = %(now)s, sent_by = %(actor)s
  WHERE tenant_id = %(tenant)s AND id = %(id)s
), expected AS (
  INSERT INTO expected_receipts (tenant_id, id, sku_id, location_id, source, reference, quantity, due_on, created_at,
    created_by)
  SELECT %(tenant)s, new_id(), l.sku_id, %(to)s, 'transfer', %(number)s, sum(l.quantity), %(due_on)s, %(now)s, %(actor)s
  FROM stock_transfer_lines l WHERE l.tenant_id = %(tenant)s AND l.transfer_id = %(id)s GROUP BY l.sku_id
)
UPDATE stock_transfer_lines SET sent = quantity WHERE tenant_id = %(tenant)s AND transfer_id = %(id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSent:
    transfer_id: UUID
    number: str


def send_transfer(work: Work, transfer_id: UUID) -> TransferSent:
    """Raises TransferNotFound, TransferNotDraft, RowsInvalid naming each row whose units are not free."""
    transfer = lock_transfer(work, transfer_id, at_source=True)
    if transfer.state != "draft":
        raise TransferNotDraft(number=transfer.number)
    entries = [
        Entry(
            sku_id=line.sku_id, location_id=transfer.from_location_id, kind="transferred", cause="transfer_out",
            change=-line.quantity, lot_id=line.lot_id, bin_id=line.bin_id, serials=tuple(line.serials),
            document=transfer.document,
        )
        for line in transfer.lines
    ]  # fmt: skip
    # Before the positions: rows of documents are locked and made first.
    work.execute(
        _SENT,
        {
            "tenant": work.tenant_id, "id": transfer.id, "now": work.now, "actor": work.actor.name,
            "to": transfer.to_location_id, "number": transfer.number,
            "due_on": transfer.expected_on or work.today + timedelta(days=1),
        },
    )  # fmt: skip
    try:
        book_entries(work, entries)
    except MovementsRefused as refused:
        raise by_row(refused, list(range(len(entries)))) from None
    audit(work, "transfer.send", "transfer", to_text("trf", transfer.id), {"state": ("draft", "sent")})
    return TransferSent(transfer_id=transfer.id, number=transfer.number)


def cancel_transfer(work: Work, transfer_id: UUID) -> None:
    """Raises TransferNotFound, TransferNotDraft."""
    transfer = lock_transfer(work, transfer_id, at_source=True)
    if transfer.state != "draft":
        raise TransferNotDraft(number=transfer.number)
    work.execute(
        "UPDATE stock_transfers SET state = 'cancelled' WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": transfer.id},
    )
    audit(work, "transfer.cancel", "transfer", to_text("trf", transfer.id), {"state": ("draft", "cancelled")})
