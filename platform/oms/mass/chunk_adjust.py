"""Prices and amounts of a chunk that plain SQL does not make: price tables, and rounding by unit or total.

The same functions as for a single order, over values that one statement brought.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kernel.db import Work
from kernel.db.json import dumps
from oms.mass.chunk_context import Context, good_seqs, read_contexts
from oms.placement.plan import apply_tables
from oms.placement.policy import OrderPolicy
from oms.pricing.amounts import PricedQuantity, line_amounts

if TYPE_CHECKING:
    from oms.mass.place_chunk import ImportSettings

_TO_ADJUST = """
SELECT m.id, m.seq, m.list_price, m.price, m.price_trace, m.ordered, m.tax_rate, m.customer_id,
  m.custom AS line_custom, o.custom AS order_custom
FROM m_lines m JOIN m_orders o ON o.seq = m.seq AND NOT o.bad AND o.known IS NULL ORDER BY m.seq, m.line_no
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
    contexts = read_contexts(work, settings, good_seqs(work), priced=False)
    adjusted = []
    for row in lines_to_adjust(work):
        values = line_values(row, contexts[row.seq], row.list_price)
        price, trace = apply_tables(row.list_price, row.price_trace, values, policy, work.now, work.today)
        adjusted.append({"id": row.id, "price": price, "trace": trace})
    work.execute(_ADJUSTED, {"rows": dumps(adjusted)})


def lines_to_adjust(work: Work) -> list[Any]:
    """The lines of the orders that will be placed, by order and number."""
    return work.rows(_TO_ADJUST)


def line_values(row: Any, context: Context, price: Decimal) -> dict[str, Any]:
    """As oms.placement.subjects.line_values has them."""
    order = context.order
    return {
        "line": {
            **context.lines[row.id], "unit_price": price, "amount": price * row.ordered, "cf": row.line_custom,
        },
        "order": {
            "channel": order["channel"], "order_type": order["order_type"], "customer": order["customer"],
            "ship_to": order["ship_to"], "requested_on": order["requested_on"], "cf": row.order_custom,
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
