"""A stored order as rules and flows read it: the same shape that placement hands them (`oms.orders.subject`)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.money import round_amount
from oms.orders.errors import OrderNotFound

_ORDERS = """
SELECT o.id, o.channel, o.order_type, o.currency, o.net_total, o.tax_total, o.total, o.ship_to, o.requested_on,
  o.buyer_note, o.tags, o.outside_number, o.custom, o.status, o.placed_on, o.priority, o.promise_on,
  c.ship_complete,
  c.number AS customer_number, c.name AS customer_name, c.kind AS customer_kind, g.key AS customer_group,
  c.tags AS customer_tags, c.grade AS customer_grade, c.payment_terms_days, c.custom AS customer_custom,
  (SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'product', p.code, 'category', p.category, 'brand', p.brand,
      'ordered', l.ordered - l.cancelled, 'unit_price', l.unit_price, 'list_price', l.list_price, 'net', l.net,
      'gross', l.gross, 'discount', l.discount, 'floor_price', l.floor_price,
      'cf', l.custom, 'product_cf', p.custom) ORDER BY l.line_no)
    FROM order_lines l
    JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
    JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
    WHERE l.tenant_id = %(tenant)s AND l.order_id = o.id) AS lines
FROM orders o
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(orders)s)
"""


def order_values(work: Work, order_id: UUID) -> dict[str, Any]:
    """{"order": {…}} as `oms.orders.subject` declares it. Raises OrderNotFound."""
    found = values_of_orders(work, [order_id])
    if order_id not in found:
        raise OrderNotFound(order_id=str(order_id))
    return found[order_id]


def values_of_orders(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """order id -> {"order": {…}}, in one statement."""
    rows = work.rows(_ORDERS, {"tenant": work.tenant_id, "orders": list(order_ids)})
    return {row.id: _values(row) for row in rows}


def _values(row: Any) -> dict[str, Any]:
    lines = [_line(line) for line in row.lines or ()]
    return {
        "order": {
            "channel": row.channel, "order_type": row.order_type, "currency": row.currency,
            "net_total": row.net_total, "tax_total": row.tax_total, "total": row.total,
            "line_count": Decimal(len(lines)), "quantity": sum((line["quantity"] for line in lines), Decimal(0)),
            "discount_percent": max((line["discount_percent"] for line in lines), default=Decimal(0)),
            "promotion_discount": sum((line["promotion_discount"] for line in lines), Decimal(0)),
            "below_floor": any(line["below_floor"] for line in lines),
            "customer": {
                "number": row.customer_number, "name": row.customer_name, "kind": row.customer_kind,
                "group": row.customer_group, "tags": list(row.customer_tags), "grade": row.customer_grade,
                "payment_terms_days": Decimal(row.payment_terms_days), "ship_complete": row.ship_complete,
                "cf": row.customer_custom,
            },
            "ship_to": row.ship_to, "requested_on": row.requested_on,
            "priority": Decimal(row.priority), "promise_on": row.promise_on, "buyer_note": row.buyer_note,
            "tags": list(row.tags), "outside_number": row.outside_number, "cf": row.custom, "lines": lines,
        }
    }  # fmt: skip


def _line(line: dict[str, Any]) -> dict[str, Any]:
    quantity, unit_price, list_price = (Decimal(line[key]) for key in ("ordered", "unit_price", "list_price"))
    return {
        "sku": line["sku"], "product": line["product"], "category": line["category"], "brand": line["brand"],
        "quantity": quantity, "unit_price": unit_price, "amount": unit_price * quantity,
        "net": Decimal(line["net"]), "gross": Decimal(line["gross"]),
        "discount_percent": discount_percent(list_price, unit_price), "promotion_discount": Decimal(line["discount"]),
        "below_floor": is_below_floor(
            unit_price, quantity, Decimal(line["discount"]),
            None if line["floor_price"] is None else Decimal(line["floor_price"]),
        ),
        "cf": line["cf"],
        "product_cf": line["product_cf"],
    }  # fmt: skip


def discount_percent(list_price: Decimal, unit_price: Decimal) -> Decimal:
    """How far the price is below the list's, in percent with two decimals; 0 where the list asks nothing."""
    if not list_price:
        return Decimal(0)
    return round_amount((list_price - unit_price) * 100 / list_price, "USD")


def is_below_floor(unit_price: Decimal, quantity: Decimal, discount: Decimal, floor: Decimal | None) -> bool:
    """Whether a line is sold for less than its floor of one base unit, promotions counted."""
    return floor is not None and unit_price * quantity - discount < floor * quantity
