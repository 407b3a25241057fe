"""Periods, tiers and what a turnover earns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.money import round_amount

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Tier:
    """From this turnover on, `percent` of the whole of it is given back."""

    from_turnover: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Earned:
    """next: the tier that more turnover would reach; None above the last"""

    percent: Decimal
    amount: Decimal
    next: Tier | None


def period_of(kind: str, day: date) -> tuple[date, date]:
    """(first day, first day after it) of the month, quarter or year that a day lies in.

    >>> period_of("quarter", date(2026, 11, 22))
    (datetime.date(2026, 10, 1), datetime.date(2027, 1, 1))
    """
    months = _MONTHS[kind]
    first = (day.month - 1) // months * months + 1
    after = first + months
    return date(day.year, first, 1), date(day.year + (after > 12), (after - 1) % 12 + 1, 1)


def earned(turnover: Decimal, tiers: Sequence[Tier], currency: str) -> Earned:
    """The highest tier that the turnover reaches holds for all of it."""
    ranked = sorted(tiers, key=lambda tier: tier.from_turnover)
    reached = [tier for tier in ranked if tier.from_turnover <= turnover]
    percent = reached[-1].percent if reached else Decimal(0)
    above = [tier for tier in ranked if tier.from_turnover > turnover]
    amount = round_amount(turnover * percent / 100, currency)
    return Earned(percent=percent, amount=amount, next=above[0] if above else None)
