"""Receives goods that were expected, in parts if need be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.inventory.entries import Document
from oms.inventory.errors import QuantityInvalid
from oms.inventory.move_stock import ReceiveStock, StockMoved, receive_stock
from oms.inventory.words import Status
from oms.receipts.errors import ReceiptClosed, ReceiptNotFound, ReceiptOfTransfer

_LOCK = """
SELECT id, sku_id, location_id, source, reference, quantity, received, closed_at FROM expected_receipts
WHERE tenant_id = %(tenant)s AND id = %(id)s AND (%(reach)s::uuid[] IS NULL OR location_id = ANY(%(reach)s))
FOR NO KEY UPDATE
"""
_CAME = """
UPDATE expected_receipts SET received = received + %(quantity)s,
  closed_at = CASE WHEN received + %(quantity)s >= quantity THEN %(now)s END
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveExpected:
    """quantity  base units that came now; more than expected may come. The rest as in ReceiveStock."""

    receipt_id: UUID
    quantity: Decimal
    status: Status = "good"
    lot: str = ""
    expires_on: date | None = None
    unit_cost: Decimal | None = None
    serials: tuple[str, ...] = ()
    bin_id: UUID | None = None
    reason: str = ""


def receive_expected(work: Work, command: ReceiveExpected) -> StockMoved:
    """Raises ReceiptNotFound, ReceiptClosed, ReceiptOfTransfer, QuantityInvalid, and what receiving refuses."""
    if command.quantity <= 0:
        raise QuantityInvalid()
    parameters = {
        "tenant": work.tenant_id, "id": command.receipt_id, "reach": work.actor.reach_list("location"),
        "quantity": command.quantity, "now": work.now,
    }  # fmt: skip
    expected = work.row(_LOCK, parameters)
    if expected is None:
        raise ReceiptNotFound()
    if expected.source == "transfer":
        raise ReceiptOfTransfer(reference=expected.reference)
    if expected.closed_at is not None:
        raise ReceiptClosed(reference=expected.reference)
    work.execute(_CAME, parameters)
    return receive_stock(
        work,
        ReceiveStock(
            sku_id=expected.sku_id, location_id=expected.location_id, quantity=command.quantity,
            cause=expected.source, reason=command.reason, status=command.status, lot=command.lot,
            expires_on=command.expires_on, unit_cost=command.unit_cost, serials=command.serials,
            bin_id=command.bin_id,
            document=Document(kind="expected_receipt", id=expected.id, number=expected.reference),
        ),
    )  # fmt: skip
