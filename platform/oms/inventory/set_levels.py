"""How much of a SKU a location keeps back, and below how much somebody is told; and how a SKU's stock is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.errors import Invalid, Problem
from kernel.i18n import N_
from kernel.ids import to_text
from oms.inventory.errors import LocationNotFound, SkuNotFound, TrackingInUse
from oms.inventory.named_rows import RowsInvalid, look_up_names, unknown_location, unknown_sku
from oms.inventory.words import TRACKING
from tenants.access.audit import audit

NEGATIVE = N_("This must be 0 or more.")
_SET = """
INSERT INTO stock_positions AS p (tenant_id, sku_id, location_id, safety_stock, reorder_point)
SELECT %(tenant)s, s.id, l.id, coalesce(x.safety_stock, 0), coalesce(x.reorder_point, 0)
FROM jsonb_to_recordset(%(levels)s::jsonb)
  AS x (sku_id uuid, location_id uuid, safety_stock numeric, reorder_point numeric)
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = x.sku_id
JOIN locations l ON l.tenant_id = %(tenant)s AND l.id = x.location_id
ORDER BY s.id, l.id
ON CONFLICT (tenant_id, sku_id, location_id) DO UPDATE
  SET safety_stock = excluded.safety_stock, reorder_point = excluded.reorder_point
"""
_TRACK = """
UPDATE skus s SET tracking = %(tracking)s, min_remaining_days = %(days)s
WHERE tenant_id = %(tenant)s AND id = %(sku)s AND (tracking = %(tracking)s OR NOT EXISTS (
  SELECT FROM stock_positions p WHERE p.tenant_id = %(tenant)s AND p.sku_id = s.id
    AND (p.on_hand <> 0 OR p.quarantined <> 0 OR p.damaged <> 0 OR p.allocated <> 0 OR p.reserved <> 0)
  ) AND NOT EXISTS (
  SELECT FROM stock_transfer_lines t WHERE t.tenant_id = %(tenant)s AND t.sku_id = s.id
    AND t.received + t.lost < t.sent))
RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLevels:
    """Base units, >= 0. safety_stock is never promised; at reorder_point or below somebody is told (0: nobody)."""

    sku_id: UUID
    location_id: UUID
    safety_stock: Decimal
    reorder_point: Decimal


def set_levels(work: Work, levels: Sequence[SetLevels]) -> None:
    """One statement for all of them. Raises LocationNotFound, Invalid with "/<row>/<field>"."""
    problems = [
        Problem(f"/{index}/{field}", "negative", NEGATIVE)
        for index, level in enumerate(levels)
        for field in ("safety_stock", "reorder_point")
        if getattr(level, field) < 0
    ]
    if problems:
        raise Invalid(problems=problems)
    for level in levels:
        if not work.actor.may_see("location", level.location_id):
            raise LocationNotFound()
    rows = [
        {
            "sku_id": level.sku_id, "location_id": level.location_id, "safety_stock": level.safety_stock,
            "reorder_point": level.reorder_point,
        }
        for level in {(each.sku_id, each.location_id): each for each in levels}.values()
    ]  # fmt: skip
    if rows:
        work.execute(_SET, {"tenant": work.tenant_id, "levels": dumps(rows)})


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLevels:
    """As SetLevels, by codes."""

    sku: str
    location: str
    safety_stock: Decimal
    reorder_point: Decimal


def set_named_levels(work: Work, rows: Sequence[NamedLevels]) -> None:
    """All or none, four statements. Raises RowsInvalid with "/rows/<row>/<field>"."""
    names = look_up_names(work, skus=[row.sku for row in rows], locations=[row.location for row in rows])
    problems: list[Problem] = []
    levels: list[SetLevels] = []
    for index, row in enumerate(rows):
        sku, location = names.skus.get(row.sku), names.locations.get(row.location)
        if sku is None:
            problems.append(unknown_sku(f"/rows/{index}/sku", row.sku))
        if location is None:
            problems.append(unknown_location(f"/rows/{index}/location", row.location))
        if sku is not None and location is not None:
            levels.append(
                SetLevels(
                    sku_id=sku.id, location_id=location, safety_stock=row.safety_stock, reorder_point=row.reorder_point
                )
            )  # fmt: skip
    if problems:
        raise RowsInvalid(problems=problems)
    set_levels(work, levels)
    if levels:
        told = {"rows": (None, len(levels)), "skus": (None, ", ".join(sorted({row.sku for row in rows})[:20]))}
        audit(work, "stock.set_levels", "location", to_text("loc", levels[0].location_id), told)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSku:
    """tracking            none, lot or serial
    min_remaining_days  a lot that expires within so many days is not promised, >= 0
    """

    sku_id: UUID
    tracking: str
    min_remaining_days: int = 0


def track_sku(work: Work, command: TrackSku) -> None:
    """How a SKU's stock is kept can change only while there is none. Raises SkuNotFound, TrackingInUse, Invalid."""
    assert command.tracking in TRACKING
    if command.min_remaining_days < 0:
        raise Invalid(problems=[Problem("/min_remaining_days", "negative", NEGATIVE)])
    code = work.scalar(  # booking locks positions, and new ones refer to this row
        "SELECT code FROM skus WHERE tenant_id = %(tenant)s AND id = %(sku)s FOR UPDATE",
        {"tenant": work.tenant_id, "sku": command.sku_id},
    )
    if code is None:
        raise SkuNotFound()
    done = work.scalar(
        _TRACK,
        {
            "tenant": work.tenant_id, "sku": command.sku_id, "tracking": command.tracking,
            "days": command.min_remaining_days,
        },
    )  # fmt: skip
    if done is None:
        raise TrackingInUse(sku=code)
