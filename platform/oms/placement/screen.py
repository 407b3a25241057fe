"""What a priced order must be looked at for: the order type's price floor and its review rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from kernel.i18n import N_
from oms.placement.commands import HoldPlaced
from oms.placement.planned import PlannedOrder
from oms.placement.policy import OrderPolicy, ReviewHit, risk_score

BELOW_FLOOR = N_("a price is below its floor")


@dataclass(frozen=True, slots=True)
class Screened:
    """trace: what the review rules found, for the decision log; None where there are none
    score    points that rules gave; refused: why the order is not to be taken at all, "" where it is. Where it cannot
             be refused any more, one of the holds stands for that
    """

    holds: tuple[HoldPlaced, ...] = ()
    notes: tuple[dict[str, Any], ...] = ()
    trace: dict[str, Any] | None = None
    score: int = 0
    refused: str = ""


def screen(
    order: PlannedOrder, values: Mapping[str, Any], policy: OrderPolicy, *, now: datetime, today: date
) -> Screened:
    """Each rule may put a typed hold on the order, or note something. values: as `oms.orders.subject` declares"""
    holds: list[HoldPlaced] = []
    if policy.floor is not None and policy.floor.hold and any(line.below_floor for line in order.lines):
        holds.append(HoldPlaced(type="review", reason=BELOW_FLOOR, source=f"order_type/{policy.key}"))
    if policy.review is None:
        return Screened(holds=tuple(holds))
    hits = policy.review.evaluate(values, now=now, today=today)
    reviewed = judge_hits(hits, policy.review.source)
    return replace(reviewed, holds=(*holds, *reviewed.holds))


def judge_hits(hits: Sequence[ReviewHit], source: str) -> Screened:
    """What rules that apply amount to. source: "review_rules/standard"; one order and a chunk of a file ask this."""
    holds: list[HoldPlaced] = []
    notes: list[dict[str, Any]] = []
    refused = ""
    for hit in hits:
        of_rule = f"{source}#{hit.rule_id}"
        if hit.outcome in {"hold", "refuse"}:
            holds.append(HoldPlaced(type=hit.hold_type, reason=hit.reason, source=of_rule))
            refused = refused or (hit.reason if hit.outcome == "refuse" else "")
        elif hit.outcome == "note":
            notes.append({"reason": hit.reason, "source": of_rule})
    score = risk_score(hits)
    found = [_told(hit) for hit in hits]
    trace = {"document": source, "hits": found, **({"score": score} if any(hit.points for hit in hits) else {})}
    return Screened(tuple(holds), tuple(notes), trace, score, refused)


def _told(hit: ReviewHit) -> dict[str, Any]:
    told = {"rule": hit.rule_id, "outcome": hit.outcome, "why": hit.trace}
    return {**told, "points": hit.points} if hit.points else told
