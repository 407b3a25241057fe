"""Receives what came of a transfer, in parts if need be, and says what became of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Problem
from kernel.ids import to_text
from oms.inventory.book_entries import book_entries
from oms.inventory.entries import Entry
from oms.inventory.errors import MovementsRefused
from oms.inventory.judge_entries import plain
from oms.inventory.named_rows import RowsInvalid, look_up_names, unknown_bin
from oms.transfers import errors
from oms.transfers.lock_transfer import LockedTransfer, LockedTransferLine, by_row, lock_transfer
from tenants.access.audit import audit

# A lost unit is not expected any more either.
_RECEIVED = """
WITH came AS (
  SELECT * FROM jsonb_to_recordset(%(lines)s::jsonb)
    AS x (id uuid, sku_id uuid, received numeric, lost numeric, loss_reason text, serials jsonb)
), expected AS (
  UPDATE expected_receipts e SET received = e.received + x.settled,
    closed_at = CASE WHEN e.received + x.settled >= e.quantity THEN %(now)s END
  FROM (SELECT sku_id, sum(received + lost) AS settled FROM came GROUP BY sku_id) x
  WHERE e.tenant_id = %(tenant)s AND e.source = 'transfer' AND e.reference = %(number)s
    AND e.location_id = %(to)s AND e.sku_id = x.sku_id
), transfer AS (
  UPDATE stock_transfers SET state = CASE WHEN %(done)s THEN 'received' ELSE state END,
    received_at = CASE WHEN %(done)s THEN %(now)s END
  WHERE tenant_id = %(tenant)s AND id = %(id)s
)
UPDATE stock_transfer_lines l SET received = l.received + x.received, lost = l.lost + x.lost,
  loss_reason = CASE WHEN x.lost > 0 THEN x.loss_reason ELSE l.loss_reason END,
  serials = ARRAY(SELECT jsonb_array_elements_text(x.serials))
FROM came x WHERE l.tenant_id = %(tenant)s AND l.id = x.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedRow:
    """line_no  of the transfer
    arrived  base units that came now, >= 0
    lost     units that will not come, with the reason
    bin      code at the target; empty: the default bin
    serials  of the units that came; empty: the first ones of the row
    """

    line_no: int
    arrived: Decimal
    lost: Decimal = Decimal(0)
    loss_reason: str = ""
    bin: str = ""
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReceived:
    """on_the_way  units that have not arrived yet"""

    transfer_id: UUID
    number: str
    on_the_way: Decimal


@dataclass(frozen=True, slots=True)
class _Step:
    row: int
    line: LockedTransferLine
    arrived: ArrivedRow
    serials: tuple[str, ...]


def receive_transfer(work: Work, transfer_id: UUID, rows: Sequence[ArrivedRow]) -> TransferReceived:
    """Raises TransferNotFound, TransferNotOnTheWay, RowsInvalid with "/rows/<row>/<field>"."""
    transfer = lock_transfer(work, transfer_id, at_source=False)
    if transfer.state != "sent":
        raise errors.TransferNotOnTheWay(number=transfer.number)
    steps = _judge(transfer, rows)
    if not steps:
        raise errors.TransferEmpty()
    bins = look_up_names(work, skus=[], bins=[row.bin for row in rows], at=[transfer.to_location_id]).bins
    missing = [
        unknown_bin(f"/rows/{step.row}/bin", step.arrived.bin, "")
        for step in steps
        if step.arrived.bin and (transfer.to_location_id, step.arrived.bin) not in bins
    ]
    if missing:
        raise RowsInvalid(problems=missing)
    entries: list[Entry] = []
    of_row: list[int] = []
    for step in steps:
        made = _entries(transfer, step, bins.get((transfer.to_location_id, step.arrived.bin)))
        entries += made
        of_row += [step.row] * len(made)
    settled = sum((step.arrived.arrived + step.arrived.lost for step in steps), Decimal(0))
    left = sum((line.on_the_way for line in transfer.lines), Decimal(0)) - settled
    work.execute(
        _RECEIVED,
        {
            "tenant": work.tenant_id, "id": transfer.id, "number": transfer.number, "to": transfer.to_location_id,
            "now": work.now, "done": left == 0, "lines": dumps([_line(step) for step in steps]),
        },
    )  # fmt: skip
    try:
        book_entries(work, entries)
    except MovementsRefused as refused:
        raise by_row(refused, of_row) from None
    told: dict[str, Any] = {"arrived": (None, plain(sum((step.arrived.arrived for step in steps), Decimal(0))))}
    lost = sum((step.arrived.lost for step in steps), Decimal(0))
    if lost:
        told["lost"] = (None, plain(lost))
    audit(work, "transfer.receive", "transfer", to_text("trf", transfer.id), told)
    return TransferReceived(transfer_id=transfer.id, number=transfer.number, on_the_way=left)


def _judge(transfer: LockedTransfer, rows: Sequence[ArrivedRow]) -> list[_Step]:
    lines = {line.line_no: line for line in transfer.lines}
    problems: list[Problem] = []
    steps: list[_Step] = []
    seen: set[int] = set()
    for index, row in enumerate(rows):
        at, line = f"/rows/{index}", lines.get(row.line_no)
        if line is None or row.line_no in seen:
            problems.append(Problem(f"{at}/line", "line_unknown", errors.LINE_UNKNOWN, {"line": row.line_no}))
            continue
        seen.add(row.line_no)
        if row.arrived < 0 or row.lost < 0:
            problems.append(Problem(f"{at}/arrived", "quantity_invalid", errors.QUANTITY_WRONG))
        elif row.arrived + row.lost > line.on_the_way:
            facts = {"units": plain(line.on_the_way)}
            problems.append(Problem(f"{at}/arrived", "more_than_sent", errors.MORE_THAN_ON_THE_WAY, facts))
        elif row.lost and not row.loss_reason.strip():
            problems.append(Problem(f"{at}/loss_reason", "reason_missing", errors.LOSS_NEEDS_REASON))
        elif row.arrived or row.lost:
            serials, wrong = _serials(at, line, row)
            problems += wrong
            steps.append(_Step(index, line, row, serials))
    if problems:
        raise RowsInvalid(problems=problems)
    return steps


def _serials(at: str, line: LockedTransferLine, row: ArrivedRow) -> tuple[tuple[str, ...], list[Problem]]:
    """Those that came, and those that were lost behind them."""
    strange = [serial for serial in row.serials if serial not in line.serials]
    if strange:
        return (), [Problem(f"{at}/serials", "serial_not_sent", errors.SERIAL_NOT_SENT, {"serial": strange[0]})]
    if line.serials and row.serials and len(set(row.serials)) != row.arrived:
        return (), [Problem(f"{at}/serials", "serials_count", errors.SERIALS_COUNT)]
    others = [serial for serial in line.serials if serial not in row.serials]
    came = list(row.serials) or others[: int(row.arrived)]
    rest = [serial for serial in others if serial not in came]
    return (*came, *rest[: int(row.lost)]), []


def _entries(transfer: LockedTransfer, step: _Step, bin_id: UUID | None) -> list[Entry]:
    """What came; and what was lost, in and out again, so that the ledger names it."""
    line, row = step.line, step.arrived

    def entry(change: Decimal, kind: Any, cause: str, serials: tuple[str, ...], into: UUID | None) -> Entry:
        return Entry(
            sku_id=line.sku_id, location_id=transfer.to_location_id, kind=kind, cause=cause, change=change,
            lot_id=line.lot_id, bin_id=into, serials=serials, document=transfer.document,
            reason=row.loss_reason.strip() if cause == "transfer_loss" else "",
        )  # fmt: skip

    came, lost = step.serials[: int(row.arrived)], step.serials[int(row.arrived) :]
    entries = []
    if row.arrived:
        entries.append(entry(row.arrived, "transferred", "transfer_in", came, bin_id))
    if row.lost:
        entries.append(entry(row.lost, "adjusted", "transfer_loss", lost, None))
        entries.append(entry(-row.lost, "adjusted", "transfer_loss", lost, None))
    return entries


def _line(step: _Step) -> dict[str, Any]:
    gone = set(step.serials)
    return {
        "id": step.line.id, "sku_id": step.line.sku_id, "received": step.arrived.arrived, "lost": step.arrived.lost,
        "loss_reason": step.arrived.loss_reason.strip(),
        "serials": [serial for serial in step.line.serials if serial not in gone],
    }  # fmt: skip
