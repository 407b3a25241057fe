"""Imports in the background."""

from __future__ import annotations

from kernel.ids import from_text
from kernel.jobs.registry import OpenWork, consumes_long
from kernel.outbox import Delivery
from oms.mass.errors import ImportNotFound
from oms.mass.run_import import ImportTools, run_import
from oms.placement.policy_for import policy_for
from oms.placement.start_order_approval import start_order_approval

TOOLS = ImportTools(load_policy=policy_for, start_approval=start_order_approval)


@consumes_long("import.staged", name="mass.run_import", queue="imports")
def run_staged_import(open_work: OpenWork, delivery: Delivery) -> None:
    """Checks or runs the import. Killed, it goes on at the first chunk that did not commit."""
    run_id = from_text("imp", delivery.payload["run_id"])
    if run_id is None:
        raise ImportNotFound()
    run_import(open_work, delivery.tenant_id, run_id, TOOLS)
