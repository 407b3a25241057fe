"""Whom an order would be shown to before it goes on, and for which steps the submitter names people; told before it
is placed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.documents.compiled import configuration
from low_code.flows.choices import ChoiceStep, choice_steps
from low_code.flows.lists import names_of
from low_code.flows.preview import PreviewStep, preview
from low_code.flows.store import world_of
from oms.placement import subjects
from oms.placement.commands import PlaceOrder
from oms.placement.load import Loaded
from oms.placement.planned import PlannedOrder
from oms.placement.policy import OrderPolicy

_ADDRESS = """
SELECT recipient, phone, street, city, region, postal_code, country FROM customer_addresses
WHERE tenant_id = %(tenant)s AND customer_id = %(customer)s
  AND (id = %(address)s OR (%(address)s::uuid IS NULL AND is_default_shipping)) ORDER BY id LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPreview:
    """steps    on the way, if everybody approves; people: user -> name of all in them
    choices  steps for which the submitter names people
    ends     approved; rejected by a rule; returned where nobody is found
    """

    flow_key: str
    names: Mapping[str, str]
    steps: tuple[PreviewStep, ...]
    choices: tuple[ChoiceStep, ...]
    people: Mapping[UUID, str]
    ends: str


def preview_approval(
    work: Work,
    command: PlaceOrder,
    order: PlannedOrder,
    policy: OrderPolicy,
    *,
    ship_to: Mapping[str, Any] | None = None,
) -> ApprovalPreview | None:
    """None where no flow wants the order.

    ship_to  the address; None: the one that the order would take
    """
    if not policy.approval_flows:
        return None
    address = ship_to if ship_to is not None else command.ship_to or _address(work, order, command)
    loaded = Loaded(buyer=order.buyer, account=None, ship_to=dict(address), bill_to={}, skus=(), existing=None)
    world = world_of(work, subjects.order_subject(command, order, loaded))
    documents, submitter = configuration(work), work.actor.id if work.actor.kind in {"staff", "portal"} else None
    for key in policy.approval_flows:
        flow = documents.compiled("approval_flow", key).flow
        shown = preview(flow, world, submitter=submitter, now=work.now, choices=command.approvers)
        if shown.needed:
            choices = choice_steps(flow, world, submitter, work.now)
            people = {user for step in shown.steps for user in step.people}
            people |= {user for choice in choices for user in choice.candidates}
            return ApprovalPreview(
                flow_key=key, names=flow.names, steps=shown.steps, choices=choices, ends=shown.ends,
                people=names_of(work, list(people)),
            )  # fmt: skip
    return None


def _address(work: Work, order: PlannedOrder, command: PlaceOrder) -> Mapping[str, Any]:
    row = work.mappings(_ADDRESS, {"tenant": work.tenant_id, "customer": order.buyer.id, "address": command.address_id})
    return row[0] if row else {}
