"""What promotions took off a placed order, and its charges, as the order shrinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.db.json import dumps
from kernel.money import Money, apportion

_CHARGES = """
SELECT coalesce(sum(net), 0) AS net, coalesce(sum(tax), 0) AS tax FROM order_charges
WHERE tenant_id = %(tenant)s AND order_id = %(order)s
"""
_DROP = """
UPDATE order_charges SET net = 0, tax = 0, gross = 0 WHERE tenant_id = %(tenant)s AND order_id = %(order)s
"""
_ADJUSTMENTS = """
SELECT id, line_id, amount FROM order_adjustments
WHERE tenant_id = %(tenant)s AND order_id = %(order)s AND line_id = ANY(%(lines)s) ORDER BY line_id, id
"""
_SHRINK = """
WITH wanted AS (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (id uuid, amount numeric)), gone AS (
  DELETE FROM order_adjustments a USING wanted w WHERE a.tenant_id = %(tenant)s AND a.id = w.id AND w.amount = 0
)
UPDATE order_adjustments a SET amount = w.amount FROM wanted w
WHERE a.tenant_id = %(tenant)s AND a.id = w.id AND w.amount > 0
"""


@dataclass(frozen=True, slots=True)
class Charged:
    """Sums of an order's charges."""

    net: Decimal
    tax: Decimal


def read_charges(work: Work, order_id: UUID) -> Charged:
    """What the order is charged beside its lines."""
    row = work.row(_CHARGES, {"tenant": work.tenant_id, "order": order_id})
    assert row is not None
    return Charged(row.net, row.tax)


def drop_charges(work: Work, order_id: UUID) -> Charged:
    """Nothing is left of the order, so nothing is charged; what was asked for stays as `price`."""
    work.execute(_DROP, {"tenant": work.tenant_id, "order": order_id})
    return Charged(Decimal(0), Decimal(0))


def shrink_adjustments(work: Work, order_id: UUID, currency: str, discounts: Mapping[UUID, Decimal]) -> None:
    """Shares what is left of each line's discount out to its adjustments, as they stood to each other.

    discounts  line id -> its discount now, at most what its adjustments add up to
    """
    if not discounts:
        return
    parameters = {"tenant": work.tenant_id, "order": order_id, "lines": list(discounts)}
    of_line: dict[UUID, list[Any]] = {}
    for row in work.rows(_ADJUSTMENTS, parameters):
        of_line.setdefault(row.line_id, []).append(row)
    rows = []
    for line_id, adjustments in of_line.items():
        shares = apportion(Money(discounts[line_id], currency), [row.amount for row in adjustments])
        rows += [{"id": row.id, "amount": share.amount} for row, share in zip(adjustments, shares, strict=True)]
    work.execute(_SHRINK, {"tenant": work.tenant_id, "rows": dumps(rows)})
