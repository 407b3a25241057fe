"""Stock: positions and their history, alerts, expected goods, transfers, counts, reservations, rules of channels."""

from __future__ import annotations

from kernel.i18n import N_
from tenants.access.permissions import Permission
from web.pages.navigation import MASTER_DATA, NavEntry
from web.pages.stock import (
    arrivals,
    bins,
    channels,
    counts,
    expected,
    insight,
    positions,
    reservations,
    sku_actions,
    transfers,
)
from web.pages.stock.blueprint import stock as bp

NAVIGATION = (
    NavEntry(N_("Stock"), "building-warehouse", "stock.index", Permission.VIEW_STOCK, 20, MASTER_DATA, shortcut="i"),
)
__all__ = [
    "NAVIGATION",
    "arrivals",
    "bins",
    "bp",
    "channels",
    "counts",
    "expected",
    "insight",
    "positions",
    "reservations",
    "sku_actions",
    "transfers",
]
