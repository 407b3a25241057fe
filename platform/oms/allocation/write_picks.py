"""Writes firm promises: allocations, positions, movements and the lines' ledgers, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id
from oms.allocation.plan import Pick

_WRITE = """
WITH picks AS (
  SELECT * FROM jsonb_to_recordset(%(picks)s::jsonb)
    AS x (id uuid, movement_id uuid, line_id uuid, location_id uuid, sku_id uuid, quantity numeric, lot_id uuid)
), promised AS (
  INSERT INTO allocations (tenant_id, id, order_id, line_id, location_id, sku_id, lot_id, quantity, at)
  SELECT %(tenant)s, x.id, %(order)s, x.line_id, x.location_id, x.sku_id, x.lot_id, x.quantity, %(now)s FROM picks x
), moved AS (
  INSERT INTO stock_movements (tenant_id, id, sku_id, location_id, lot_id, kind, allocated_change, order_id, at, actor)
  SELECT %(tenant)s, x.movement_id, x.sku_id, x.location_id, x.lot_id, 'allocated', x.quantity, %(order)s, %(now)s,
    %(actor)s
  FROM picks x
), by_lot AS (
  UPDATE lot_positions p SET allocated = p.allocated + x.quantity
  FROM (SELECT sku_id, location_id, lot_id, sum(quantity) AS quantity FROM picks WHERE lot_id IS NOT NULL
    GROUP BY 1, 2, 3) x
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = x.sku_id AND p.location_id = x.location_id AND p.lot_id = x.lot_id
), stock AS (
  UPDATE stock_positions p SET allocated = p.allocated + x.quantity
  FROM (SELECT sku_id, location_id, sum(quantity) AS quantity FROM picks GROUP BY sku_id, location_id) x
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = x.sku_id AND p.location_id = x.location_id
), wanted AS (
  SELECT * FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (id uuid, backordered numeric)
)
UPDATE order_lines l
SET allocated = l.allocated + coalesce(x.quantity, 0), backordered = w.backordered
FROM wanted w
LEFT JOIN (SELECT line_id, sum(quantity) AS quantity FROM picks GROUP BY line_id) x ON x.line_id = w.id
WHERE l.tenant_id = %(tenant)s AND l.id = w.id
"""


def write_picks(work: Work, order_id: UUID, picks: Sequence[Pick], backordered: Mapping[UUID, Decimal]) -> None:
    """backordered  line -> units that nobody could promise; every line of the order that was planned is in it"""
    rows = [
        {
            "id": new_id(), "movement_id": new_id(), "line_id": pick.line_id, "location_id": pick.location_id,
            "sku_id": pick.sku_id, "quantity": pick.quantity, "lot_id": pick.lot_id,
        }
        for pick in picks
    ]  # fmt: skip
    lines = [{"id": line, "backordered": units} for line, units in backordered.items()]
    work.execute(
        _WRITE,
        {
            "tenant": work.tenant_id, "order": order_id, "picks": dumps(rows), "lines": dumps(lines),
            "now": work.now, "actor": work.actor.name,
        },
    )  # fmt: skip
