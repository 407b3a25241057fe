"""Says which goods are on their way. The same reference, SKU and location again changes what was said."""

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
from oms.inventory.named_rows import RowsInvalid, look_up_names, unknown_location, unknown_sku
from oms.receipts import errors
from tenants.access.audit import audit

_LONGEST = 80
_SAVE = """
INSERT INTO expected_receipts AS e (tenant_id, id, sku_id, location_id, source, reference, quantity, due_on, note,
  created_at, created_by)
SELECT %(tenant)s, x.id, x.sku_id, x.location_id, x.source, x.reference, x.quantity, x.due_on, x.note, %(now)s,
  %(actor)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, sku_id uuid, location_id uuid, source text, reference text,
  quantity numeric, due_on date, note text)
ORDER BY x.source, x.reference, x.sku_id, x.location_id
ON CONFLICT (tenant_id, source, reference, sku_id, location_id) DO UPDATE SET quantity = excluded.quantity,
  due_on = excluded.due_on, note = excluded.note,
  closed_at = CASE WHEN e.received >= excluded.quantity THEN coalesce(e.closed_at, %(now)s) END
RETURNING e.id, (e.xmax = 0) AS is_new
"""
_CLOSE = """
UPDATE expected_receipts SET closed_at = %(now)s, note = trim(both ' ' FROM note || ' ' || %(reason)s)
WHERE tenant_id = %(tenant)s AND id = %(id)s AND closed_at IS NULL AND source <> 'transfer'
  AND (%(reach)s::uuid[] IS NULL OR location_id = ANY(%(reach)s))
RETURNING reference
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRow:
    """As a file or the API has it: a SKU (or barcode) and a location by their codes.

    quantity  base units in all, those that came already among them; None where it is no number
    due_on    None where it is no day
    """

    sku: str
    location: str
    reference: str
    quantity: Decimal | None
    due_on: date | None
    source: str = "purchase"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsExpected:
    ids: tuple[UUID, ...]
    new: int


def expect_goods(work: Work, rows: Sequence[ExpectedRow]) -> GoodsExpected:
    """All or none; four statements however many rows. Raises RowsInvalid with "/rows/<row>/<field>"."""
    names = look_up_names(work, skus=[row.sku for row in rows], locations=[row.location for row in rows])
    problems: list[Problem] = []
    found: dict[tuple[str, str, UUID, UUID], dict[str, Any]] = {}
    for index, row in enumerate(rows):
        at = f"/rows/{index}"
        sku, location = names.skus.get(row.sku), names.locations.get(row.location)
        if sku is None:
            problems.append(unknown_sku(f"{at}/sku", row.sku))
        if location is None:
            problems.append(unknown_location(f"{at}/location", row.location))
        problems += _faults(at, row)
        if sku is None or location is None:
            continue
        key = (row.source, row.reference.strip(), sku.id, location)
        so_far = found[key]["quantity"] if key in found else Decimal(0)
        found[key] = {
            "id": new_id(), "sku_id": sku.id, "location_id": location, "source": row.source,
            "reference": row.reference.strip(), "quantity": so_far + (row.quantity or 0), "due_on": row.due_on,
            "note": row.note.strip(),
        }  # fmt: skip
    if problems:
        raise RowsInvalid(problems=problems)
    if not found:
        return GoodsExpected(ids=(), new=0)
    parameters = {
        "tenant": work.tenant_id, "rows": dumps(list(found.values())), "now": work.now, "actor": work.actor.name,
    }  # fmt: skip
    saved = work.rows(_SAVE, parameters)
    references = sorted({key[1] for key in found})
    audit(
        work, "expected_receipt.save", "expected_receipt", to_text("exr", saved[0].id),
        {"rows": (None, len(saved)), "references": (None, ", ".join(references[:20]))},
    )  # fmt: skip
    return GoodsExpected(ids=tuple(row.id for row in saved), new=sum(row.is_new for row in saved))


def close_expected(work: Work, receipt_id: UUID, reason: str) -> None:
    """What has not come by now is not expected any more. Raises ReceiptNotFound (also where it is closed already)."""
    reference = work.scalar(
        _CLOSE,
        {
            "tenant": work.tenant_id, "id": receipt_id, "now": work.now, "reason": reason.strip(),
            "reach": work.actor.reach_list("location"),
        },
    )  # fmt: skip
    if reference is None:
        raise errors.ReceiptNotFound()
    audit(work, "expected_receipt.close", "expected_receipt", to_text("exr", receipt_id), {"reason": (None, reason)})


def _faults(at: str, row: ExpectedRow) -> list[Problem]:
    problems = []
    if not 0 < len(row.reference.strip()) <= _LONGEST:
        problems.append(Problem(f"{at}/reference", "reference_missing", errors.REFERENCE_MISSING))
    if row.quantity is None or row.quantity <= 0:
        problems.append(Problem(f"{at}/quantity", "quantity_invalid", errors.QUANTITY_WRONG))
    if row.due_on is None:
        problems.append(Problem(f"{at}/due_on", "day_invalid", errors.DAY_WRONG))
    return problems
