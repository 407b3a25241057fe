"""Whom an order would be shown to before it goes on, told before it is placed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.flows.directory import UserDirectory
from low_code.flows.people import World
from low_code.flows.preview import preview
from oms.placement import plan
from oms.placement.commands import PlaceOrder
from oms.placement.load import Loaded
from oms.placement.plan import PlannedOrder
from oms.placement.policy import OrderPolicy


def preview_approval(
    work: Work, command: PlaceOrder, order: PlannedOrder, ship_to: Mapping[str, Any], policy: OrderPolicy
) -> list[Mapping[str, str]]:
    """Names of the steps that ask somebody, in their order; [] where no flow wants the order."""
    if not policy.approval_flows:
        return []
    loaded = Loaded(buyer=order.buyer, account=None, ship_to=dict(ship_to), bill_to={}, skus=(), existing=None)
    world = World(plan.order_subject(command, order, loaded), UserDirectory(work), work.today)
    documents = configuration(work)
    for key in policy.approval_flows:
        shown = preview(documents.compiled("approval_flow", key).flow, world, submitter=work.actor.id, now=work.now)
        if shown.needed:
            return [step.names for step in shown.steps if step.type == "approve" and len(step.people) > len(step.auto)]
    return []
