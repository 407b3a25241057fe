"""Rows of a price list, many at once: judged row by row, and written as a set where none is at fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.i18n import N_

SKU_UNKNOWN = N_("There is no SKU {value}.")
UNIT_UNKNOWN = N_("This SKU is not sold by {value}.")
PRICE_INVALID = N_("“{value}” is no price: 0 or more, with at most eight decimals and twelve digits before them.")
QUANTITY_INVALID = N_(
    "“{value}” is no quantity: 0 or more, with at most four decimals and thirteen digits before them."
)
TWICE = N_("This SKU stands twice with the same quantity.")
_PRICE_LIMIT, _QUANTITY_LIMIT = Decimal(10) ** 12, Decimal(10) ** 13

_KNOWN = """
SELECT s.code, s.base_unit, coalesce(array_agg(u.unit) FILTER (WHERE u.unit IS NOT NULL), '{}') AS units
FROM skus s LEFT JOIN sku_units u ON u.tenant_id = %(tenant)s AND u.sku_id = s.id
WHERE s.tenant_id = %(tenant)s AND s.code = ANY(%(skus)s) GROUP BY s.code, s.base_unit
"""
_PUT = """
INSERT INTO price_list_entries (tenant_id, id, price_list_id, sku_id, min_quantity, unit_price, unit, floor_price)
SELECT %(tenant)s, new_id(), %(list)s, s.id, x.from_quantity, x.unit_price, nullif(x.unit, s.base_unit), x.floor
FROM unnest(%(skus)s::text[], %(quantities)s::numeric[], %(prices)s::numeric[], %(units)s::text[],
  %(floors)s::numeric[]) AS x (sku, from_quantity, unit_price, unit, floor)
JOIN skus s ON s.tenant_id = %(tenant)s AND s.code = x.sku
ON CONFLICT (tenant_id, sku_id, price_list_id, min_quantity) DO UPDATE SET unit_price = excluded.unit_price,
  unit = excluded.unit, floor_price = excluded.floor_price
"""
_REMOVE = """
DELETE FROM price_list_entries e USING skus s
WHERE e.tenant_id = %(tenant)s AND e.price_list_id = %(list)s AND s.tenant_id = %(tenant)s AND s.id = e.sku_id
  AND s.code = %(sku)s AND e.min_quantity = %(quantity)s
"""


@dataclass(frozen=True, slots=True)
class Tier:
    """From `from_quantity` base units on, one `unit` costs `unit_price`.

    unit         a packaging unit of the SKU; None: its base unit
    floor_price  of one `unit`: what it may not be sold below without being asked; None: no floor
    """

    sku: str
    unit_price: Decimal
    from_quantity: Decimal = Decimal(0)
    unit: str | None = None
    floor_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RowFault:
    """row: position in the rows that were given, from 0 on; field: of `Tier`"""

    row: int
    field: str
    code: str
    message: str
    value: str

    def problem(self) -> Problem:
        return Problem(f"/tiers/{self.row}/{self.field}", self.code, self.message, {"value": self.value})


def put_tiers(work: Work, list_id: UUID, tiers: Sequence[Tier], *, write: bool = True) -> list[RowFault]:
    """Makes or changes the rows, two statements however many. Where one is at fault none is written: all faults.

    write  False only judges
    """
    parameters = {"tenant": work.tenant_id, "skus": sorted({tier.sku for tier in tiers})}
    known = {row.code: {row.base_unit, *row.units} for row in work.rows(_KNOWN, parameters)}
    seen: set[tuple[str, Decimal]] = set()
    faults = []
    for position, tier in enumerate(tiers):
        faults += _faults(position, tier, known, seen)
    if not faults and write:
        work.execute(
            _PUT,
            {
                "tenant": work.tenant_id, "list": list_id, "skus": [tier.sku for tier in tiers],
                "quantities": [tier.from_quantity for tier in tiers], "prices": [tier.unit_price for tier in tiers],
                "units": [tier.unit for tier in tiers], "floors": [tier.floor_price for tier in tiers],
            },
        )  # fmt: skip
    return faults


def remove_tier(work: Work, list_id: UUID, sku: str, from_quantity: Decimal) -> bool:
    """Whether there was such a row."""
    parameters = {"tenant": work.tenant_id, "list": list_id, "sku": sku, "quantity": from_quantity}
    return work.execute(_REMOVE, parameters) > 0


def _faults(position: int, tier: Tier, known: dict[str, set[str]], seen: set[tuple[str, Decimal]]) -> list[RowFault]:
    found = []
    if tier.sku not in known:
        found.append(RowFault(position, "sku", "sku_unknown", SKU_UNKNOWN, tier.sku))
    elif tier.unit is not None and tier.unit not in known[tier.sku]:
        found.append(RowFault(position, "unit", "unit_unknown", UNIT_UNKNOWN, tier.unit))
    for name, price in (("unit_price", tier.unit_price), ("floor_price", tier.floor_price)):
        if price is not None and not _fits(price, _PRICE_LIMIT, 8):
            found.append(RowFault(position, name, "price_invalid", PRICE_INVALID, str(price)))
    if not _fits(tier.from_quantity, _QUANTITY_LIMIT, 4):
        found.append(RowFault(position, "from_quantity", "quantity_invalid", QUANTITY_INVALID, str(tier.from_quantity)))
    elif (tier.sku, tier.from_quantity) in seen:
        found.append(RowFault(position, "sku", "twice", TWICE, tier.sku))
    seen.add((tier.sku, tier.from_quantity))
    return found


def _fits(number: Decimal, limit: Decimal, digits: int) -> bool:
    return number.is_finite() and 0 <= number < limit and number == round(number, digits)
