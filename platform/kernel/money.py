"""Exact money. Never a float; in JSON a string.

Unit prices carry up to eight decimals (`numeric(20,8)`), amounts are rounded to their currency's digits
(`numeric(20,4)`), quantities are `numeric(18,4)` in a product's base unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from enum import StrEnum
from functools import cache
from math import lcm

from babel.numbers import get_currency_precision


class RoundingMode(StrEnum):
    """How a tenant rounds a half cent. `half_up` rounds halves away from zero."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    UP = "up"
    DOWN = "down"


_DECIMAL_MODE = {
    RoundingMode.HALF_UP: ROUND_HALF_UP,
    RoundingMode.HALF_EVEN: ROUND_HALF_EVEN,
    RoundingMode.UP: ROUND_UP,
    RoundingMode.DOWN: ROUND_DOWN,
}


@cache
def currency_digits(currency: str) -> int:
    """Decimals of an ISO 4217 currency: 2 for USD and CNY, 0 for JPY, 3 for KWD. Source: CLDR through Babel."""
    return get_currency_precision(currency)


_WIDE = Context(prec=100)  # no amount that can be computed is too long to be rounded


@cache
def smallest_unit(currency: str) -> Decimal:
    """One cent: 0.01 for USD, 1 for JPY."""
    return Decimal(1).scaleb(-currency_digits(currency))


def round_amount(amount: Decimal, currency: str, mode: RoundingMode = RoundingMode.HALF_UP) -> Decimal:
    """`amount` rounded to the digits of `currency`."""
    return amount.quantize(smallest_unit(currency), rounding=_DECIMAL_MODE[mode], context=_WIDE)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency. Sums of two currencies are a bug, so they raise."""

    amount: Decimal
    currency: str

    def __init__(self, amount: Decimal | str | int, currency: str) -> None:
        object.__setattr__(self, "amount", Decimal(amount))
        object.__setattr__(self, "currency", currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.amount


def apportion(amount: Money, weights: Sequence[Decimal | int]) -> tuple[Money, ...]:
    """Share `amount` out by `weights` without losing or making a cent.

    amount   rounded to its currency's digits (10.50 EUR, 1050 JPY); negative for a refund
    weights  one per share, each >= 0, at least one > 0
    returns  the shares in the order of `weights`; they sum to `amount`
    raises   ValueError if a weight is < 0 or none is > 0: the caller's bug, not bad input
    source   largest-remainder method; a tie goes to the earlier share
    >>> [str(share.amount) for share in apportion(Money("1.00", "EUR"), [1, 1, 1])]
    ['0.34', '0.33', '0.33']
    """
    if any(weight < 0 for weight in weights) or not any(weight > 0 for weight in weights):
        raise ValueError("weights must be >= 0, and one of them > 0")
    cent = smallest_unit(amount.currency)
    cents = int(abs(amount.amount) / cent)
    # In whole numbers: a quotient cut off after 28 digits would decide ties by chance.
    ratios = [Decimal(weight).as_integer_ratio() for weight in weights]
    common = lcm(*(denominator for _, denominator in ratios))
    whole = [numerator * (common // denominator) for numerator, denominator in ratios]
    total = sum(whole)
    shares = [cents * weight // total for weight in whole]
    by_remainder = sorted(range(len(whole)), key=lambda i: (-(cents * whole[i] % total), i))
    for index in by_remainder[: cents - sum(shares)]:
        shares[index] += 1
    sign = -1 if amount.amount < 0 else 1
    return tuple(Money(sign * share * cent, amount.currency) for share in shares)
