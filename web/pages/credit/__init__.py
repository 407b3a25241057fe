"""Credit accounts, and the company's credit policy."""

from __future__ import annotations

from kernel.i18n import N_
from tenants.access.permissions import Permission
from web.pages.credit import accounts, policy, raises
from web.pages.credit.blueprint import credit as bp
from web.pages.navigation import MASTER_DATA, NavEntry

NAVIGATION = (NavEntry(N_("Credit"), "credit-card", "credit.index", Permission.VIEW_CREDIT, 12, MASTER_DATA),)
__all__ = ["NAVIGATION", "accounts", "bp", "policy", "raises"]
