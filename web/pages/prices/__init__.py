"""Prices: lists and their rows, rates, coupons and rebates. Promotions are documents of the builder."""

from __future__ import annotations

from kernel.i18n import N_
from tenants.access.permissions import Permission
from web.pages.navigation import MASTER_DATA, NavEntry
from web.pages.prices import coupons, inline, lists, rates, rebates, rows
from web.pages.prices.blueprint import prices as bp

NAVIGATION = (NavEntry(N_("Prices"), "tag", "prices.index", Permission.VIEW_PRICES, 35, MASTER_DATA),)
__all__ = ["NAVIGATION", "bp", "coupons", "inline", "lists", "rates", "rebates", "rows"]
