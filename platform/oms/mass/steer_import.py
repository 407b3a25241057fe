"""Starts a checked import for real, or stops one that runs."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from kernel.outbox import put_message
from oms.mass.errors import ImportNotFound, ImportNotReady

_START = """
UPDATE import_runs SET state = 'staged', options = options || '{"check_only": false}', orders_done = 0,
  orders_known = 0, orders_bad = 0, lines_done = 0, lines_skipped = 0, lines_merged = 0, started_at = NULL,
  finished_at = NULL, failure = ''
WHERE tenant_id = %(tenant)s AND id = %(run)s AND state = 'checked'
"""
_CANCEL = """
UPDATE import_runs SET cancel_requested = true
WHERE tenant_id = %(tenant)s AND id = %(run)s AND state IN ('staged', 'checking', 'running')
"""


def start_import(work: Work, run_id: UUID) -> None:
    """Places the orders of a checked import. Raises ImportNotFound, ImportNotReady."""
    parameters = {"tenant": work.tenant_id, "run": run_id}
    if not work.execute(_START, parameters):
        _refuse(work, run_id)
    work.execute("DELETE FROM import_problems WHERE tenant_id = %(tenant)s AND run_id = %(run)s", parameters)
    put_message(work, "import.staged", {"run_id": to_text("imp", run_id)})


def cancel_import(work: Work, run_id: UUID) -> None:
    """Stops after the chunk at hand; what is placed stays placed. Raises ImportNotFound, ImportNotReady."""
    if not work.execute(_CANCEL, {"tenant": work.tenant_id, "run": run_id}):
        _refuse(work, run_id)


def _refuse(work: Work, run_id: UUID) -> None:
    state = work.scalar(
        "SELECT state FROM import_runs WHERE tenant_id = %(tenant)s AND id = %(run)s",
        {"tenant": work.tenant_id, "run": run_id},
    )
    if state is None:
        raise ImportNotFound()
    raise ImportNotReady(state=state)
