"""One order's turn: what it may be promised of what is left, by which rule, and the trace of that. Serves placement,
the single order, files and batches alike, so they cannot disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from oms.allocation.facts import KnownFacts
from oms.allocation.plan import AllocationPlan, Demand, plan_allocation, positions_seen
from oms.allocation.policy import AllocationPolicy
from oms.allocation.promise_picks import held_back, promise_picks
from oms.reservations.promisable import Buyer, Promisable
from oms.sourcing.choose_places import choose_places, destination_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An order whose turn it is.

    values  {"order": {…}} as rules read it
    """

    buyer: Buyer
    demand: Sequence[Demand]
    ship_to: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decided:
    """trace: of the decision log"""

    plan: AllocationPlan
    trace: Mapping[str, Any]


def decide_turn(
    turn: Turn, policy: AllocationPolicy, promisable: Promisable, known: KnownFacts, *, now: datetime, today: date
) -> Decided:
    """Plans the order over what is left. Nothing is taken yet: `take_turn` does that."""
    skus = [line.sku_id for line in turn.demand]
    available = promisable.available_to(turn.buyer, skus)
    places, left_out = choose_places(promisable.stock.places, policy.takes_part, turn.values, now=now, today=today)
    plan = plan_allocation(
        turn.demand, places, available, rule=policy.rule.for_order(turn.values),
        destination=destination_of(turn.ship_to), left_out=left_out,
        facts=known.of(promisable, turn.buyer, frozenset(skus)),
    )  # fmt: skip
    seen = positions_seen(turn.demand, promisable.stock.places, available)
    trace = {"document": policy.source, "rounds": plan.rounds, "positions": seen, **held_back(promisable)}
    return Decided(plan, trace)


def take_turn(turn: Turn, decided: Decided, promisable: Promisable, known: KnownFacts) -> AllocationPlan:
    """The plan with its lots bound; what is left for the next order is lowered."""
    if turn.buyer.order_id is not None:
        known.used(turn.buyer.order_id, decided.plan)
    return promise_picks(promisable, turn.buyer, decided.plan)
