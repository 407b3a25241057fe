"""Takes promised units back from locations."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id

_OPEN = """
SELECT a.id, a.line_id, a.location_id, a.sku_id, a.lot_id, a.quantity - a.released - a.shipped AS open
FROM allocations a
WHERE a.tenant_id = %(tenant)s AND a.order_id = %(order)s AND a.line_id = ANY(%(lines)s)
  AND a.released + a.shipped < a.quantity
  AND (%(location)s::uuid IS NULL OR a.location_id = %(location)s)
ORDER BY a.id DESC
"""
# Positions are locked in key order before they are written, as everywhere.
_LOCK = """
SELECT 1 FROM stock_positions
WHERE tenant_id = %(tenant)s AND sku_id = ANY(%(skus)s) ORDER BY sku_id, location_id FOR NO KEY UPDATE
"""
_RELEASE = """
WITH taken AS (
  SELECT * FROM jsonb_to_recordset(%(taken)s::jsonb) AS x
    (id uuid, movement_id uuid, line_id uuid, location_id uuid, sku_id uuid, lot_id uuid, quantity numeric)
), given_back AS (
  UPDATE allocations a SET released = a.released + x.quantity FROM taken x
  WHERE a.tenant_id = %(tenant)s AND a.id = x.id
), by_lot AS (
  UPDATE lot_positions p SET allocated = p.allocated - x.quantity
  FROM (SELECT sku_id, location_id, lot_id, sum(quantity) AS quantity FROM taken WHERE lot_id IS NOT NULL
    GROUP BY 1, 2, 3) x
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = x.sku_id AND p.location_id = x.location_id AND p.lot_id = x.lot_id
), stock AS (
  UPDATE stock_positions p SET allocated = p.allocated - x.quantity
  FROM (SELECT sku_id, location_id, sum(quantity) AS quantity FROM taken GROUP BY sku_id, location_id) x
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = x.sku_id AND p.location_id = x.location_id
), moved AS (
  INSERT INTO stock_movements
    (tenant_id, id, sku_id, location_id, lot_id, kind, allocated_change, order_id, reason, at, actor)
  SELECT %(tenant)s, x.movement_id, x.sku_id, x.location_id, x.lot_id, 'released', -x.quantity, %(order)s, %(reason)s,
    %(now)s, %(actor)s FROM taken x
)
UPDATE order_lines l SET allocated = l.allocated - x.quantity
FROM (SELECT line_id, sum(quantity) AS quantity FROM taken GROUP BY line_id) x
WHERE l.tenant_id = %(tenant)s AND l.id = x.line_id
"""


def release_units(
    work: Work, order_id: UUID, wanted: Mapping[UUID, Decimal], *, reason: str, location_id: UUID | None = None
) -> Decimal:
    """Takes back up to `wanted` promised, unshipped base units of each line (line id -> units), newest promise first.

    location_id  only from this location; None: from any

    The order must be locked. Returns how many units were taken back.
    """
    lines = [line for line, units in wanted.items() if units]
    parameters = {"tenant": work.tenant_id, "order": order_id, "lines": lines, "location": location_id}
    open_promises = work.rows(_OPEN, parameters)
    left = dict(wanted)
    taken = []
    for promise in open_promises:
        units = min(left[promise.line_id], promise.open)
        if units > 0:
            left[promise.line_id] -= units
            taken.append(
                {
                    "id": promise.id, "movement_id": new_id(), "line_id": promise.line_id,
                    "location_id": promise.location_id, "sku_id": promise.sku_id, "lot_id": promise.lot_id,
                    "quantity": units,
                }
            )  # fmt: skip
    if not taken:
        return Decimal(0)
    work.execute(_LOCK, {"tenant": work.tenant_id, "skus": sorted({row["sku_id"] for row in taken})})
    work.execute(
        _RELEASE,
        {
            "tenant": work.tenant_id, "order": order_id, "taken": dumps(taken), "reason": reason, "now": work.now,
            "actor": work.actor.name,
        },
    )  # fmt: skip
    return sum((row["quantity"] for row in taken), Decimal(0))
