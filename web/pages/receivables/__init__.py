"""Receivables: invoices, payments and credit notes, statements, aging, and the follow-up of what is overdue."""

from __future__ import annotations

from kernel.i18n import N_
from tenants.access.permissions import Permission
from web.pages.navigation import WORK, NavEntry
from web.pages.receivables import actions, bank, dunning, index, of_orders, payments, reports, show
from web.pages.receivables.blueprint import receivables as bp

NAVIGATION = (
    NavEntry(N_("Receivables"), "file-invoice", "receivables.index", Permission.VIEW_CREDIT, 60, WORK, shortcut="m"),
)
__all__ = ["NAVIGATION", "actions", "bank", "bp", "dunning", "index", "of_orders", "payments", "reports", "show"]
