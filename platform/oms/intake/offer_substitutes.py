"""What may be taken instead of SKUs that are short, at the customer's own price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.errors import DomainError
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.policy import OrderPolicy
from oms.placement.quote_order import Quote, quote_order

MOST_OFFERED = 3
_BEST = """
SELECT x.sku_id, x.code FROM (
  SELECT b.sku_id, s.code, row_number() OVER (PARTITION BY b.sku_id ORDER BY b.rank, s.code) AS place
  FROM sku_substitutes b JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = b.substitute_id AND s.active
  WHERE b.tenant_id = %(tenant)s AND b.sku_id = ANY(%(skus)s)
) x WHERE x.place <= %(most)s ORDER BY x.sku_id, x.place
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """price: of one base unit; None where the customer has none. available: base units that could be promised now"""

    sku: str
    name: str
    price: Decimal | None
    unit: str
    available: Decimal


def offer_substitutes(
    work: Work, command: PlaceOrder, quoted: Quote, policy: OrderPolicy
) -> dict[str, Sequence[Substitute]]:
    """SKU that is short -> what is there instead, the best first. Nothing is read where nothing is short."""
    short: dict[UUID, tuple[str, Decimal]] = {
        line.sku.id: (line.sku.code, line.planned.ordered)
        for line in quoted.lines
        if line.sku is not None and line.planned is not None and line.planned.ordered > line.available
    }
    if not short:
        return {}
    wanted = work.rows(_BEST, {"tenant": work.tenant_id, "skus": list(short), "most": MOST_OFFERED})
    if not wanted:
        return {}
    lines = tuple(LineRequest(sku=row.code, quantity=short[row.sku_id][1]) for row in wanted)
    try:
        prices = quote_order(work, replace(command, lines=lines, coupons=()), policy)
    except DomainError:  # what is wrong with the order is said of the order itself
        return {}
    found: dict[str, list[Substitute]] = {}
    for row, line in zip(wanted, prices.lines, strict=True):
        if line.sku is not None and line.available > 0:
            found.setdefault(short[row.sku_id][0], []).append(
                Substitute(
                    sku=line.sku.code, name=line.sku.name, unit=line.sku.base_unit, available=line.available,
                    price=line.planned.unit_price if line.planned else None,
                )
            )  # fmt: skip
    return dict(found)
