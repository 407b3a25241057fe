"""What an allocation rule says of one order, as the plan reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from oms.sourcing.freight import FreightTable

Partial = Literal["allow", "whole_line", "whole_order"]


@dataclass(frozen=True, slots=True)
class RankedStrategy:
    """One strategy of an allocation rule, with its parameters."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingRule:
    """strategies    compared in order; the first that tells two locations apart decides
    allow_split      False: one location ships the whole order, or nobody ships any of it
    whole_lines      True: a line is never split over locations
    partial          allow: whatever is there is promised; whole_line: a line is promised when all its open units are
                     there, at whatever locations; whole_order: nothing is until all of the order is
    no_split_below   an order of a lower total is not split; None: the total does not matter
    freight          what sending costs; None: unknown
    """

    strategies: tuple[RankedStrategy, ...]
    allow_split: bool = True
    whole_lines: bool = False
    partial: Partial = "allow"
    no_split_below: Decimal | None = None
    freight: FreightTable | None = None

    def for_order(self, values: Mapping[str, Any]) -> SourcingRule:
        """The rule as it holds for one order: too small an order is not split, and a customer who takes his orders
        whole waits for the last unit. values: {"order": {…}} as `oms.orders.subject` declares it"""
        order = values.get("order", {})
        rule = self
        if self.allow_split and self.no_split_below is not None and order.get("total", 0) < self.no_split_below:
            rule = replace(rule, allow_split=False)
        if self.partial != "whole_order" and order.get("customer", {}).get("ship_complete"):
            rule = replace(rule, partial="whole_order")
        return rule

    def asks(self, *names: str) -> bool:
        """Whether one of these strategies ranks."""
        return any(strategy.name in names for strategy in self.strategies)

    @property
    def leaves_full_out(self) -> bool:
        """Whether locations that have their orders of the day get no more."""
        return any(
            strategy.name == "capacity_per_day" and strategy.params.get("full") == "leave_out"
            for strategy in self.strategies
        )
