"""Available to promise by day: a pure function of what is free, what is on its way, and who waits already.

Of one day it is the sum over locations of max(0, free + receipts until that day), less the units that earlier orders
wait for. A location that lacks safety stock uses its receipts to fill that up first, and does not take from another's
units. A receipt that is late may come any day; it is counted from tomorrow on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Due:
    """Base units that a location expects and that have not come yet."""

    location_id: UUID
    due_on: date
    units: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """now       units that can be promised at once, after those who wait
    steps     (day, units that can be promised until then in all), days ascending, units ascending
    sellable  units that an order placed now would be promised, whoever waits
    """

    now: Decimal
    steps: tuple[tuple[date, Decimal], ...]
    sellable: Decimal = _ZERO

    def earliest(self, units: Decimal, today: date) -> date | None:
        """The first day on which so many are there; None where nothing that is known now suffices."""
        if units <= self.now:
            return today
        return next((day for day, there in self.steps if there >= units), None)

    def on(self, day: date) -> Decimal:
        """Units that can be promised for that day."""
        return max([self.now, *(there for step, there in self.steps if step <= day)])


def outlook(
    free: Mapping[UUID, Decimal], due: Sequence[Due], waiting: Decimal, today: date
) -> tuple[Mapping[UUID, Decimal], tuple[tuple[date, Mapping[UUID, Decimal]], ...]]:
    """What each location could give, now and from each day on which something comes.

    free     location -> on hand - allocated - reserved - safety stock; below 0 where stock is short
    waiting  units that orders were accepted for and that nobody has promised yet, >= 0: they go first
    returns  (location -> units now, ((day, location -> units), …)); the waiting units are taken from all locations in
             turn, in their order
    """
    places = list(dict.fromkeys([*free, *(each.location_id for each in due)]))
    standing = {place: free.get(place, _ZERO) for place in places}
    now = _less_waiting(standing, waiting)
    tomorrow = today + timedelta(days=1)
    steps = []
    for day in sorted({max(each.due_on, tomorrow) for each in due}):
        for each in due:
            if max(each.due_on, tomorrow) == day:
                standing[each.location_id] += each.units
        steps.append((day, _less_waiting(standing, waiting)))
    return now, tuple(steps)


def _less_waiting(standing: Mapping[UUID, Decimal], waiting: Decimal) -> dict[UUID, Decimal]:
    left = {place: max(units, _ZERO) for place, units in standing.items()}
    for place in left:
        taken = min(left[place], waiting)
        left[place] -= taken
        waiting -= taken
    return left
