"""What a priced order must be looked at for: the order type's price floor and its review rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kernel.i18n import N_
from oms.placement.commands import HoldPlaced
from oms.placement.planned import PlannedOrder
from oms.placement.policy import OrderPolicy, ReviewHit

BELOW_FLOOR = N_("a price is below its floor")


@dataclass(frozen=True, slots=True)
class Screened:
    """trace: what the review rules found, for the decision log; None where there are none"""

    holds: tuple[HoldPlaced, ...] = ()
    notes: tuple[dict[str, Any], ...] = ()
    trace: dict[str, Any] | None = None


def screen(
    order: PlannedOrder, values: Mapping[str, Any], policy: OrderPolicy, *, now: datetime, today: date
) -> Screened:
    """Each rule may put a typed hold on the order, or note something. values: as `oms.orders.subject` declares"""
    holds: list[HoldPlaced] = []
    if policy.floor is not None and policy.floor.hold and any(line.below_floor for line in order.lines):
        holds.append(HoldPlaced(type="review", reason=BELOW_FLOOR, source=f"order_type/{policy.key}"))
    if policy.review is None:
        return Screened(holds=tuple(holds))
    notes: list[dict[str, Any]] = []
    hits: Sequence[ReviewHit] = policy.review.evaluate(values, now=now, today=today)
    for hit in hits:
        source = f"{policy.review.source}#{hit.rule_id}"
        if hit.outcome == "hold":
            holds.append(HoldPlaced(type=hit.hold_type, reason=hit.reason, source=source))
        elif hit.outcome == "note":
            notes.append({"reason": hit.reason, "source": source})
    found = [{"rule": hit.rule_id, "outcome": hit.outcome, "why": hit.trace} for hit in hits]
    return Screened(tuple(holds), tuple(notes), {"document": policy.review.source, "hits": found})
