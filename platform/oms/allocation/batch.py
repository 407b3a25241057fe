"""Serves a batch of orders over shared stock, one after the other in the order of the queue. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from oms.allocation.costs import OrderTariff, PlanCost, tariff_for
from oms.allocation.decide import Decided, Turn, decide_turn, take_turn
from oms.allocation.facts import KnownFacts
from oms.allocation.plan import AllocationPlan, positions_seen
from oms.allocation.policy import AllocationPolicy
from oms.inventory.lock_positions import LockedStock
from oms.orders.lock_order import LockedOrder
from oms.reservations.promisable import Promisable
from oms.sourcing.choose_places import choose_places, destination_of
from oms.sourcing.place import Place, is_full

_ZERO = Decimal(0)
_MOST_TOLD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An order of the batch, as it stands."""

    order: LockedOrder
    policy: AllocationPolicy
    turn: Turn


@dataclass(frozen=True, slots=True)
class Served:
    """What one order got. plan: with lots; trace: of the decision log; cost: by the optimising mode's measure"""

    entry: Entry
    plan: AllocationPlan
    trace: Mapping[str, Any]
    cost: PlanCost

    @property
    def changed(self) -> bool:
        """Whether there is anything to write: units, or other backorders than were known."""
        known = {line.id: line.backordered for line in self.entry.order.lines}
        return bool(self.plan.picks) or any(
            known[line.line_id] != self.plan.short.get(line.line_id, _ZERO) for line in self.entry.turn.demand
        )


@dataclass(slots=True)
class Counter:
    """Where orders are served: what is left goes down with each."""

    promisable: Promisable
    known: KnownFacts
    now: datetime
    today: date
    taken: dict[UUID, list[dict[str, str]]] = field(default_factory=dict)  # SKU -> who got how many, in turn

    def trial(self) -> Counter:
        return replace(self, promisable=self.promisable.trial(), known=self.known.trial(), taken={})

    @property
    def stock(self) -> LockedStock:
        return self.promisable.stock

    def places_for(self, entry: Entry) -> list[Place]:
        """Locations that may ship the order, by key."""
        chosen, _left_out = choose_places(
            self.stock.places, entry.policy.takes_part, entry.turn.values, now=self.now, today=self.today
        )
        return sorted(chosen, key=lambda place: place.key)

    def tariff(self, entry: Entry) -> OrderTariff:
        to = destination_of(entry.turn.ship_to)
        return tariff_for(
            entry.policy, self.stock.places, to, entry.turn.demand, self.known.grams, entry.order.priority
        )

    def serve_by_rule(self, entry: Entry, place_in_queue: tuple[int, int], more: Mapping[str, Any]) -> Served:
        """By the order's own rule, over what is left. place_in_queue: (position from 1 on, of so many)"""
        decided = decide_turn(
            entry.turn, entry.policy, self.promisable, self.known, now=self.now, today=self.today
        )  # fmt: skip
        return self._take(entry, decided, place_in_queue, more)

    def serve_as_planned(
        self, entry: Entry, plan: AllocationPlan, place_in_queue: tuple[int, int], more: Mapping[str, Any]
    ) -> Served | None:
        """As a plan says that was made before; None where it no longer fits what is there."""
        if not self._still_fits(entry, plan):
            return None
        names = {place.id: place for place in self.stock.places}
        codes = {line.line_id: line.sku for line in entry.turn.demand}
        rounds = tuple(
            {
                "chosen": names[location].key, "name": names[location].name, "ranks": [], "losers": [],
                "gives": [
                    {"sku": codes[pick.line_id], "quantity": str(pick.quantity)}
                    for pick in plan.picks
                    if pick.location_id == location
                ],
            }
            for location in plan.locations
        )  # fmt: skip
        available = self.promisable.available_to(entry.turn.buyer, [line.sku_id for line in entry.turn.demand])
        seen = positions_seen(entry.turn.demand, self.stock.places, available)
        trace = {"document": entry.policy.source, "rounds": rounds, "positions": seen}
        return self._take(entry, Decided(replace(plan, rounds=rounds), trace), place_in_queue, more)

    def _still_fits(self, entry: Entry, plan: AllocationPlan) -> bool:
        wanted = {line.line_id: line.open for line in entry.turn.demand}
        given: dict[UUID, Decimal] = dict(plan.short)
        taken: dict[tuple[UUID, UUID], Decimal] = {}
        for pick in plan.picks:
            given[pick.line_id] = given.get(pick.line_id, _ZERO) + pick.quantity
            key = (pick.location_id, pick.sku_id)
            taken[key] = taken.get(key, _ZERO) + pick.quantity
        if given != wanted:
            return False
        may_ship = {place.id: place for place in self.places_for(entry)}
        if any(location not in may_ship for location in plan.locations):
            return False
        available = self.promisable.available_to(entry.turn.buyer, [line.sku_id for line in entry.turn.demand])
        if any(units > available.get(key, _ZERO) for key, units in taken.items()):
            return False
        facts = self.known.of(self.promisable, entry.turn.buyer, ())
        full = entry.policy.rule.leaves_full_out
        return not any(full and is_full(may_ship[location], facts) for location in plan.locations)

    def _take(self, entry: Entry, decided: Decided, place_in_queue: tuple[int, int], more: Mapping[str, Any]) -> Served:
        plan = take_turn(entry.turn, decided, self.promisable, self.known)
        position, of = place_in_queue
        trace = {
            **decided.trace, **more,
            "queue": {"position": position, "of": of, "before": self._who_came_before(entry, plan)},
        }  # fmt: skip
        for line in entry.turn.demand:
            units = sum((pick.quantity for pick in plan.picks if pick.line_id == line.line_id), _ZERO)
            if units > 0:
                told = {"order": entry.order.number, "sku": line.sku, "quantity": str(units)}
                self.taken.setdefault(line.sku_id, []).append(told)
        return Served(entry, plan, trace, self.tariff(entry).cost(decided.plan))

    def _who_came_before(self, entry: Entry, plan: AllocationPlan) -> list[dict[str, str]]:
        """Orders of the batch that got units of what this one lacks, the last before it first."""
        lacking = dict.fromkeys(line.sku_id for line in entry.turn.demand if plan.short.get(line.line_id))
        return [told for sku in lacking for told in self.taken.get(sku, ())[::-1][:_MOST_TOLD]]


def serve_by_rules(counter: Counter, queue: Sequence[Entry]) -> list[Served]:
    """All orders, who stands first in the queue before the others."""
    of = len(queue)
    return [counter.serve_by_rule(entry, (at, of), {}) for at, entry in enumerate(queue, start=1)]


def serve_optimised(
    counter: Counter, queue: Sequence[Entry], plans: Mapping[UUID, AllocationPlan], by_rules: Mapping[UUID, PlanCost]
) -> list[Served]:
    """All orders as the optimising mode planned them. One whose plan no longer fits is served by its rule, after the
    others. Returned in the order of the queue."""
    of = len(queue)
    served: dict[UUID, Served] = {}
    again: list[tuple[int, Entry]] = []
    for at, entry in enumerate(queue, start=1):
        plan = plans.get(entry.order.id)
        more = {"mode": "optimise", **_compared(counter, entry, plan, by_rules)}
        one = counter.serve_as_planned(entry, plan, (at, of), more) if plan is not None else None
        if one is None:
            again.append((at, entry))
        else:
            served[entry.order.id] = one
    for at, entry in again:
        served[entry.order.id] = counter.serve_by_rule(entry, (at, of), {"mode": "optimise", "changed_since": True})
    return [served[entry.order.id] for entry in queue]


def _compared(
    counter: Counter, entry: Entry, plan: AllocationPlan | None, by_rules: Mapping[UUID, PlanCost]
) -> dict[str, Any]:
    """The parts of the cost, and those of what the rules would have done."""
    if plan is None or entry.order.id not in by_rules:
        return {}
    return {
        "cost": counter.tariff(entry).cost(plan).to_json(), "cost_by_rules": by_rules[entry.order.id].to_json()
    }  # fmt: skip
