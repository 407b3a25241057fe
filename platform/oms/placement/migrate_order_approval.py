"""Moves the running approval of an order to the newest release of its flow."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from low_code.flows.errors import ApprovalUnknown
from low_code.flows.migrate_approval import MigrateApproval, migrate_approval
from oms.orders.lock_order import lock_order
from oms.orders.order_values import order_values
from oms.orders.record import record_event
from oms.placement.follow_approval import follow_approval
from oms.placement.start_order_approval import SUBJECT


def migrate_order_approval(work: Work, instance_id: UUID) -> None:
    """The order is locked first, as by everybody who acts. Raises ApprovalUnknown, OrderNotFound, CannotMigrate."""
    row = work.row(
        "SELECT subject_id FROM approval_instances WHERE tenant_id = %(tenant)s AND id = %(id)s"
        " AND subject_kind = %(kind)s",
        {"tenant": work.tenant_id, "id": instance_id, "kind": SUBJECT},
    )
    if row is None:
        raise ApprovalUnknown()
    order = lock_order(work, row.subject_id)
    command = MigrateApproval(instance_id=instance_id, values=order_values(work, order.id))
    outcome = migrate_approval(work, command)
    record_event(work, order.id, "approval_migrated", {"flow": outcome.flow_key})
    if outcome.effects:  # where fewer need agree now, that may have decided it
        follow_approval(work, order, outcome, "")
