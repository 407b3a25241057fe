"""Places an order by the configuration in force: what pages, API and jobs call."""

from __future__ import annotations

from functools import partial

from kernel.db import Work
from oms.placement.commands import OrderPlaced, PlaceOrder
from oms.placement.place_order import place_order
from oms.placement.policy_for import policy_for
from oms.placement.start_order_approval import start_order_approval


def place(work: Work, command: PlaceOrder, *, roles: frozenset[str] | None = None) -> OrderPlaced:
    """roles  of who asks, for rights on custom fields; None: the actor's. Raises as place_order and OrderTypeUnknown"""
    policy = policy_for(work, command.order_type)
    start = partial(start_order_approval, approvers=command.approvers)
    return place_order(work, command, policy, roles=roles, start_approval=start)
