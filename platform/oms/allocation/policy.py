"""An allocation rule, ready to plan with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oms.allocation.plan import SourcingRule
from oms.sourcing.choose_places import LocationFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationPolicy:
    """source      the document, "allocation_rule/standard"
    on_short    what becomes of units that nobody can promise when an order is placed: backorder them, put a stock
                hold on the order, or reject it
    takes_part  which locations the rule lets take part; None: all
    days_ahead  how many days before they are due planned deliveries are promised stock
    """

    source: str
    rule: SourcingRule
    on_short: Literal["backorder", "hold", "reject"]
    takes_part: LocationFilter | None = None
    days_ahead: int = 0
