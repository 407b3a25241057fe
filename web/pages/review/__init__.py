"""The review queue: what is on hold, by reason, with a proposed fix, who looks at it and by when."""

from __future__ import annotations

from kernel.i18n import N_
from tenants.access.permissions import Permission
from web.pages.navigation import NavEntry
from web.pages.review import actions, queue, services
from web.pages.review.blueprint import review as bp

NAVIGATION = (NavEntry(N_("Review"), "eye", "review.index", Permission.VIEW_ORDERS, order=12, shortcut="r"),)
__all__ = ["NAVIGATION", "actions", "bp", "queue", "services"]
