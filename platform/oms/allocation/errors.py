"""Why stock is not promised."""

from __future__ import annotations

from kernel.errors import Conflict
from kernel.i18n import N_


class NoAllocationRule(Conflict):
    code = "no_allocation_rule"
    message = N_("Order type {order_type} has no allocation rule.")
