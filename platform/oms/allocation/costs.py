"""What a plan costs by the measure of the optimising mode: freight, splits, and units that nobody serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms.allocation.plan import AllocationPlan, Demand
from oms.allocation.policy import AllocationPolicy
from oms.sourcing.place import Destination, Place, kilometres

_ZERO = Decimal(0)
_CENTS = Decimal("0.0001")
_PRIORITIES = Decimal(6)  # the factor of priority 5 is 1


@dataclass(frozen=True, slots=True)
class PlanCost:
    """In the tenant's currency, with four decimals."""

    freight: Decimal = _ZERO
    split: Decimal = _ZERO
    unfilled: Decimal = _ZERO

    @property
    def total(self) -> Decimal:
        return self.freight + self.split + self.unfilled

    def __add__(self, other: PlanCost) -> PlanCost:
        return PlanCost(
            self.freight + other.freight, self.split + other.split, self.unfilled + other.unfilled
        )  # fmt: skip

    def to_json(self) -> dict[str, str]:
        parts = {"freight": self.freight, "split": self.split, "unfilled": self.unfilled, "total": self.total}
        return {name: format(amount.quantize(Decimal("0.01")), "f") for name, amount in parts.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTariff:
    """What serving one order costs.

    base      location -> for anything that it sends
    per_unit  (location, SKU) -> for each base unit; absent: 0
    split     for each location beyond the first
    unfilled  for each base unit that is not promised
    """

    base: Mapping[UUID, Decimal]
    per_unit: Mapping[tuple[UUID, UUID], Decimal]
    split: Decimal
    unfilled: Decimal

    def cost(self, plan: AllocationPlan) -> PlanCost:
        locations = plan.locations
        freight = sum((self.base.get(place, _ZERO) for place in locations), _ZERO)
        freight += sum(
            (pick.quantity * self.per_unit.get((pick.location_id, pick.sku_id), _ZERO) for pick in plan.picks), _ZERO
        )
        short = sum(plan.short.values(), _ZERO)
        return PlanCost(
            freight=freight.quantize(_CENTS), split=self.split * max(len(locations) - 1, 0),
            unfilled=(self.unfilled * short).quantize(_CENTS),
        )  # fmt: skip


def tariff_for(
    policy: AllocationPolicy, places: Sequence[Place], to: Destination, demand: Sequence[Demand],
    grams: Mapping[UUID, Decimal], priority: int,
) -> OrderTariff:  # fmt: skip
    """By the rule's table of freight; where it has no row, by the distance; where that is unknown too, nothing."""
    base: dict[UUID, Decimal] = {}
    per_unit: dict[tuple[UUID, UUID], Decimal] = {}
    for place in places:
        row = policy.rule.freight.row_for(place, to) if policy.rule.freight else None
        if row is None:
            base[place.id] = (kilometres(place, to) or _ZERO) * policy.costs.per_km
            continue
        base[place.id] = row.base
        for line in demand:
            per_unit[place.id, line.sku_id] = row.per_kg * grams.get(line.sku_id, _ZERO) / 1000
    return OrderTariff(
        base=base, per_unit=per_unit, split=policy.costs.split,
        unfilled=policy.costs.unfilled * (priority + 1) / _PRIORITIES,
    )  # fmt: skip
