"""Enters what was counted. What the books say in that moment is kept beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Problem
from kernel.i18n import N_
from oms.inventory.lots import find_lots
from oms.inventory.named_rows import NamedSku, Names, RowsInvalid, look_up_names, unknown_bin, unknown_sku
from oms.stock_counts import errors
from oms.stock_counts.lock_count import LockedCount, lock_count

LOT_UNKNOWN = N_("There is no lot {value} of this SKU.")
LOT_NEEDED = N_("{sku} is kept by lot: say which one.")
_LOCK = """
SELECT 1 FROM stock_positions
WHERE tenant_id = %(tenant)s AND location_id = %(location)s AND sku_id = ANY(%(skus)s)
ORDER BY sku_id, location_id FOR NO KEY UPDATE
"""
# Units of the row's bin; or all units (of the lot), less those in bins.
_ENTER = """
INSERT INTO stock_count_lines AS c (tenant_id, id, count_id, sku_id, bin_id, lot_id, counted, expected, counted_at,
  counted_by, counter_id, serials, expected_serials)
SELECT %(tenant)s, new_id(), %(count)s, x.sku_id, x.bin_id, x.lot_id,
  x.counted + CASE WHEN %(add)s THEN coalesce(o.counted, 0) ELSE 0 END,
  CASE WHEN x.bin_id IS NOT NULL THEN coalesce((SELECT b.quantity FROM bin_contents b
      WHERE b.tenant_id = %(tenant)s AND b.bin_id = x.bin_id AND b.sku_id = x.sku_id AND b.status = 'good'
        AND b.lot_id IS NOT DISTINCT FROM x.lot_id), 0)
    ELSE coalesce(CASE WHEN x.lot_id IS NULL THEN p.on_hand ELSE l.on_hand END, 0)
      - coalesce((SELECT sum(b.quantity) FROM bin_contents b
        WHERE b.tenant_id = %(tenant)s AND b.location_id = %(location)s AND b.sku_id = x.sku_id
          AND b.status = 'good' AND b.lot_id IS NOT DISTINCT FROM x.lot_id), 0) END,
  %(now)s, %(actor)s, %(actor_id)s,
  ARRAY(SELECT jsonb_array_elements_text(x.serials)) || CASE WHEN %(add)s THEN coalesce(o.serials, '{}') ELSE '{}' END,
  ARRAY(SELECT n.serial FROM serial_numbers n WHERE n.tenant_id = %(tenant)s AND n.sku_id = x.sku_id
    AND n.location_id = %(location)s AND n.bin_id IS NOT DISTINCT FROM x.bin_id AND n.status = 'good'
    ORDER BY n.serial)
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (sku_id uuid, bin_id uuid, lot_id uuid, counted numeric, serials jsonb)
LEFT JOIN stock_positions p ON p.tenant_id = %(tenant)s AND p.sku_id = x.sku_id AND p.location_id = %(location)s
LEFT JOIN lot_positions l ON l.tenant_id = %(tenant)s AND l.sku_id = x.sku_id AND l.location_id = %(location)s
  AND l.lot_id = x.lot_id
LEFT JOIN stock_count_lines o ON o.tenant_id = %(tenant)s AND o.count_id = %(count)s AND o.sku_id = x.sku_id
  AND o.bin_id IS NOT DISTINCT FROM x.bin_id AND o.lot_id IS NOT DISTINCT FROM x.lot_id
ON CONFLICT (tenant_id, count_id, sku_id, bin_id, lot_id) DO UPDATE SET counted = excluded.counted,
  expected = excluded.expected, counted_at = excluded.counted_at, counted_by = excluded.counted_by,
  counter_id = excluded.counter_id, serials = excluded.serials, expected_serials = excluded.expected_serials
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow:
    """A SKU (or barcode), a bin and a lot by their codes. counted: base units, None where it is no number."""

    sku: str
    counted: Decimal | None
    bin: str = ""
    lot: str = ""
    serials: tuple[str, ...] = ()


def enter_counted(work: Work, count_id: UUID, rows: Sequence[CountedRow], *, add: bool = False) -> int:
    """Six statements however many rows. Returns how many things were counted.

    add     to what was counted of the thing before, as when scanning; False: instead of it
    raises  CountNotFound, CountClosed, RowsInvalid with "/rows/<row>/<field>"
    """
    count = lock_count(work, count_id)
    if count.state != "counting":
        raise errors.CountClosed(number=count.number)
    names = look_up_names(work, skus=[row.sku for row in rows], bins=[row.bin for row in rows], at=[count.location_id])
    found = _understand(work, count, rows, names)
    if not found:
        return 0
    parameters = {
        "tenant": work.tenant_id, "count": count.id, "location": count.location_id, "add": add, "now": work.now,
        "actor": work.actor.name, "actor_id": work.actor.id, "skus": sorted({row["sku_id"] for row in found}),
        "rows": dumps(found),
    }  # fmt: skip
    work.execute(_LOCK, parameters)
    work.execute(_ENTER, parameters)
    return len(found)


def _understand(work: Work, count: LockedCount, rows: Sequence[CountedRow], names: Names) -> list[dict[str, Any]]:
    known = [(names.skus[row.sku].id, row.lot) for row in rows if row.lot and row.sku in names.skus]
    lots = find_lots(work, known)
    problems: list[Problem] = []
    found: dict[tuple[UUID, UUID | None, UUID | None], dict[str, Any]] = {}
    for index, row in enumerate(rows):
        at, sku = f"/rows/{index}", names.skus.get(row.sku)
        if sku is None:
            problems.append(unknown_sku(f"{at}/sku", row.sku))
            continue
        problems += _faults(at, row, sku, lots)
        bin_id = names.bins.get((count.location_id, row.bin))
        if row.bin and bin_id is None:
            problems.append(unknown_bin(f"{at}/bin", row.bin, ""))
        key = (sku.id, bin_id, lots.get((sku.id, row.lot)))
        thing = found.setdefault(
            key, {"sku_id": sku.id, "bin_id": bin_id, "lot_id": key[2], "counted": Decimal(0), "serials": []}
        )
        thing["counted"] += row.counted or 0
        thing["serials"] += row.serials
    if problems:
        raise RowsInvalid(problems=problems)
    return list(found.values())


def _faults(at: str, row: CountedRow, sku: NamedSku, lots: Any) -> list[Problem]:
    problems = []
    if row.counted is None or row.counted < 0:
        problems.append(Problem(f"{at}/counted", "quantity_invalid", errors.COUNTED_WRONG))
    if sku.tracking == "lot" and not row.lot:
        problems.append(Problem(f"{at}/lot", "lot_missing", LOT_NEEDED, {"sku": sku.code}))
    elif row.lot and (sku.id, row.lot) not in lots:
        problems.append(Problem(f"{at}/lot", "lot_unknown", LOT_UNKNOWN, {"value": row.lot}))
    if sku.tracking == "serial" and (len(set(row.serials)) != row.counted or len(row.serials) != row.counted):
        problems.append(Problem(f"{at}/serials", "serials_missing", errors.SERIALS_NEEDED))
    return problems
