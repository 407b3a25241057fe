"""Puts an order under the first approval flow that wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.flows.start_approval import StartApproval, first_applicable_flow, start_approval
from oms.placement.errors import ApprovalRefused
from oms.placement.policy import OrderPolicy

SUBJECT = "order"


def start_order_approval(
    work: Work,
    order_id: UUID,
    values: Mapping[str, Any],
    policy: OrderPolicy,
    *,
    approvers: Mapping[str, Sequence[UUID]] | None = None,
) -> str | None:
    """The flow that the order waits for now; None where none wants it, or where it passed at once.

    approvers  step -> whom the submitter chose for it; None: he cannot choose (a file of orders)
    raises     ChoiceMissing, ChoiceUnfit, ApprovalRefused where a rule of the flow rejects the order at once
    """
    flow = first_applicable_flow(work, policy.approval_flows, values)
    if flow is None:
        return None
    order = values["order"]
    submitter = work.actor.id if work.actor.kind in {"staff", "portal"} else None
    outcome = start_approval(
        work,
        StartApproval(
            flow_key=flow, subject_kind=SUBJECT, subject_id=order_id, subject_revision=1, submitter_id=submitter,
            title=f"{order['customer']['name']} · {order['currency']} {order['total']}", values=values,
            choices=approvers or {}, may_choose=approvers is not None,
        ),
    )  # fmt: skip
    if outcome.has("rejected") and approvers is not None:  # of a file's order `cancel_refused` hears by the outbox
        raise ApprovalRefused(flow=flow)
    return None if outcome.has("approved") else flow
