"""A batch as the optimising mode sees it: who could be promised what, and which limits they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from oms.allocation.batch import Counter, Entry
from oms.allocation.candidates import Candidate, Limits
from oms.allocation.optimise import Optimised, optimise
from oms.allocation.plan import AllocationPlan

_ZERO = Decimal(0)


def optimise_batch(
    counter: Counter, queue: Sequence[Entry], by_rules: Mapping[UUID, AllocationPlan], *, seconds: float
) -> Optimised:
    """counter: as it is before anybody is served; it stays so. by_rules: order -> what the rules give it in this batch,
    lots left out of account"""
    pools: dict[tuple[str, UUID, UUID], Decimal] = {}
    candidates = []
    for entry in queue:
        buyer, skus = entry.turn.buyer, [line.sku_id for line in entry.turn.demand]
        own = counter.promisable.own_of(buyer)
        available = counter.promisable.available_to(buyer, skus)
        for (place, sku), units in available.items():
            if sku in counter.promisable.rules:
                without_own = units - own.get((place, sku), _ZERO)
                key = (buyer.channel, place, sku)
                pools[key] = max(pools.get(key, _ZERO), without_own)
        candidates.append(
            Candidate(
                order_id=entry.order.id, demand=entry.turn.demand,
                places=[place.id for place in counter.places_for(entry)], available=available,
                rule=entry.policy.rule.for_order(entry.turn.values), tariff=counter.tariff(entry),
                by_rules=by_rules[entry.order.id], own=own, pool=buyer.channel,
            )
        )  # fmt: skip
    limits = Limits(
        free={key: max(units, _ZERO) for key, units in counter.promisable.free.items()}, pools=pools,
        capacity=counter.known.capacity.left,
    )  # fmt: skip
    return optimise(candidates, limits, seconds=seconds)
