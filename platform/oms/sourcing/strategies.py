"""Strategies that rank locations. Each gives a rank (lower is better) or abstains with None.

A weighted sum was refused: merchants cannot predict it. Ranks are compared strategy by strategy, and a tie goes
to the next one; the location's own priority and then its key decide at last (Spree and Shopify do the same).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.sourcing.freight import FreightTable, destination_fits, destination_specificity
from oms.sourcing.place import NO_FACTS, Destination, Place, SourcingFacts, is_full, kilometres

Rank = Decimal | None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a strategy may look at when it ranks a location.

    open_quantity  line -> base units nobody has promised yet
    coverage       line -> base units that this location could promise
    skus           line -> its SKU
    freight        the rule's table; None: it has none
    """

    destination: Destination
    open_quantity: Mapping[UUID, Decimal]
    coverage: Mapping[UUID, Decimal]
    skus: Mapping[UUID, UUID] = field(default_factory=dict)
    facts: SourcingFacts = NO_FACTS
    freight: FreightTable | None = None

    @property
    def covered_skus(self) -> list[UUID]:
        """SKUs of which this location could promise units."""
        return [self.skus[line] for line, units in self.coverage.items() if units > 0 and line in self.skus]


Strategy = Callable[[Place, Situation, Mapping[str, Any]], Rank]


def fewest_splits(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """Lines that would stay open if this location gave all it has; units decide among equals."""
    open_lines, open_units, total = 0, Decimal(0), Decimal(0)
    for line, wanted in situation.open_quantity.items():
        missing = max(wanted - situation.coverage.get(line, Decimal(0)), Decimal(0))
        open_lines += missing > 0
        open_units += missing
        total += wanted
    return open_lines + (open_units / (total + 1) if total else Decimal(0))


def priority(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """The location's own priority."""
    return Decimal(place.priority)


def in_region(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """0 in the destination's region, 1 in its country, 2 elsewhere; abstains where the country is unknown."""
    if not situation.destination.country or not place.country:
        return None
    if place.country != situation.destination.country:
        return Decimal(2)
    same = bool(place.region) and place.region == situation.destination.region
    return Decimal(0) if same else Decimal(1)


def nearest(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """Kilometres by great circle (haversine); abstains where either end has no coordinates."""
    return kilometres(place, situation.destination)


def most_stock(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """The location that could promise the most units of the open lines."""
    return -sum(
        (min(situation.coverage.get(line, Decimal(0)), wanted) for line, wanted in situation.open_quantity.items()),
        Decimal(0),
    )


def kind_order(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """By kind, in the order that the rule gives, e.g. {"kinds": ["warehouse", "store"]}; others come last."""
    kinds = list(params.get("kinds", ()))
    return Decimal(kinds.index(place.kind) if place.kind in kinds else len(kinds))


def region_table(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """Position in the list of locations that the table gives for the destination; abstains on locations that the row
    does not name, and where no row fits. The row that says most holds: postal prefix, then region, then country."""
    to = situation.destination
    fitting = [row for row in params["rows"] if destination_fits(to, *_where(row))]
    if not fitting:
        return None
    best = max(fitting, key=lambda row: destination_specificity(*_where(row)))
    return Decimal(best["locations"].index(place.key)) if place.key in best["locations"] else None


def _where(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row.get("country", ""), row.get("region", ""), row.get("postal_prefix", "")


def earliest_expiry(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """The location whose lot of a wanted SKU expires first (FEFO over locations); a day as its number. Abstains where
    nothing that it has expires."""
    days = [situation.facts.expires.get((place.id, sku)) for sku in situation.covered_skus]
    known = [day.toordinal() for day in days if day is not None]
    return Decimal(min(known)) if known else None


def oldest_stock(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """The location whose lot of a wanted SKU came first (FIFO over locations); a day as its number. Abstains where
    stock is not kept by lot."""
    days = [situation.facts.received.get((place.id, sku)) for sku in situation.covered_skus]
    known = [day.toordinal() for day in days if day is not None]
    return Decimal(min(known)) if known else None


def cheapest_freight(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """What it would cost to send all open units from here, by the rule's freight table, whatever part of them is
    there: so that a location does not seem cheap because it sends less. Abstains where no row fits."""
    if situation.freight is None:
        return None
    grams = sum(
        (
            units * situation.facts.grams.get(situation.skus[line], Decimal(0))
            for line, units in situation.open_quantity.items()
            if line in situation.skus
        ),
        Decimal(0),
    )
    return situation.freight.cost(place, situation.destination, grams)


def location_group(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """By the first of the tags that the location has, in the order that the rule gives; others come last."""
    groups = list(params["groups"])
    return Decimal(next((at for at, tag in enumerate(groups) if tag in place.tags), len(groups)))


def capacity_per_day(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """0 for a location that still takes an order today, 1 for one that is full."""
    return Decimal(1 if is_full(place, situation.facts) else 0)


def drop_ship_last(place: Place, situation: Situation, params: Mapping[str, Any]) -> Rank:
    """0 for what the tenant ships himself, 1 for a supplier that ships for him."""
    return Decimal(1 if place.kind == "supplier" else 0)


STRATEGIES: Mapping[str, Strategy] = {
    "fewest_splits": fewest_splits,
    "priority": priority,
    "in_region": in_region,
    "nearest": nearest,
    "most_stock": most_stock,
    "kind_order": kind_order,
    "region_table": region_table,
    "earliest_expiry": earliest_expiry,
    "oldest_stock": oldest_stock,
    "cheapest_freight": cheapest_freight,
    "location_group": location_group,
    "capacity_per_day": capacity_per_day,
    "drop_ship_last": drop_ship_last,
}
