"""What a row of a price list comes to for one base unit in the order's currency: SQL that every path shares.

`e` is the row, `l` its list with `rate` (null where the currencies are the same), `s` the SKU, `eu` the packaging unit.
A price of a packaging unit is divided by its exact factor and a foreign one multiplied by the rate, in one step, and
rounded once, to the eight decimals of a unit price.
"""

from __future__ import annotations

_FACTOR = "CASE WHEN e.unit IS NULL OR e.unit = s.base_unit THEN 1 ELSE eu.factor END"
BASE_PRICE = f"round(e.unit_price * coalesce(l.rate, 1) / ({_FACTOR}), 8)"
FLOOR_PRICE = f"round(e.floor_price * coalesce(l.rate, 1) / ({_FACTOR}), 8)"
