"""From unit price to line amounts and order totals, exact to the cent.

The tenant chooses what is rounded (`unit`, `line` or `total`), how (`RoundingMode`), and whether prices include
tax. Example (commercetools): 1.08 x 3 at 19 % is 3.86 by line and 3.87 by unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.money import Money, RoundingMode, apportion, round_amount


@dataclass(frozen=True, slots=True)
class Rounding:
    """level  unit: the taxed unit price is rounded, then multiplied
    line: each line's amounts are rounded
    total: the exact sums of each tax rate are rounded, and shared out to lines without losing a cent
    """

    level: str = "line"
    mode: RoundingMode = RoundingMode.HALF_UP


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """net + tax = gross, each rounded to the currency's digits."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class PricedQuantity:
    """What a line's amounts are made of. `unit_price` and `discount` include tax where the order's prices do.

    discount  taken off the whole line, rounded to the currency's digits; at most `before_discount`
    """

    unit_price: Decimal
    quantity: Decimal
    tax_rate: Decimal
    discount: Decimal = Decimal(0)


def line_amounts(
    lines: Sequence[PricedQuantity], *, currency: str, prices_include_tax: bool, rounding: Rounding
) -> tuple[LineAmounts, ...]:
    """The amounts of each line, in the order of `lines`."""
    if rounding.level == "total":
        return _by_total(lines, currency, prices_include_tax, rounding.mode)
    one = _by_unit if rounding.level == "unit" else _by_line
    return tuple(one(line, currency, prices_include_tax, rounding.mode) for line in lines)


def before_discount(line: PricedQuantity, *, currency: str, rounding: Rounding) -> Decimal:
    """What a line comes to in the price's own basis before anything is taken off: the most that can be taken off.

    Where totals are rounded, a line has no rounded amount of its own; then it is what lies in it of whole cents.
    """
    if rounding.level == "unit":
        return round_amount(
            round_amount(line.unit_price, currency, rounding.mode) * line.quantity, currency, rounding.mode
        )
    mode = RoundingMode.DOWN if rounding.level == "total" else rounding.mode
    return round_amount(line.unit_price * line.quantity, currency, mode)


def discount_left(
    discount: Decimal, units: Decimal, line: PricedQuantity, *, currency: str, rounding: Rounding
) -> Decimal:
    """What is left of a line's discount when only `line.quantity` of its `units` are left.

    Each unit that goes takes its share with it, rounded down, so that the last one keeps the remainder.
    """
    if not discount or not line.quantity:
        return Decimal(0)
    gone = round_amount(discount * (units - line.quantity) / units, currency, RoundingMode.DOWN)
    return min(discount - gone, before_discount(line, currency=currency, rounding=rounding))


def _by_line(line: PricedQuantity, currency: str, inclusive: bool, mode: RoundingMode) -> LineAmounts:
    exact = line.unit_price * line.quantity
    if inclusive:
        gross = round_amount(exact, currency, mode) - line.discount
        tax = round_amount(gross * line.tax_rate / (1 + line.tax_rate), currency, mode)
        return LineAmounts(net=gross - tax, tax=tax, gross=gross)
    net = round_amount(exact, currency, mode) - line.discount
    taxed = net if line.discount else exact
    gross = round_amount(taxed * (1 + line.tax_rate), currency, mode)
    return LineAmounts(net=net, tax=gross - net, gross=gross)


def _by_unit(line: PricedQuantity, currency: str, inclusive: bool, mode: RoundingMode) -> LineAmounts:
    net_unit = line.unit_price / (1 + line.tax_rate) if inclusive else line.unit_price
    gross_unit = line.unit_price if inclusive else line.unit_price * (1 + line.tax_rate)
    gross = round_amount(round_amount(gross_unit, currency, mode) * line.quantity, currency, mode)
    net = round_amount(round_amount(net_unit, currency, mode) * line.quantity, currency, mode)
    if line.discount and inclusive:  # the other side shrinks by the same share
        net = round_amount(net * (gross - line.discount) / gross, currency, mode)
        gross -= line.discount
    elif line.discount:
        gross = round_amount(gross * (net - line.discount) / net, currency, mode)
        net -= line.discount
    return LineAmounts(net=net, tax=gross - net, gross=gross)


def _by_total(
    lines: Sequence[PricedQuantity], currency: str, inclusive: bool, mode: RoundingMode
) -> tuple[LineAmounts, ...]:
    amounts: list[LineAmounts] = [LineAmounts(Decimal(0), Decimal(0), Decimal(0))] * len(lines)
    for rate in {line.tax_rate for line in lines}:
        members = [index for index, line in enumerate(lines) if line.tax_rate == rate]
        weights = [lines[index].unit_price * lines[index].quantity - lines[index].discount for index in members]
        exact = sum(weights, Decimal(0))
        gross = round_amount(exact if inclusive else exact * (1 + rate), currency, mode)
        net = round_amount(exact / (1 + rate) if inclusive else exact, currency, mode)
        if not exact:
            continue
        gross_shares = apportion(Money(gross, currency), weights)
        net_shares = apportion(Money(net, currency), weights)
        for index, gross_share, net_share in zip(members, gross_shares, net_shares, strict=True):
            amounts[index] = LineAmounts(
                net=net_share.amount, tax=gross_share.amount - net_share.amount, gross=gross_share.amount
            )
    return tuple(amounts)
