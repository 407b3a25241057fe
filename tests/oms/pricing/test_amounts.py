"""Amounts: net + tax = gross in every rounding, and no cent is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import RoundingMode, round_amount, smallest_unit
from oms.pricing.amounts import PricedQuantity, Rounding, line_amounts

PRICES = st.decimals(min_value=0, max_value=10_000, places=4)
QUANTITIES = st.decimals(min_value="0.0001", max_value=9_999, places=4)
RATES = st.sampled_from([Decimal(rate) for rate in ("0", "0.05", "0.055", "0.07", "0.13", "0.19", "0.2")])
LINES = st.lists(st.builds(PricedQuantity, PRICES, QUANTITIES, RATES), min_size=1, max_size=8)
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CNY"])
MODES = st.sampled_from(list(RoundingMode))


@given(
    lines=LINES, currency=CURRENCIES, inclusive=st.booleans(), mode=MODES,
    level=st.sampled_from(["unit", "line", "total"]),
)  # fmt: skip
@settings(deadline=None)
def test_net_and_tax_are_the_gross_in_whole_cents(
    lines: list[PricedQuantity], currency: str, inclusive: bool, mode: RoundingMode, level: str
) -> None:
    amounts = line_amounts(lines, currency=currency, prices_include_tax=inclusive, rounding=Rounding(level, mode))

    assert len(amounts) == len(lines)
    for line, amount in zip(lines, amounts, strict=True):
        assert amount.net + amount.tax == amount.gross
        assert amount.net >= 0 and amount.gross >= 0
        for value in (amount.net, amount.tax, amount.gross):
            assert value % smallest_unit(currency) == 0
        if not line.tax_rate:
            assert amount.tax == 0


@given(lines=LINES, currency=CURRENCIES, inclusive=st.booleans(), mode=MODES)
@settings(deadline=None)
def test_rounding_by_total_loses_no_cent(
    lines: list[PricedQuantity], currency: str, inclusive: bool, mode: RoundingMode
) -> None:
    rounding = Rounding("total", mode)

    amounts = line_amounts(lines, currency=currency, prices_include_tax=inclusive, rounding=rounding)

    for rate in {line.tax_rate for line in lines}:
        exact = sum((line.unit_price * line.quantity for line in lines if line.tax_rate == rate), Decimal(0))
        of_rate = [amount for line, amount in zip(lines, amounts, strict=True) if line.tax_rate == rate]
        gross = exact if inclusive else exact * (1 + rate)
        net = exact / (1 + rate) if inclusive else exact
        assert sum(amount.gross for amount in of_rate) == round_amount(gross, currency, mode)
        assert sum(amount.net for amount in of_rate) == round_amount(net, currency, mode)


@pytest.mark.parametrize(("level", "gross"), [("line", "3.86"), ("unit", "3.87"), ("total", "3.86")])
def test_the_documented_example(level: str, gross: str) -> None:
    line = PricedQuantity(Decimal("1.08"), Decimal(3), Decimal("0.19"))

    (amount,) = line_amounts([line], currency="EUR", prices_include_tax=False, rounding=Rounding(level))

    assert amount.gross == Decimal(gross)


@pytest.mark.parametrize(
    ("mode", "amount", "rounded"),
    [
        ("half_up", "0.125", "0.13"),
        ("half_even", "0.125", "0.12"),
        ("up", "0.121", "0.13"),
        ("down", "0.129", "0.12"),
    ],
)
def test_half_cents(mode: str, amount: str, rounded: str) -> None:
    assert round_amount(Decimal(amount), "USD", RoundingMode(mode)) == Decimal(rounded)
