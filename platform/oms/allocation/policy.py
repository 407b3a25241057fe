"""An allocation rule, ready to plan with."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from oms.allocation.queue import DEFAULT_QUEUE, QueueKey
from oms.allocation.rule import SourcingRule
from oms.sourcing.choose_places import LocationFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCosts:
    """In the tenant's currency.

    split     for each location of an order beyond its first
    unfilled  for each base unit that an order of priority 5 is not promised; (priority + 1) sixths of it for others
    per_km    for each kilometre from a location that ships, where the freight table has no row
    """

    split: Decimal = Decimal(5)
    unfilled: Decimal = Decimal(100)
    per_km: Decimal = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPolicy:
    """source      the document, "allocation_rule/standard"
    on_short    what becomes of units that nobody can promise when an order is placed: backorder them, put a stock
                hold on the order, or reject it
    takes_part  which locations the rule lets take part; None: all
    days_ahead  how many days before they are due planned deliveries are promised stock
    queue       who is served first where orders compete
    may_take_from_lower  an order may be given units that were promised to orders of a lower priority
    costs       what the optimising mode weighs
    """

    source: str
    rule: SourcingRule
    on_short: Literal["backorder", "hold", "reject"]
    takes_part: LocationFilter | None = None
    days_ahead: int = 0
    queue: tuple[QueueKey, ...] = DEFAULT_QUEUE
    may_take_from_lower: bool = False
    costs: BatchCosts = field(default_factory=BatchCosts)

    @property
    def reads_orders(self) -> bool:
        """Whether the rule looks at more of an order than its lines and where it goes."""
        return self.takes_part is not None or self.rule.no_split_below is not None
