"""How a promise of stock is written, wherever it is made: placement, files, single orders and batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from kernel.ids import new_id
from oms.allocation.plan import Pick

# Common table expressions; a statement begins with them after WITH, or goes on with them after a comma. Parameters:
# tenant, now, actor, picks (JSON of promise_rows). `picks` may be read further down. The positions are found by their
# SKUs: of the rows of JSON the planner knows nothing and would read the whole table.
PROMISES = """picks AS (
  SELECT * FROM jsonb_to_recordset(%(picks)s::jsonb) AS x
    (id uuid, movement_id uuid, order_id uuid, line_id uuid, location_id uuid, sku_id uuid, quantity numeric,
     lot_id uuid)
), promised AS (
  INSERT INTO allocations (tenant_id, id, order_id, line_id, location_id, sku_id, lot_id, quantity, at)
  SELECT %(tenant)s, x.id, x.order_id, x.line_id, x.location_id, x.sku_id, x.lot_id, x.quantity, %(now)s FROM picks x
), moved AS (
  INSERT INTO stock_movements (tenant_id, id, sku_id, location_id, lot_id, kind, allocated_change, order_id, at, actor)
  SELECT %(tenant)s, x.movement_id, x.sku_id, x.location_id, x.lot_id, 'allocated', x.quantity, x.order_id, %(now)s,
    %(actor)s FROM picks x
), by_lot AS (
  UPDATE lot_positions p SET allocated = p.allocated + x.quantity
  FROM (SELECT sku_id, location_id, lot_id, sum(quantity) AS quantity FROM picks WHERE lot_id IS NOT NULL
    GROUP BY 1, 2, 3) x
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = ANY(ARRAY(SELECT sku_id FROM picks WHERE lot_id IS NOT NULL))
    AND p.sku_id = x.sku_id AND p.location_id = x.location_id AND p.lot_id = x.lot_id
), stock AS (
  UPDATE stock_positions p SET allocated = p.allocated + x.quantity
  FROM (SELECT sku_id, location_id, sum(quantity) AS quantity FROM picks GROUP BY 1, 2) x
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = ANY(ARRAY(SELECT sku_id FROM picks)) AND p.sku_id = x.sku_id
    AND p.location_id = x.location_id
)"""


def promise_rows(order_id: UUID, picks: Iterable[Pick]) -> list[dict[str, Any]]:
    """What an order is promised, as PROMISES reads it."""
    return [
        {
            "id": new_id(), "movement_id": new_id(), "order_id": order_id, "line_id": pick.line_id,
            "location_id": pick.location_id, "sku_id": pick.sku_id, "quantity": pick.quantity, "lot_id": pick.lot_id,
        }
        for pick in picks
    ]  # fmt: skip
