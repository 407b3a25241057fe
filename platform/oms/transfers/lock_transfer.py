"""Reads a transfer with its rows under its lock: the first lock of each of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.inventory.entries import Document
from oms.inventory.errors import MovementsRefused
from oms.inventory.named_rows import RowsInvalid
from oms.transfers.errors import TransferNotFound

_TRANSFER = """
SELECT id, number, from_location_id, to_location_id, state, expected_on FROM stock_transfers
WHERE tenant_id = %(tenant)s AND id = %(id)s FOR NO KEY UPDATE
"""
_LINES = """
SELECT id, line_no, sku_id, lot_id, bin_id, quantity, sent, received, lost, serials FROM stock_transfer_lines
WHERE tenant_id = %(tenant)s AND transfer_id = %(id)s ORDER BY line_no
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTransferLine:
    id: UUID
    line_no: int
    sku_id: UUID
    lot_id: UUID | None
    bin_id: UUID | None
    quantity: Decimal
    sent: Decimal
    received: Decimal
    lost: Decimal
    serials: list[str]

    @property
    def on_the_way(self) -> Decimal:
        return self.sent - self.received - self.lost


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedTransfer:
    id: UUID
    number: str
    from_location_id: UUID
    to_location_id: UUID
    state: str
    expected_on: date | None
    lines: tuple[LockedTransferLine, ...]

    @property
    def document(self) -> Document:
        return Document(kind="transfer", id=self.id, number=self.number)


def lock_transfer(work: Work, transfer_id: UUID, *, at_source: bool) -> LockedTransfer:
    """at_source  True: the actor must be in charge of the location it goes from; False: of the one it goes to
    raises     TransferNotFound
    """
    parameters = {"tenant": work.tenant_id, "id": transfer_id}
    row = work.row(_TRANSFER, parameters)
    if row is None or not work.actor.may_see("location", row.from_location_id if at_source else row.to_location_id):
        raise TransferNotFound()
    lines = tuple(LockedTransferLine(**line._asdict()) for line in work.rows(_LINES, parameters))
    return LockedTransfer(**row._asdict(), lines=lines)


def by_row(refused: MovementsRefused, rows: list[int]) -> RowsInvalid:
    """What booking refused, told by the rows of the request: `rows` has the row of each entry."""
    return RowsInvalid(
        problems=[
            type(problem)(f"/rows/{rows[int(problem.pointer[1:])]}", problem.code, problem.message, problem.facts)
            for problem in refused.problems
        ]
    )
