"""Work over all rows of an entity: batch by batch, each batch a transaction, seen while it runs.

How far it is stands in `field_runs` and moves in the batch's own transaction. So a killed worker leaves nothing
half done, whoever gets the message next goes on behind the last row that was committed, and two who have it at once
take turns on the run's row lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.exc import DBAPIError

from kernel.db import Work
from kernel.errors import DomainError, Unavailable
from kernel.i18n import N_
from kernel.jobs.registry import OpenWork
from low_code.registry import installed
from tenants.scope.open_work import sqlstate

_TRIES = 5
_RETRYABLE = {"40001", "40P01", "55P03"}
_LOCK = """
SELECT number, release, state, last_id, rows_total, rows_done, cancel_requested FROM field_runs
WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND work = %(work)s FOR UPDATE
"""
_START = """
UPDATE field_runs SET state = 'running', started_at = coalesce(started_at, clock_timestamp()),
  heartbeat_at = clock_timestamp(), rows_total = %(total)s
WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND work = %(work)s
"""
_ADVANCE = """
UPDATE field_runs SET last_id = %(last)s, rows_done = rows_done + %(done)s, rows_failed = rows_failed + %(failed)s,
  heartbeat_at = clock_timestamp()
WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND work = %(work)s
"""
_END = """
UPDATE field_runs SET state = %(state)s, failure = %(failure)s, finished_at = clock_timestamp()
WHERE tenant_id = %(tenant)s AND entity = %(entity)s AND work = %(work)s
"""


class WritersUnfinished(Unavailable):
    """A transaction that began before the fields changed is still writing; rows of it could be missed."""

    code = "writers_unfinished"
    message = N_("Older changes are still being written; the index is built after them.")


@dataclass(frozen=True, slots=True)
class Batch:
    """ids: of the rows done, in order, [] at the end; failed: how many of them were left as they were"""

    ids: list[UUID]
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSteps:
    """What the batches of one kind of work do.

    may_start  whether the run may begin now
    batch      (work, entity, last id or None) -> the next batch
    finish     what follows the last batch, in its transaction
    """

    kind: str
    may_start: Callable[[Work, str], bool]
    batch: Callable[[Work, str, UUID | None], Batch]
    finish: Callable[[Work, str], None]


def run_batches(
    open_work: OpenWork, tenant_id: UUID, entity: str, number: int, steps: RunSteps, *, patience_seconds: float = 20
) -> None:
    """Until the run is done, cancelled, failed, or another was asked for. Raises WritersUnfinished."""
    give_up_at = time.monotonic() + patience_seconds
    while True:
        try:
            more = _one_batch(open_work, tenant_id, entity, number, steps)
        except WritersUnfinished:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)
            continue
        except DomainError as refusal:
            _fail(open_work, tenant_id, entity, number, steps.kind, str(refusal))
            return
        if not more:
            return


def table_of(entity: str) -> str:
    table = installed().entities[entity].table
    assert table is not None
    return table


def _one_batch(open_work: OpenWork, tenant_id: UUID, entity: str, number: int, steps: RunSteps) -> bool:
    for attempt in range(1, _TRIES + 1):
        try:
            with open_work(tenant_id) as work:
                return next_batch(work, entity, number, steps)
        except (psycopg.Error, DBAPIError) as error:
            if attempt == _TRIES or sqlstate(error) not in _RETRYABLE:
                raise
            time.sleep(0.05 * attempt)
    raise AssertionError("the loop returns or raises")


def next_batch(work: Work, entity: str, number: int, steps: RunSteps) -> bool:
    """Does one batch and says whether there is more to do. Raises WritersUnfinished."""
    name = {"tenant": work.tenant_id, "entity": entity, "work": steps.kind}
    run = work.row(_LOCK, name)
    if run is None or run.number != number or run.state not in {"waiting", "running"}:
        return False
    if run.cancel_requested:
        work.execute(_END, {**name, "state": "cancelled", "failure": ""})
        return False
    if run.state == "waiting":
        if not steps.may_start(work, entity):
            raise WritersUnfinished()
        work.execute(_START, {**name, "total": _count(work, entity)})
    batch = steps.batch(work, entity, run.last_id)
    if not batch.ids:
        steps.finish(work, entity)
        work.execute(_END, {**name, "state": "done", "failure": ""})
        return False
    work.execute(_ADVANCE, {**name, "last": batch.ids[-1], "done": len(batch.ids), "failed": batch.failed})
    return True


def _count(work: Work, entity: str) -> int:
    total: Any = work.scalar(
        f"SELECT count(*) FROM {table_of(entity)} WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
    )
    return int(total)


def _fail(open_work: OpenWork, tenant_id: UUID, entity: str, number: int, kind: str, failure: str) -> None:
    with open_work(tenant_id) as work:
        name = {"tenant": tenant_id, "entity": entity, "work": kind}
        run = work.row(_LOCK, name)
        if run is not None and run.number == number:
            work.execute(_END, {**name, "state": "failed", "failure": failure})
