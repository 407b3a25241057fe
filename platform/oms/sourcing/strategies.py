"""Strategies that rank locations. Each gives a rank (lower is better) or abstains with None.

A weighted sum was refused: merchants cannot predict it. Ranks are compared strategy by strategy, and a tie goes
to the next one; the location's own priority and then its key decide at last (Spree and Shopify do the same).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

Rank = Decimal | None
_EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A location as sourcing sees it."""

    id: UUID
    key: str
    name: str
    kind: str
    country: str
    region: str
    latitude: Decimal | None
    longitude: Decimal | None
    priority: int
    tags: frozenset[str]
    custom: Mapping[str, Any] = field(default_factory=dict)  # values of the tenant's own fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where the goods go; empty or None where unknown."""

    country: str = ""
    region: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a strategy may look at when it ranks a location.

    open_quantity  line -> base units nobody has promised yet
    coverage       line -> base units that this location could promise
    """

    destination: Destination
    open_quantity: Mapping[UUID, Decimal]
    coverage: Mapping[UUID, Decimal]


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
    target = situation.destination
    if place.latitude is None or place.longitude is None or target.latitude is None or target.longitude is None:
        return None
    return Decimal(round(great_circle_km(place.latitude, place.longitude, target.latitude, target.longitude)))


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


def great_circle_km(lat1: Decimal, lon1: Decimal, lat2: Decimal, lon2: Decimal) -> float:
    """Distance on a sphere of the earth's mean radius. Source: haversine formula."""
    a1, o1, a2, o2 = (math.radians(float(value)) for value in (lat1, lon1, lat2, lon2))
    half = math.sin((a2 - a1) / 2) ** 2 + math.cos(a1) * math.cos(a2) * math.sin((o2 - o1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(half))


STRATEGIES: Mapping[str, Strategy] = {
    "fewest_splits": fewest_splits,
    "priority": priority,
    "in_region": in_region,
    "nearest": nearest,
    "most_stock": most_stock,
    "kind_order": kind_order,
}
