"""What a buyer is told about stock: never a figure that he could plan against, unless it is short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kernel.i18n import _
from oms.placement.policy import OrderPolicy
from web.http.formats import day, quantity

_FEW = Decimal(10)


@dataclass(frozen=True, slots=True)
class StockWord:
    text: str
    tone: str
    icon: str


def stock_word(
    available: Decimal, wanted: Decimal, policy: OrderPolicy | None, complete_on: date | None = None
) -> StockWord:
    """available, wanted: base units; complete_on: the day from which on all that is wanted can be promised"""
    if available >= wanted and available > 0:
        if available < max(_FEW, wanted * 2):
            return StockWord(_("Few left"), "warn", "alert-triangle")
        return StockWord(_("In stock"), "ok", "circle-check")
    if not waits_for_stock(policy):
        return StockWord(_("Not enough in stock"), "bad", "circle-x")
    if complete_on is not None:
        when = day(complete_on)
        if available > 0:
            return StockWord(_("{count} now, all from {day}", count=quantity(available), day=when), "warn", "clock")
        return StockWord(_("Available from {day}", day=when), "info", "clock")
    if available > 0:
        return StockWord(_("{count} now, the rest on backorder", count=quantity(available)), "warn", "clock")
    return StockWord(_("On backorder"), "info", "clock")


def waits_for_stock(policy: OrderPolicy | None) -> bool:
    """Whether an order may wait for goods, instead of being refused."""
    return policy is None or policy.allocation is None or policy.allocation.on_short != "reject"
