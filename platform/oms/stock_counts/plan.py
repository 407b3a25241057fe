"""Differences of a count, as pure decisions."""

from __future__ import annotations

from decimal import Decimal


def beyond_tolerance(expected: Decimal, counted: Decimal, *, percent: Decimal, units: Decimal) -> bool:
    """Whether somebody has to approve the difference: it is more than `units` and more than `percent` of what was
    expected.

    >>> beyond_tolerance(Decimal(100), Decimal(97), percent=Decimal(2), units=Decimal(1))
    True
    >>> beyond_tolerance(Decimal(100), Decimal(98), percent=Decimal(2), units=Decimal(1))
    False
    """
    return abs(counted - expected) > max(units, expected * percent / 100)
