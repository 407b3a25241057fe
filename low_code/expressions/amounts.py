"""Arithmetic of money: one currency at a time, and empty where two meet."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kernel.money import Money
from low_code.expressions import numbers


def combine(operation: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Money, Money], Money | None]:
    """Addition or subtraction of two amounts."""

    def run(a: Money, b: Money) -> Money | None:
        return Money(operation(a.amount, b.amount), a.currency) if a.currency == b.currency else None

    return run


def scale(a: Money | Decimal, b: Money | Decimal) -> Money | None:
    """An amount times a number, either way round."""
    if isinstance(a, Money) and isinstance(b, Decimal):
        return Money(numbers.multiply(a.amount, b), a.currency)
    return scale(b, a) if isinstance(b, Money) else None


def divide(a: Money, b: Money | Decimal) -> Money | Decimal | None:
    """An amount over a number is an amount; over an amount of the same currency, a number."""
    if isinstance(b, Money):
        return numbers.divide(a.amount, b.amount) if a.currency == b.currency else None
    quotient = numbers.divide(a.amount, b)
    return None if quotient is None else Money(quotient, a.currency)


def apply(operation: Callable[[Decimal], Decimal]) -> Callable[[Money], Money]:
    """An operation on numbers, done to the amount."""
    return lambda money: Money(operation(money.amount), money.currency)


def lesser(a: Money, b: Money) -> Money | None:
    if a.currency != b.currency:
        return None
    return b if b.amount < a.amount else a


def greater(a: Money, b: Money) -> Money | None:
    if a.currency != b.currency:
        return None
    return b if b.amount > a.amount else a


def compare(operation: Callable[[Decimal, Decimal], bool]) -> Callable[[Money, Money], bool]:
    """An ordering; amounts of two currencies are neither less nor greater."""
    return lambda a, b: a.currency == b.currency and operation(a.amount, b.amount)
