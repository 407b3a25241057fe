"""Takes units out of reservations: released, expired, or promised to an order. One statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.ids import new_id

_GIVE_BACK = """
WITH taken AS (
  SELECT * FROM jsonb_to_recordset(%(units)s::jsonb) AS x
    (movement_id uuid, reservation_id uuid, sku_id uuid, location_id uuid, quantity numeric, state text, order_id uuid)
), of_places AS (
  UPDATE reservation_units u SET quantity = u.quantity - x.quantity
  FROM (SELECT reservation_id, location_id, sum(quantity) AS quantity FROM taken GROUP BY 1, 2) x
  WHERE u.tenant_id = %(tenant)s AND u.reservation_id = x.reservation_id AND u.location_id = x.location_id
), of_reservations AS (
  UPDATE reservations r SET
    state = CASE WHEN x.left_over > 0 THEN 'active' ELSE t.state END,
    closed_at = CASE WHEN x.left_over > 0 THEN NULL ELSE %(now)s END,
    converted = r.converted + CASE WHEN t.state = 'converted' THEN t.quantity ELSE 0 END,
    order_id = coalesce(t.order_id, r.order_id)
  FROM (SELECT reservation_id, min(state) AS state, sum(quantity) AS quantity,
      (array_agg(order_id))[1] AS order_id FROM taken GROUP BY reservation_id) t,
    LATERAL (SELECT sum(u.quantity) - t.quantity AS left_over FROM reservation_units u
      WHERE u.tenant_id = %(tenant)s AND u.reservation_id = t.reservation_id) x
  WHERE r.tenant_id = %(tenant)s AND r.id = t.reservation_id
), of_positions AS (
  UPDATE stock_positions p SET reserved = p.reserved - x.quantity
  FROM (SELECT sku_id, location_id, sum(quantity) AS quantity FROM taken GROUP BY sku_id, location_id) x
  WHERE p.tenant_id = %(tenant)s AND p.sku_id = x.sku_id AND p.location_id = x.location_id
)
INSERT INTO stock_movements (tenant_id, id, sku_id, location_id, kind, cause, reserved_change, order_id, reason,
  document_kind, document_id, at, actor)
SELECT %(tenant)s, x.movement_id, x.sku_id, x.location_id, 'released', 'reservation', -x.quantity, x.order_id, x.state,
  'reservation', x.reservation_id, %(now)s, %(actor)s
FROM taken x
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUnits:
    """quantity  of what the reservation holds at the location, > 0
    state     what becomes of the reservation: released, expired or converted. One that still holds units goes on.
    order_id  the order that takes the units
    """

    reservation_id: UUID
    sku_id: UUID
    location_id: UUID
    quantity: Decimal
    state: str
    order_id: UUID | None = None


def give_back(work: Work, units: Sequence[TakenUnits]) -> None:
    """The positions are locked, and what the reservations hold was read under that lock."""
    if not units:
        return
    rows = [
        {
            "movement_id": new_id(), "reservation_id": each.reservation_id, "sku_id": each.sku_id,
            "location_id": each.location_id, "quantity": each.quantity, "state": each.state,
            "order_id": each.order_id,
        }
        for each in units
    ]  # fmt: skip
    work.execute(
        _GIVE_BACK,
        {"tenant": work.tenant_id, "units": dumps(rows), "now": work.now, "actor": work.actor.name},
    )
