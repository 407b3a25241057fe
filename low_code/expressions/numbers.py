"""Exact decimal arithmetic, the same digits as PostgreSQL's `numeric`.

Operands of arithmetic are bounded (30 digits before, 20 after the point; more reads as empty) and products
are bounded by the checker, so no result reaches the 2,500 digits of the context and none is ever rounded
but where the language says so.
"""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
)

NUMBER_DIGITS = 30  # before the decimal point
NUMBER_SCALE = 20  # after it
QUOTIENT_SCALE = 10  # decimals of a quotient

EXACT = Context(prec=2500, traps=[Inexact, InvalidOperation, DivisionByZero])
_ROUNDING = Context(prec=2500, traps=[InvalidOperation])
_BOUND = Context(prec=NUMBER_DIGITS + NUMBER_SCALE, traps=[Inexact, InvalidOperation])
_SMALLEST = Decimal(1).scaleb(-NUMBER_SCALE)
_QUOTIENT_UNITS = Decimal(2 * 10**QUOTIENT_SCALE)
_TWO = Decimal(2)
_MOST_BITS = 100  # of 10^30
_PLACES = [Decimal(1).scaleb(-places) for places in range(11)]

add, subtract, multiply = EXACT.add, EXACT.subtract, EXACT.multiply


def bounded(value: Decimal | int) -> Decimal | None:
    """`value` where arithmetic keeps it exactly, else None: NaN, infinite, or too many digits."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return None  # before it is turned into decimal digits, which takes seconds for millions of bits
    try:
        _BOUND.quantize(value, _SMALLEST)
    except (Inexact, InvalidOperation):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


def divide(a: Decimal, b: Decimal) -> Decimal | None:
    """`a / b` rounded half away from zero to ten decimals; None for b = 0.

    Python and PostgreSQL each pick a scale of their own for quotients, so both sides do this whole-number
    division instead: sign * div(2|a| * 10^10 + |b|, 2|b|) * 10^-10.
    """
    if not b:
        return None
    numerator = EXACT.add(EXACT.multiply(abs_exact(a), _QUOTIENT_UNITS), abs_exact(b))
    units = EXACT.divide_int(numerator, EXACT.multiply(_TWO, abs_exact(b)))
    quotient = EXACT.scaleb(units, -QUOTIENT_SCALE)
    return EXACT.minus(quotient) if (a < 0) != (b < 0) else quotient


def round_half_up(value: Decimal, places: int) -> Decimal:
    """`value` with `places` decimals (0 to 10), halves away from zero."""
    return value.quantize(_PLACES[places], ROUND_HALF_UP, _ROUNDING)


def floor(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_FLOOR, _ROUNDING)


def ceil(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_CEILING, _ROUNDING)


def abs_exact(value: Decimal) -> Decimal:
    return EXACT.abs(value)


def plain(value: Decimal | int) -> str:
    """The shortest plain text of a number: no exponent, no trailing zeros, no negative zero.

    >>> plain(Decimal("12.50")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('12.5', '1000', '0')
    """
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
