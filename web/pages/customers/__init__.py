"""Customers: the list, one customer with credit, orders and receivables, and the forms of finance."""

from __future__ import annotations

from kernel.i18n import N_
from tenants.access.permissions import Permission
from web.pages.customers import (
    contacts,
    credit,
    delivery,
    duplicates,
    edit,
    grading,
    index,
    log,
    people,
    receivables,
    records,
    show,
    terms,
)
from web.pages.customers.blueprint import customers as bp
from web.pages.navigation import MASTER_DATA, NavEntry

NAVIGATION = (
    NavEntry(
        N_("Customers"), "users-group", "customers.index", Permission.VIEW_CUSTOMERS, 10, MASTER_DATA, shortcut="c"
    ),
)
__all__ = [
    "NAVIGATION", "bp", "contacts", "credit", "delivery", "duplicates", "edit", "grading", "index", "log", "people",
    "receivables", "records", "show", "terms",
]  # fmt: skip
