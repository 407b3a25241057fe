"""Places an order by the configuration in force: what pages, API and jobs call."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kernel.db import Work
from oms.customer_matching.name_buyer import name_buyer
from oms.placement.commands import OrderPlaced, PlaceOrder
from oms.placement.errors import CustomerUnknown
from oms.placement.place_order import place_order
from oms.placement.policy_for import policy_for
from oms.placement.start_order_approval import start_order_approval


def place(work: Work, command: PlaceOrder, *, roles: frozenset[str] | None = None) -> OrderPlaced:
    """roles  of who asks, for rights on custom fields; None: the actor's. Raises as place_order and OrderTypeUnknown"""
    policy = policy_for(work, command.order_type)
    command = with_customer(work, command, create=policy.unknown_buyers == "create")
    start = partial(start_order_approval, approvers=command.approvers)
    return place_order(work, command, policy, roles=roles, start_approval=start)


def with_customer(work: Work, command: PlaceOrder, *, create: bool) -> PlaceOrder:
    """The command with the customer that its channel's buyer is. Raises CustomerUnknown."""
    if command.buyer is None or command.customer_id is not None or command.customer_number is not None:
        return command
    found = name_buyer(work, command.channel, command.buyer, create=create)
    if found is None:
        raise CustomerUnknown(customer=command.buyer.outside_id)
    return replace(command, customer_id=found)
