"""Splits locations into those that an allocation rule lets take part and those it leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from oms.sourcing.place import Destination, Place


class LocationFilter(Protocol):
    """Says whether a rule lets a location take part; reads `location.*` and `order.*`."""

    def __call__(self, values: Mapping[str, Any], *, now: datetime, today: date) -> bool: ...


def location_subject(place: Place) -> dict[str, Any]:
    return {
        "key": place.key, "kind": place.kind, "country": place.country, "region": place.region,
        "priority": Decimal(place.priority), "tags": sorted(place.tags), "cf": place.custom,
    }  # fmt: skip


def choose_places(
    places: Sequence[Place],
    takes_part: LocationFilter | None,
    order_values: Mapping[str, Any],
    *,
    now: datetime,
    today: date,
) -> tuple[list[Place], list[Place]]:
    """(those that take part, those left out), each in the order given."""
    if takes_part is None:
        return list(places), []
    chosen: list[Place] = []
    left_out: list[Place] = []
    for place in places:
        values = {**order_values, "location": location_subject(place)}
        (chosen if takes_part(values, now=now, today=today) else left_out).append(place)
    return chosen, left_out


def destination_of(address: Mapping[str, Any]) -> Destination:
    """What sourcing needs of an order's address."""
    return Destination(
        country=address.get("country") or "", region=address.get("region") or "",
        postal_code=address.get("postal_code") or "",
        latitude=_coordinate(address.get("latitude")), longitude=_coordinate(address.get("longitude")),
    )  # fmt: skip


def _coordinate(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
