"""Prices and amounts of a chunk that plain SQL does not make: price tables, and rounding by unit or total.

The same functions as for a single order, over values that one statement brought.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kernel.db import Work
from kernel.db.json import dumps
from oms.placement.plan import apply_tables
from oms.placement.policy import OrderPolicy
from oms.pricing.amounts import PricedQuantity, line_amounts

if TYPE_CHECKING:
    from oms.mass.place_chunk import ImportSettings

_TO_ADJUST = """
SELECT m.id, m.sku, p.code AS product, p.category, p.brand, m.ordered, m.list_price, m.price_trace, m.country,
  c.number, c.name, c.kind, g.key AS group_key, c.tags, c.payment_terms_days, c.custom, o.custom AS order_custom,
  m.custom AS line_custom, p.custom AS product_custom
FROM m_lines m
JOIN m_orders o ON o.seq = m.seq AND NOT o.bad AND o.known IS NULL
JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = m.sku_id
JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = m.customer_id
LEFT JOIN customer_groups g ON g.tenant_id = %(tenant)s AND g.id = c.group_id
"""
_ADJUSTED = """
UPDATE m_lines m SET price = x.price, price_trace = x.trace
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, price numeric, trace jsonb) WHERE m.id = x.id
"""
_TO_ROUND = """
SELECT m.id, m.seq, m.price, m.ordered, m.tax_rate FROM m_lines m
JOIN m_orders o ON o.seq = m.seq AND NOT o.bad AND o.known IS NULL ORDER BY m.seq, m.line_no
"""
_ROUNDED = """
UPDATE m_lines m SET net = x.net, tax = x.tax, gross = x.gross
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, net numeric, tax numeric, gross numeric) WHERE m.id = x.id
"""


def adjust_prices(work: Work, settings: ImportSettings, policy: OrderPolicy) -> None:
    """Runs the order type's price tables over every line of the chunk."""
    adjusted = []
    for row in work.rows(_TO_ADJUST, {"tenant": work.tenant_id}):
        price, trace = apply_tables(
            row.list_price, row.price_trace, _values(row, settings), policy, work.now, work.today
        )
        adjusted.append({"id": row.id, "price": price, "trace": trace})
    work.execute(_ADJUSTED, {"rows": dumps(adjusted)})


def _values(row: Any, settings: ImportSettings) -> dict[str, Any]:
    """As oms.placement.plan.line_values has them."""
    return {
        "line": {
            "sku": row.sku, "product": row.product, "category": row.category, "brand": row.brand,
            "quantity": row.ordered, "unit_price": row.list_price, "amount": row.list_price * row.ordered,
            "cf": row.line_custom, "product_cf": row.product_custom,
        },
        "order": {
            "channel": settings.channel, "order_type": settings.order_type,
            "customer": {
                "number": row.number, "name": row.name, "kind": row.kind, "group": row.group_key,
                "tags": list(row.tags), "payment_terms_days": Decimal(row.payment_terms_days), "cf": row.custom,
            },
            "ship_to": {"country": row.country}, "requested_on": None, "cf": row.order_custom,
        },
    }  # fmt: skip


def amounts_by_order(work: Work, policy: OrderPolicy) -> None:
    """Rounds each order as its type says, by `line_amounts`."""
    rounded = []
    for _, group in groupby(work.rows(_TO_ROUND), key=lambda row: row.seq):
        lines = list(group)
        amounts = line_amounts(
            [PricedQuantity(line.price, line.ordered, line.tax_rate) for line in lines],
            currency=work.tenant.currency, prices_include_tax=policy.prices_include_tax, rounding=policy.rounding,
        )  # fmt: skip
        rounded += [
            {"id": line.id, "net": amount.net, "tax": amount.tax, "gross": amount.gross}
            for line, amount in zip(lines, amounts, strict=True)
        ]
    work.execute(_ROUNDED, {"rows": dumps(rounded)})
