"""Puts the lines of a past order into the cart, as far as they are still sold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from oms.carts.cart import CartLine
from oms.carts.put_lines import PutLines, put_lines
from oms.orders.read_order import read_order

_SOLD = """
SELECT s.code, s.base_unit, coalesce(array_agg(u.unit) FILTER (WHERE u.unit IS NOT NULL), '{}') AS units
FROM skus s JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
LEFT JOIN sku_units u ON u.tenant_id = %(tenant)s AND u.sku_id = s.id
WHERE s.tenant_id = %(tenant)s AND s.code = ANY(%(codes)s) AND s.active AND p.active
GROUP BY s.code, s.base_unit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedFromOrder:
    """added     how many lines went into the cart
    left_out  SKUs that are no longer sold, or not in that unit
    """

    number: str
    added: int
    left_out: tuple[str, ...]


def add_from_order(work: Work, order_id: UUID, customer_id: UUID) -> AddedFromOrder:
    """Raises OrderNotFound where the order is out of reach, CartFull, CartIsNobodys."""
    detail = read_order(work, order_id, with_history=False)
    codes = sorted({line.sku for line in detail.lines})
    sold = {row.code: row for row in work.rows(_SOLD, {"tenant": work.tenant_id, "codes": codes})}
    lines, left_out = [], []
    for line in detail.lines:
        now = sold.get(line.sku)
        if now is None or (line.unit != now.base_unit and line.unit not in now.units):
            left_out.append(line.sku)
            continue
        unit = None if line.unit == now.base_unit else line.unit
        lines.append(CartLine(sku=line.sku, quantity=Decimal(line.unit_quantity).normalize() + 0, unit=unit))
    if lines:
        put_lines(work, PutLines(customer_id=customer_id, lines=tuple(lines)))
    return AddedFromOrder(number=detail.order.number, added=len(lines), left_out=tuple(left_out))
