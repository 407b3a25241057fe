"""Puts an order under the first approval flow that wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.flows.start_approval import StartApproval, first_applicable_flow, start_approval
from oms.placement.policy import OrderPolicy

SUBJECT = "order"


def start_order_approval(work: Work, order_id: UUID, values: Mapping[str, Any], policy: OrderPolicy) -> str | None:
    """The flow that the order waits for now; None where none wants it, or where it passed at once."""
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
        ),
    )  # fmt: skip
    return None if outcome.has("approved") else flow
