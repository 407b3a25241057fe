"""Planned deliveries of a line: how they are made, checked, and cut when the line changes. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

MOST_INSTALMENTS = 60
_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """quantity  base units, > 0"""

    due_on: date
    quantity: Decimal


def equal_parts(
    quantity: Decimal, parts: int, first: date, every: int, unit: Literal["weeks", "months"], *, whole: bool = True
) -> tuple[Instalment, ...]:
    """`parts` deliveries from `first` on, `every` so many weeks or months; the first ones take what does not divide.

    whole   parts of whole units where the quantity is whole; else they have four digits
    raises  ValueError where there is less to share than parts
    >>> [str(one.quantity) for one in equal_parts(Decimal(10), 3, date(2026, 1, 31), 1, "months")]
    ['4', '3', '3']
    >>> [str(one.due_on) for one in equal_parts(Decimal(10), 3, date(2026, 1, 31), 1, "months")]
    ['2026-01-31', '2026-02-28', '2026-03-31']
    """
    digits = Decimal(1) if whole and quantity == quantity.to_integral_value() else _DIGITS
    share = (quantity / parts).quantize(digits, rounding=ROUND_FLOOR)
    if parts < 1 or share <= 0:
        raise ValueError("less to share than parts")
    more = int((quantity - share * parts) / digits)
    return tuple(
        Instalment(due_on=_later(first, number * every, unit), quantity=share + (digits if number < more else 0))
        for number in range(parts)
    )


def _later(first: date, by: int, unit: str) -> date:
    if unit == "weeks":
        return first + timedelta(weeks=by)
    years, month = divmod(first.month - 1 + by, 12)
    year, month = first.year + years, month + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def due_units(instalments: Sequence[Instalment], until: date, wanted: Decimal) -> Decimal:
    """Units of a line that are wanted up to a day, that day included; all of it where nothing is planned."""
    if not instalments:
        return wanted
    return min(wanted, sum((one.quantity for one in instalments if one.due_on <= until), Decimal(0)))


def fitted(instalments: Sequence[Instalment], wanted: Decimal) -> tuple[Instalment, ...]:
    """The plan for a line of which `wanted` units are left: the last deliveries shrink first, and what comes on top
    comes with the last.

    >>> plan = [Instalment(due_on=date(2026, 1, day), quantity=Decimal(5)) for day in (1, 2, 3)]
    >>> [[str(one.quantity) for one in fitted(plan, Decimal(left))] for left in (7, 16)]
    [['5', '2'], ['5', '5', '6']]
    """
    plan = sorted(instalments, key=lambda one: one.due_on)
    kept: list[Instalment] = []
    left = wanted
    for one in plan:
        if left <= 0:
            break
        units = min(one.quantity, left)
        kept.append(Instalment(due_on=one.due_on, quantity=units))
        left -= units
    if left > 0 and kept:
        kept[-1] = Instalment(due_on=kept[-1].due_on, quantity=kept[-1].quantity + left)
    return tuple(kept)
