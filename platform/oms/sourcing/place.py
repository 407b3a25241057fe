"""Where goods may come from and where they go, as sourcing sees it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

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
    postal_code: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingFacts:
    """What strategies may know beside the units; empty where no strategy of the rule asks.

    expires     (location, SKU) -> first day on which its first lot fit for the buyer may no longer be sold
    received    (location, SKU) -> day on which its oldest fit lot came
    grams       SKU -> weight of one base unit
    left_today  location -> orders that it still takes today; absent: any number
    """

    expires: Mapping[tuple[UUID, UUID], date] = field(default_factory=dict)
    received: Mapping[tuple[UUID, UUID], date] = field(default_factory=dict)
    grams: Mapping[UUID, Decimal] = field(default_factory=dict)
    left_today: Mapping[UUID, int] = field(default_factory=dict)


NO_FACTS = SourcingFacts()


def is_full(place: Place, facts: SourcingFacts) -> bool:
    """Whether the location has all the orders of today that it takes."""
    return facts.left_today.get(place.id, 1) <= 0


def great_circle_km(lat1: Decimal, lon1: Decimal, lat2: Decimal, lon2: Decimal) -> float:
    """Distance on a sphere of the earth's mean radius. Source: haversine formula."""
    a1, o1, a2, o2 = (math.radians(float(value)) for value in (lat1, lon1, lat2, lon2))
    half = math.sin((a2 - a1) / 2) ** 2 + math.cos(a1) * math.cos(a2) * math.sin((o2 - o1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(half))


def kilometres(place: Place, to: Destination) -> Decimal | None:
    """Whole kilometres as the crow flies; None where either end has no coordinates."""
    if place.latitude is None or place.longitude is None or to.latitude is None or to.longitude is None:
        return None
    return Decimal(round(great_circle_km(place.latitude, place.longitude, to.latitude, to.longitude)))
