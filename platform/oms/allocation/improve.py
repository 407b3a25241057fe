"""Improves the plan of many orders that compete, a few at a time: while the others keep what they have, some are
planned anew at the least cost. Each step is kept only if it costs less, so the plan never gets worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from time import monotonic
from uuid import UUID

from oms.allocation.candidates import Candidate, Limits
from oms.allocation.part_model import PartModel
from oms.allocation.plan import AllocationPlan

_ZERO = Decimal(0)
_SAME_EVERY_TIME = 7
_SECONDS_AT_ONCE = 0.5
_PASSES_IN_VAIN = 3


def cost_of(orders: Sequence[Candidate], plans: Mapping[UUID, AllocationPlan]) -> Decimal:
    return sum((one.tariff.cost(plans[one.order_id]).total for one in orders), _ZERO)


def improve(orders: Sequence[Candidate], limits: Limits, *, seconds: float, at_once: int) -> dict[UUID, AllocationPlan]:
    """order -> plan; ends when the time is over, or when three passes over all orders change nothing.

    at_once  orders that are planned anew together
    """
    deadline = monotonic() + seconds
    plans = {one.order_id: one.by_rules for one in orders}
    left = _Left(limits)
    for one in orders:
        left.take(one, plans[one.order_id], -1)
    chance = Random(_SAME_EVERY_TIME)  # noqa: S311  (which orders are looked at together, not a secret)
    in_vain = 0
    while in_vain < _PASSES_IN_VAIN and monotonic() < deadline:
        in_vain += 1
        mixed = list(orders)
        chance.shuffle(mixed)
        for start in range(0, len(mixed), at_once):
            if monotonic() >= deadline:
                break
            if _plan_anew(mixed[start : start + at_once], plans, left, deadline):
                in_vain = 0
    return plans


def _plan_anew(some: Sequence[Candidate], plans: dict[UUID, AllocationPlan], left: _Left, deadline: float) -> bool:
    """Whether it costs less now."""
    for one in some:
        left.take(one, plans[one.order_id], +1)
    anew = [
        replace(one, by_rules=plans[one.order_id], available=left.available(one)) for one in some
    ]  # fmt: skip
    seconds = max(min(_SECONDS_AT_ONCE, deadline - monotonic()), 0.01)
    found, _proven = PartModel(anew, left.limits()).solve(seconds)
    better = found is not None and cost_of(some, found) < cost_of(some, plans)
    if found is not None and better:
        plans |= found
    for one in some:
        left.take(one, plans[one.order_id], -1)
    return better


class _Left:
    """What the limits still let through while all others keep what they have."""

    def __init__(self, limits: Limits) -> None:
        self.free, self.pools, self.capacity = dict(limits.free), dict(limits.pools), dict(limits.capacity)

    def take(self, one: Candidate, plan: AllocationPlan, sign: int) -> None:
        """sign: -1 takes what the plan needs, +1 gives it back."""
        taken: dict[tuple[UUID, UUID], Decimal] = {}
        for pick in plan.picks:
            key = (pick.location_id, pick.sku_id)
            taken[key] = taken.get(key, _ZERO) + pick.quantity
        for key, units in taken.items():
            beyond = max(units - one.own.get(key, _ZERO), _ZERO) * sign
            self.free[key] = self.free.get(key, _ZERO) + beyond
            if (one.pool, *key) in self.pools:
                self.pools[one.pool, *key] += beyond
        for place in plan.locations if one.rule.leaves_full_out else ():
            if place in self.capacity:
                self.capacity[place] += sign

    def available(self, one: Candidate) -> dict[tuple[UUID, UUID], Decimal]:
        """What the order could have at most now."""
        return {
            key: min(units, max(self.free.get(key, _ZERO), _ZERO) + one.own.get(key, _ZERO))
            for key, units in one.available.items()
        }

    def limits(self) -> Limits:
        return Limits(free=dict(self.free), pools=dict(self.pools), capacity=dict(self.capacity))
