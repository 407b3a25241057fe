"""Orders: the list with bulk actions and export, one order with what may be done to it and why, manual entry."""

from __future__ import annotations

from kernel.i18n import N_
from tenants.access.permissions import Permission
from web.pages.navigation import NavEntry
from web.pages.orders import (
    actions,
    beside_actions,
    bulk,
    change,
    deliveries,
    drafts,
    entry,
    export,
    index,
    own_columns,
    priority,
    received,
    regroup,
    show,
    templates,
    versions,
)
from web.pages.orders.blueprint import orders as bp

NAVIGATION = (NavEntry(N_("Orders"), "clipboard-list", "orders.index", Permission.VIEW_ORDERS, order=10, shortcut="o"),)
__all__ = [
    "NAVIGATION", "actions", "beside_actions", "bp", "bulk", "change", "deliveries", "drafts", "entry", "export",
    "index", "own_columns", "priority", "received", "regroup", "show", "templates", "versions",
]  # fmt: skip
