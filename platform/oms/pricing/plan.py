"""Which price holds: pure decisions over the candidates that one query brought.

Resolution (documented for tenants in README.md, and the same in every path):
1. Currency, validity, activity and target are hard filters; the query applies them.
2. A list without a tier at or below the quantity is out.
3. The narrower scope wins: contract, customer, customer group, channel, region, base.
4. Within a scope a list in the order's own currency comes before one that is converted, then the higher priority
   wins, then the list made last. A tie is never an error.
5. Within the list the largest tier at or below the quantity holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from kernel.i18n import N_
from oms.pricing.models import SCOPES

_PRICE_DIGITS = Decimal("0.00000001")
_SCOPE_RANK = {scope: rank for rank, scope in enumerate(SCOPES)}

LOST_SCOPE = N_("a narrower list comes first")
LOST_CURRENCY = N_("a list in the currency of the order comes first")
LOST_PRIORITY = N_("another list of this scope has a higher priority")
LOST_OLDER = N_("another list of this scope and priority is newer")
LOST_TIER = N_("a higher tier of this list holds")
NO_TIER = N_("no tier starts at or below the quantity")


@dataclass(frozen=True, slots=True)
class PriceCandidate:
    """One tier of one list that may hold for one SKU.

    unit_price  of one base unit, in the order's currency
    unit        the packaging unit that the list prices; None: the base unit
    stated      the price as the list has it, of one `unit` and in the list's currency
    rate        from the list's currency to the order's; None where they are the same
    floor       of one base unit, in the order's currency: what it may not be sold below
    """

    list_id: UUID
    list_key: str
    scope: str
    priority: int
    min_quantity: Decimal
    unit_price: Decimal
    unit: str | None = None
    stated: Decimal | None = None
    currency: str | None = None
    rate: Decimal | None = None
    floor: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriceChoice:
    """The price that holds, and why the others do not.

    winner  None where no list prices the SKU at this quantity
    losers  (candidate, reason as an English sentence for `kernel.i18n`)
    """

    winner: PriceCandidate | None
    losers: tuple[tuple[PriceCandidate, str], ...] = field(default=())

    def trace(self) -> dict[str, Any]:
        return {
            "winner": _candidate_json(self.winner) if self.winner else None,
            "losers": [{**_candidate_json(candidate), "because": because} for candidate, because in self.losers],
        }


def choose_price(candidates: Iterable[PriceCandidate], quantity: Decimal) -> PriceChoice:
    """The candidate that holds for `quantity` base units, by the resolution above."""
    by_list: dict[UUID, list[PriceCandidate]] = {}
    losers: list[tuple[PriceCandidate, str]] = []
    for candidate in candidates:
        if candidate.min_quantity <= quantity:
            by_list.setdefault(candidate.list_id, []).append(candidate)
        else:
            losers.append((candidate, NO_TIER))
    best: list[PriceCandidate] = []
    for tiers in by_list.values():
        tiers.sort(key=lambda tier: tier.min_quantity)
        best.append(tiers[-1])
        losers += [(tier, LOST_TIER) for tier in tiers[:-1]]
    if not best:
        return PriceChoice(winner=None, losers=tuple(losers))
    best.sort(key=_rank)
    winner = best[0]
    losers += [(candidate, _why_lost(candidate, winner)) for candidate in best[1:]]
    return PriceChoice(winner=winner, losers=tuple(losers))


def _rank(candidate: PriceCandidate) -> tuple[int, bool, int, int]:
    # UUIDv7: the list made last has the greatest id.
    converted = candidate.rate is not None
    return _SCOPE_RANK[candidate.scope], converted, -candidate.priority, -candidate.list_id.int


def _why_lost(candidate: PriceCandidate, winner: PriceCandidate) -> str:
    if candidate.scope != winner.scope:
        return LOST_SCOPE
    if (candidate.rate is None) != (winner.rate is None):
        return LOST_CURRENCY
    return LOST_PRIORITY if candidate.priority != winner.priority else LOST_OLDER


def _candidate_json(candidate: PriceCandidate) -> dict[str, Any]:
    told: dict[str, Any] = {
        "list": candidate.list_key,
        "scope": candidate.scope,
        "priority": candidate.priority,
        "from_quantity": str(candidate.min_quantity.normalize()),
        "unit_price": format(candidate.unit_price, "f"),
    }
    if candidate.unit is not None:
        told["unit"] = candidate.unit
    if candidate.rate is not None:
        told |= {"currency": candidate.currency, "rate": format(candidate.rate.normalize(), "f")}
    if (candidate.unit is not None or candidate.rate is not None) and candidate.stated is not None:
        told["stated"] = format(candidate.stated.normalize(), "f")
    return told


def floor_of(winner: PriceCandidate | None, list_price: Decimal, below_percent: Decimal | None) -> Decimal | None:
    """The lowest price of one base unit that nobody is asked about: the highest of the floors there are."""
    floors = [] if winner is None or winner.floor is None else [winner.floor]
    if below_percent is not None:
        floors.append((list_price * (100 - below_percent) / 100).quantize(_PRICE_DIGITS, rounding=ROUND_HALF_UP))
    return max(floors, default=None)


def next_tier(candidates: Sequence[PriceCandidate], choice: PriceChoice, quantity: Decimal) -> PriceCandidate | None:
    """The next cheaper tier of the winning list, for "12 more: 5 % less"."""
    if choice.winner is None:
        return None
    above = [
        tier
        for tier in candidates
        if tier.list_id == choice.winner.list_id
        and tier.min_quantity > quantity
        and tier.unit_price < choice.winner.unit_price
    ]
    return min(above, key=lambda tier: tier.min_quantity, default=None)
