"""What it costs to send goods from a location to a destination: a tenant's table, read row by most fitting row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from oms.sourcing.place import Destination, Place

_GRAMS_PER_KG = Decimal(1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreightRow:
    """An empty location, country, region or postal prefix fits any.

    base    for a parcel of any weight, in the tenant's currency
    per_kg  for each kilogram, begun ones by their share
    """

    location: str = ""
    country: str = ""
    region: str = ""
    postal_prefix: str = ""
    base: Decimal
    per_kg: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class FreightTable:
    """Rows of a rule's `freight`, in its order. The row that says most about the destination holds; among equals one
    that names the location, then the first."""

    rows: Sequence[FreightRow]

    def row_for(self, place: Place, to: Destination) -> FreightRow | None:
        """None where no row fits."""
        fitting = [row for row in self.rows if row.location in ("", place.key) and _fits(row, to)]
        return max(fitting, key=_specificity) if fitting else None

    def cost(self, place: Place, to: Destination, grams: Decimal) -> Decimal | None:
        """In the tenant's currency, unrounded; None where no row fits."""
        row = self.row_for(place, to)
        return None if row is None else row.base + row.per_kg * grams / _GRAMS_PER_KG


def _fits(row: FreightRow, to: Destination) -> bool:
    return destination_fits(to, row.country, row.region, row.postal_prefix)


def destination_fits(to: Destination, country: str, region: str, postal_prefix: str) -> bool:
    """Whether an address lies where a row of a table says; "" is anywhere."""
    if country and country != to.country:
        return False
    if region and region.casefold() != to.region.casefold():
        return False
    return to.postal_code.replace(" ", "").casefold().startswith(postal_prefix.replace(" ", "").casefold())


def _specificity(row: FreightRow) -> tuple[int, bool, bool, bool]:
    return (*destination_specificity(row.country, row.region, row.postal_prefix), bool(row.location))


def destination_specificity(country: str, region: str, postal_prefix: str) -> tuple[int, bool, bool]:
    """How much a row says about the destination; the greater says more."""
    return len(postal_prefix.replace(" ", "")), bool(region), bool(country)
