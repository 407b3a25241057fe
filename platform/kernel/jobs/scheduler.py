"""Starts periodic tasks when they are due, once per installation, for each active tenant.

The next run of each task is a row; whoever holds its lock runs it. Two schedulers therefore share the work, and a
killed one leaves nothing held.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

import structlog
from sqlalchemy import Engine, text

from kernel.jobs.registry import PERIODIC, OpenWork, Periodic
from kernel.telemetry.heartbeat import beat

log = structlog.get_logger("scheduler")
_TICK_SECONDS = 1.0

_ENSURE = text("INSERT INTO scheduled_runs (name, next_run_at) VALUES (:name, now()) ON CONFLICT DO NOTHING")
_DUE = text("SELECT name FROM scheduled_runs WHERE name = :name AND next_run_at <= now() FOR UPDATE SKIP LOCKED")
_RAN = text(
    "UPDATE scheduled_runs SET last_run_at = now(), next_run_at = now() + make_interval(secs => :seconds)"
    " WHERE name = :name"
)
_TENANTS = text("SELECT id FROM tenants WHERE status = 'active' ORDER BY id")


def run_due_tasks(system_engine: Engine, open_work: OpenWork) -> list[str]:
    """Runs every task that is due, for each active tenant, and returns their names."""
    ran = []
    for task in PERIODIC.values():
        with system_engine.begin() as connection:
            connection.execute(_ENSURE, {"name": task.name})
        with system_engine.begin() as connection:
            if connection.execute(_DUE, {"name": task.name}).first() is None:
                continue
            for tenant_id in connection.execute(_TENANTS).scalars().all():
                _run_for(task, tenant_id, open_work)
            connection.execute(_RAN, {"name": task.name, "seconds": task.every_seconds})
            ran.append(task.name)
    return ran


def _run_for(task: Periodic, tenant_id: UUID, open_work: OpenWork) -> None:
    try:
        with open_work(tenant_id) as work:
            task.run(work)
    except Exception:  # one tenant's trouble must not keep the task from the others
        log.exception("task_failed", task=task.name, tenant=str(tenant_id))


def run_scheduler(system_engine: Engine, open_work: OpenWork, *, stopped: Callable[[], bool]) -> None:
    while not stopped():
        beat()
        try:
            run_due_tasks(system_engine, open_work)
        except Exception:  # the database is away; it comes back
            log.exception("scheduler_pass_failed")
        time.sleep(_TICK_SECONDS)
