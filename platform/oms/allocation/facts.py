"""What strategies know beside units: weights, lots, and how many orders of today a location has. Nothing is read that
no rule asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.db import Work
from oms.allocation.plan import AllocationPlan
from oms.allocation.rule import SourcingRule
from oms.inventory.lock_positions import LockedStock
from oms.reservations.promisable import Buyer, Promisable
from oms.sourcing.place import NO_FACTS, SourcingFacts

_GRAMS = "SELECT id, weight_grams FROM skus WHERE tenant_id = %(tenant)s AND id = ANY(%(skus)s) AND weight_grams > 0"
# Locks are taken in key order here as well; a full location refuses the next order only if that one waits for this.
_CAPACITY = """
SELECT id, daily_capacity FROM locations
WHERE tenant_id = %(tenant)s AND id = ANY(%(places)s) AND daily_capacity IS NOT NULL ORDER BY id
"""
# A statement of its own: it must see what was committed while the locks were waited for.
_ORDERS_OF_TODAY = """
SELECT a.location_id, count(DISTINCT a.order_id) AS orders,
  array_agg(DISTINCT a.order_id) FILTER (WHERE a.order_id = ANY(%(orders)s)) AS own
FROM allocations a
WHERE a.tenant_id = %(tenant)s AND a.at >= %(since)s AND a.location_id = ANY(%(places)s) AND a.released < a.quantity
GROUP BY a.location_id
"""


@dataclass(slots=True)
class DayCapacity:
    """Orders that locations still take today. One object serves a whole batch: each order lowers what is left."""

    left: dict[UUID, int] = field(default_factory=dict)
    counted: dict[UUID, set[UUID]] = field(default_factory=dict)

    def for_order(self, order_id: UUID | None) -> dict[UUID, int]:
        """location -> orders that it still takes; one that has this order already takes more of it."""
        return {
            place: max(left, 1) if order_id in self.counted.get(place, ()) else left
            for place, left in self.left.items()
        }

    def use(self, order_id: UUID, places: Iterable[UUID]) -> None:
        for place in places:
            if place in self.left and order_id not in self.counted.setdefault(place, set()):
                self.counted[place].add(order_id)
                self.left[place] -= 1


@dataclass(slots=True)
class KnownFacts:
    """What was read once for one order or for a batch."""

    grams: dict[UUID, Decimal]
    capacity: DayCapacity
    lots_matter: bool

    def of(self, promisable: Promisable, buyer: Buyer, skus: Collection[UUID]) -> SourcingFacts:
        """As it stands for one buyer now."""
        if not (self.grams or self.capacity.left or self.lots_matter):
            return NO_FACTS
        expires: dict[tuple[UUID, UUID], date] = {}
        received: dict[tuple[UUID, UUID], date] = {}
        for place, sku in promisable.lots if self.lots_matter else ():
            lots = promisable.fit_lots(buyer, (place, sku)) if sku in skus else ()
            ends = [lot.expires_on for lot in lots if lot.expires_on is not None]
            if ends:
                expires[place, sku] = min(ends)
            if lots:
                received[place, sku] = min(lot.received_on for lot in lots)
        left_today = self.capacity.for_order(buyer.order_id)
        return SourcingFacts(expires=expires, received=received, grams=self.grams, left_today=left_today)

    def trial(self) -> KnownFacts:
        """One like this to try on; nothing of it comes back here."""
        capacity = DayCapacity(
            left=dict(self.capacity.left), counted={place: set(ids) for place, ids in self.capacity.counted.items()}
        )
        return KnownFacts(grams=self.grams, capacity=capacity, lots_matter=self.lots_matter)

    def used(self, order_id: UUID, plan: AllocationPlan) -> None:
        """The plan holds: its locations have one order more today."""
        self.capacity.use(order_id, plan.locations)


def load_facts(
    work: Work,
    rules: Iterable[SourcingRule],
    stock: LockedStock,
    skus: Sequence[UUID],
    orders: Sequence[UUID] = (),
    *,
    weights: bool = False,
    lock: bool = True,
) -> KnownFacts:
    """After the positions are locked. No statement where no rule asks; one for weights, two for capacities.

    orders   those about to be planned, so that a location that has one already does not count it twice
    weights  read weights whatever the rules ask
    lock     False: only to try something
    """
    asked = list(rules)
    weigh = weights or any(rule.asks("cheapest_freight") for rule in asked)
    return KnownFacts(
        grams=_grams(work, skus) if weigh else {},
        capacity=_capacity(work, stock, orders, lock) if any(rule.asks("capacity_per_day") for rule in asked)
        else DayCapacity(),
        lots_matter=any(rule.asks("earliest_expiry", "oldest_stock") for rule in asked),
    )  # fmt: skip


def _grams(work: Work, skus: Sequence[UUID]) -> dict[UUID, Decimal]:
    rows = work.rows(_GRAMS, {"tenant": work.tenant_id, "skus": sorted(set(skus))})
    return {row.id: row.weight_grams for row in rows}


def _capacity(work: Work, stock: LockedStock, orders: Sequence[UUID], lock: bool) -> DayCapacity:
    places = [place.id for place in stock.places]
    limits = work.rows(
        f"{_CAPACITY} FOR NO KEY UPDATE" if lock else _CAPACITY, {"tenant": work.tenant_id, "places": places}
    )
    if not limits:
        return DayCapacity()
    parameters = {
        "tenant": work.tenant_id, "places": [row.id for row in limits], "orders": list(orders),
        "since": start_of_day(work.today, work.tenant.zone),
    }  # fmt: skip
    used = {row.location_id: row for row in work.rows(_ORDERS_OF_TODAY, parameters)}
    return DayCapacity(
        left={row.id: row.daily_capacity - (used[row.id].orders if row.id in used else 0) for row in limits},
        counted={place: set(row.own or ()) for place, row in used.items()},
    )


def start_of_day(day: date, zone: str) -> datetime:
    """The instant at which a tenant-local day begins."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
