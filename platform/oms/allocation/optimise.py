"""The optimising mode: a batch of orders at the least freight, split cost and unfilled units, as an integer programme
that HiGHS solves. Pure: values in, picks out.

Orders that compete for nothing are solved by themselves; only those that want the same scarce units, or the same
places of a full day, go into one model. Every part starts from what the rules would do and is never worse by the same
measure, also where the time is over before the best is proven. A part of many orders is improved a few at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from uuid import UUID

from oms.allocation.candidates import Candidate, Limits
from oms.allocation.improve import cost_of, improve
from oms.allocation.part_model import PartModel
from oms.allocation.plan import AllocationPlan

_ZERO = Decimal(0)
_Key = tuple[UUID, UUID]  # (location, SKU)
LEAST_SECONDS = 0.05  # for a part of the batch, however little is left
MOST_AT_ONCE = 30  # orders of which the best is looked for in one model


@dataclass(frozen=True, slots=True)
class Optimised:
    """plans   order -> its picks and what stays short
    proven  False: the time was over before the best was proven for every part
    """

    plans: Mapping[UUID, AllocationPlan]
    proven: bool


def optimise(orders: Sequence[Candidate], limits: Limits, *, seconds: float) -> Optimised:
    """seconds: for all of it, > 0. The same orders and limits give the same plans while the time suffices."""
    deadline = monotonic() + seconds
    plans: dict[UUID, AllocationPlan] = {}
    proven = True
    parts = sorted(_parts(orders, limits), key=len)
    for number, part in enumerate(parts):
        left = max((deadline - monotonic()) / (len(parts) - number), LEAST_SECONDS)
        if number == len(parts) - 1:
            left = max(deadline - monotonic(), LEAST_SECONDS)
        rules = {one.order_id: one.by_rules for one in part}
        if len(part) > MOST_AT_ONCE:
            plans |= improve(part, limits, seconds=left, at_once=MOST_AT_ONCE)
            proven = False
            continue
        found, best = PartModel(part, limits).solve(left)
        proven = proven and best
        plans |= rules if found is None or cost_of(part, found) >= cost_of(part, rules) else found
    return Optimised(plans, proven)


def _wants(one: Candidate) -> dict[_Key, Decimal]:
    """(location, SKU) -> the most that the order could take there of units that are not its own."""
    open_units: dict[UUID, Decimal] = {}
    for line in one.demand:
        open_units[line.sku_id] = open_units.get(line.sku_id, _ZERO) + line.open
    return {
        (place, sku): max(min(one.available.get((place, sku), _ZERO), units) - one.own.get((place, sku), _ZERO), _ZERO)
        for place in one.places
        for sku, units in open_units.items()
    }


def _parts(orders: Sequence[Candidate], limits: Limits) -> list[list[Candidate]]:
    """Orders that compete directly or through others, together; each part in the order given."""
    leader = {one.order_id: one.order_id for one in orders}

    def find(order: UUID) -> UUID:
        while leader[order] != order:
            leader[order] = leader[leader[order]]
            order = leader[order]
        return order

    for group in _rivals(orders, limits):
        for order in group[1:]:
            leader[find(order)] = find(group[0])
    parts: dict[UUID, list[Candidate]] = {}
    for one in orders:
        parts.setdefault(find(one.order_id), []).append(one)
    return list(parts.values())


def _rivals(orders: Sequence[Candidate], limits: Limits) -> Iterable[list[UUID]]:
    """Groups of orders that cannot all have what they could take."""
    wanted: dict[_Key, list[tuple[Candidate, Decimal]]] = {}
    for one in orders:
        for key, units in _wants(one).items():
            if units > 0:
                wanted.setdefault(key, []).append((one, units))
    for (place, sku), all_of_it in wanted.items():
        if sum((units for _, units in all_of_it), _ZERO) > limits.free.get((place, sku), _ZERO):
            yield [one.order_id for one, _ in all_of_it]
        for pool in sorted({one.pool for one, _ in all_of_it}):
            of_pool = [(one, units) for one, units in all_of_it if one.pool == pool]
            limit = limits.pools.get((pool, place, sku))
            if limit is not None and sum((units for _, units in of_pool), _ZERO) > limit:
                yield [one.order_id for one, _ in of_pool]
    for place, most in limits.capacity.items():
        takers = [one.order_id for one in orders if one.rule.leaves_full_out and place in one.places]
        if len(takers) > most:
            yield takers
