"""What the optimising mode knows of a batch: orders with what they may get, and the limits that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from oms.allocation.costs import OrderTariff
from oms.allocation.plan import AllocationPlan, Demand
from oms.allocation.rule import SourcingRule

_Key = tuple[UUID, UUID]  # (location, SKU)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An order of the batch.

    places     locations that may ship it, in the order of their keys
    available  (location, SKU) -> base units that it could be promised if it came first
    own        (location, SKU) -> what of that is reserved for it, so that others do not compete for it
    pool       orders of one pool share limits (`Limits.pools`): a channel
    by_rules   what the rules give it in this batch
    """

    order_id: UUID
    demand: Sequence[Demand]
    places: Sequence[UUID]
    available: Mapping[_Key, Decimal]
    rule: SourcingRule
    tariff: OrderTariff
    by_rules: AllocationPlan
    own: Mapping[_Key, Decimal] = field(default_factory=dict)
    pool: str = ""

    @property
    def all_or_nothing(self) -> bool:
        return self.rule.partial == "whole_order" or not self.rule.allow_split


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """free      (location, SKU) -> units that nobody has
    pools     (pool, location, SKU) -> units that its orders may be promised together
    capacity  location -> orders that it still takes today, of those whose rule leaves full locations out
    """

    free: Mapping[_Key, Decimal]
    pools: Mapping[tuple[str, UUID, UUID], Decimal] = field(default_factory=dict)
    capacity: Mapping[UUID, int] = field(default_factory=dict)
