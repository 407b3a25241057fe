"""The orders and lines of a chunk as expressions of custom fields read them, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel.db import Work
from oms.orders.order_values import discount_percent, is_below_floor

if TYPE_CHECKING:
    from oms.mass.place_chunk import ImportSettings

_ROWS = """
SELECT h.seq, h.outside_number, h.requested_on, h.priority, h.promise_on, h.buyer_note, h.ship_to,
  c.number, c.name, c.kind,
  g.key AS customer_group, c.tags, c.grade, c.ship_complete, c.payment_terms_days, c.custom AS customer_custom,
  (SELECT to_jsonb(a) FROM customer_addresses a
    WHERE a.tenant_id = %(tenant)s AND a.customer_id = c.id AND a.is_default_shipping ORDER BY a.id LIMIT 1) AS own,
  (SELECT jsonb_agg(jsonb_build_object('id', l.id, 'sku', l.sku, 'product', p.code, 'category', p.category,
      'brand', p.brand, 'quantity', l.ordered, 'unit_price', l.price, 'list_price', l.list_price, 'net', l.net,
      'tax', l.tax, 'gross', l.gross, 'discount', l.discount, 'floor_price', l.floor_price,
      'product_cf', p.custom) ORDER BY l.line_no)
    FROM m_lines l JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
    JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id WHERE l.seq = h.seq) AS lines
FROM (
  SELECT DISTINCT ON (m.seq) m.seq, m.outside_number, m.customer_id, m.requested_on, m.promise_on,
    coalesce(m.priority, 5) AS priority,
    coalesce(m.values ->> 'buyer_note', '') AS buyer_note,
    jsonb_strip_nulls(jsonb_build_object('region', m.values ->> 'ship_to.region', 'city', m.values ->> 'ship_to.city',
      'postal_code', m.values ->> 'ship_to.postal_code', 'country', m.values ->> 'ship_to.country',
      'street', m.values ->> 'ship_to.street', 'recipient', m.values ->> 'ship_to.recipient')) AS ship_to
  FROM m_rows m ORDER BY m.seq, m.row_no
) h
LEFT JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = h.customer_id
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
WHERE h.seq = ANY(%(seqs)s)
"""
_GOOD = "SELECT seq, charge_net, charge_tax FROM m_orders WHERE NOT bad AND known IS NULL"


@dataclass(frozen=True, slots=True)
class Context:
    """order: without its custom values and lines; lines: by the id that the line will have"""

    order: Mapping[str, Any]
    lines: Mapping[UUID, Mapping[str, Any]]


def read_contexts(work: Work, settings: ImportSettings, seqs: Iterable[int], *, priced: bool) -> dict[int, Context]:
    """By seq. priced: only of orders that will be placed, with what pricing gave."""
    charged = {row.seq: (row.charge_net, row.charge_tax) for row in work.rows(_GOOD)} if priced else {}
    rows = work.rows(_ROWS, {"tenant": work.tenant_id, "seqs": list(charged) if priced else list(seqs)})
    return {row.seq: _context(work, settings, row, charged.get(row.seq)) for row in rows}


def good_seqs(work: Work) -> list[int]:
    """The orders of the chunk that will be placed."""
    return [row.seq for row in work.rows(_GOOD)]


def _context(work: Work, settings: ImportSettings, row: Any, charged: tuple[Decimal, Decimal] | None) -> Context:
    """charged: (net, tax) of charges beside the lines; None where there are no prices yet"""
    lines = {UUID(line["id"]): _line(line, charged is not None) for line in row.lines or ()}
    order: dict[str, Any] = {
        "channel": settings.channel, "order_type": settings.order_type, "currency": work.tenant.currency,
        "customer": _customer(row), "ship_to": row.ship_to or row.own or {}, "requested_on": row.requested_on,
        "priority": Decimal(row.priority), "promise_on": row.promise_on, "buyer_note": row.buyer_note,
        "tags": [], "outside_number": row.outside_number,
    }  # fmt: skip
    if charged is not None:
        net, tax = (
            sum((Decimal(line[part]) for line in row.lines), beside)
            for part, beside in zip(("net", "tax"), charged, strict=True)
        )
        order |= {
            "net_total": net, "tax_total": tax, "total": net + tax, "line_count": Decimal(len(lines)),
            "quantity": sum((line["quantity"] for line in lines.values()), Decimal(0)),
            "discount_percent": max((line["discount_percent"] for line in lines.values()), default=Decimal(0)),
            "promotion_discount": sum((line["promotion_discount"] for line in lines.values()), Decimal(0)),
            "below_floor": any(line["below_floor"] for line in lines.values()),
        }  # fmt: skip
    return Context(order, lines)


def _customer(row: Any) -> dict[str, Any]:
    if row.number is None:
        return {}
    return {
        "number": row.number, "name": row.name, "kind": row.kind, "group": row.customer_group,
        "tags": list(row.tags), "grade": row.grade, "payment_terms_days": Decimal(row.payment_terms_days),
        "ship_complete": row.ship_complete,
        "cf": row.customer_custom,
    }  # fmt: skip


def _line(line: Mapping[str, Any], priced: bool) -> dict[str, Any]:
    quantity = Decimal(line["quantity"])
    found = {
        "sku": line["sku"], "product": line["product"], "category": line["category"], "brand": line["brand"],
        "quantity": quantity, "product_cf": line["product_cf"],
    }  # fmt: skip
    if not priced:
        return found
    unit_price, list_price = Decimal(line["unit_price"]), Decimal(line["list_price"])
    return {
        **found, "unit_price": unit_price, "amount": unit_price * quantity, "net": Decimal(line["net"]),
        "gross": Decimal(line["gross"]), "discount_percent": discount_percent(list_price, unit_price),
        "promotion_discount": Decimal(line["discount"]),
        "below_floor": is_below_floor(
            unit_price, quantity, Decimal(line["discount"]),
            None if line["floor_price"] is None else Decimal(line["floor_price"]),
        ),
    }  # fmt: skip
