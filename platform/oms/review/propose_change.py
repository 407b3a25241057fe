"""The change of an order that would settle a hold, ready to be looked over: nothing is written."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from oms.orders.order_values import is_below_floor
from oms.orders.read_order import read_order

Remedy = Literal["floor", "substitute"]
REMEDIES: tuple[Remedy, ...] = ("floor", "substitute")
_PRICE = Decimal("0.00000001")  # as exact as a unit price is kept
# Of the substitutes in their order, the first of which enough is there; active locations only.
_SUBSTITUTES = """
SELECT l.id, l.ordered - l.cancelled - l.allocated AS units, x.code FROM order_lines l
CROSS JOIN LATERAL (
  SELECT s.code FROM sku_substitutes b
  JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = b.substitute_id AND s.active
  JOIN stock_positions p ON p.tenant_id = %(tenant)s AND p.sku_id = s.id
  JOIN locations w ON w.tenant_id = %(tenant)s AND w.id = p.location_id AND w.active
  WHERE b.tenant_id = %(tenant)s AND b.sku_id = l.sku_id
  GROUP BY s.code, b.rank HAVING sum(greatest(p.available, 0)) >= l.ordered - l.cancelled - l.allocated
  ORDER BY b.rank, s.code LIMIT 1
) x
WHERE l.tenant_id = %(tenant)s AND l.order_id = %(order)s AND l.ordered - l.cancelled > l.allocated
ORDER BY l.line_no
"""


def propose_change(work: Work, order_id: UUID, remedy: Remedy) -> list[dict[str, Any]]:
    """Actions as JSON, as a change set takes them; [] where nothing of the kind would help.

    floor       lines that are sold below their floor, at their floor
    substitute  what nobody could promise, as the first substitute of which enough is there
    raises      OrderNotFound
    """
    detail = read_order(work, order_id, with_history=False)
    if remedy == "floor":
        return [found for line in detail.lines if (found := _at_floor(line))]
    rows = work.rows(_SUBSTITUTES, {"tenant": work.tenant_id, "order": detail.order.id})
    return [
        {"do": "substitute", "line": to_text("lin", row.id), "sku": row.code, "quantity": _plain(row.units)}
        for row in rows
    ]


def _at_floor(line: Any) -> dict[str, Any] | None:
    units = line.ordered - line.cancelled
    if units == 0 or not is_below_floor(line.unit_price, units, line.discount, line.floor_price):
        return None
    price = line.floor_price + (line.discount / units).quantize(_PRICE, ROUND_CEILING)  # promotions count
    return {"do": "set_price", "line": to_text("lin", line.id), "unit_price": _plain(price)}


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
