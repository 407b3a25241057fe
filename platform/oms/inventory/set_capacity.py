"""How many orders a location takes on a day."""

from __future__ import annotations

from kernel.db import Work
from kernel.errors import Invalid
from kernel.i18n import N_
from oms.inventory.errors import LocationNotFound

MOST = 1_000_000
_SET = """
UPDATE locations SET daily_capacity = %(orders)s
WHERE tenant_id = %(tenant)s AND key = %(key)s AND (%(locations)s::uuid[] IS NULL OR id = ANY(%(locations)s))
"""


class CapacityInvalid(Invalid):
    code = "capacity_invalid"
    message = N_("Write how many orders a day, from 1 on, or leave it empty for any number.")


def set_capacity(work: Work, key: str, orders: int | None) -> None:
    """orders: None for any number. Raises LocationNotFound, CapacityInvalid."""
    if orders is not None and not 1 <= orders <= MOST:
        raise CapacityInvalid()
    parameters = {
        "tenant": work.tenant_id, "key": key, "orders": orders, "locations": work.actor.reach_list("location"),
    }  # fmt: skip
    if not work.execute(_SET, parameters):
        raise LocationNotFound()
