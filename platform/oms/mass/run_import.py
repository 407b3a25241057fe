"""Checks or runs a staged import chunk by chunk, each chunk one transaction. Killed, it goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from kernel import settings
from kernel.db import Actor, Work
from kernel.errors import DomainError, Unavailable
from kernel.i18n import N_
from kernel.ids import to_text
from kernel.outbox import put_message
from oms.mass.errors import ImportNotFound
from oms.mass.place_chunk import ChunkOutcome, ImportSettings, place_chunk
from oms.placement.place_order import StartApproval
from oms.placement.policy import OrderPolicy
from tenants.scope.open_work import sqlstate

log = structlog.get_logger("imports")

_TRIES = 5
_RETRYABLE = {"40001", "40P01", "55P03"}

_CLAIM = """
UPDATE import_runs SET state = CASE WHEN (options ->> 'check_only')::boolean THEN 'checking' ELSE 'running' END,
  heartbeat_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp())
WHERE tenant_id = %(tenant)s AND id = %(run)s AND (state = 'staged' OR (state IN ('checking', 'running')
  AND heartbeat_at < clock_timestamp() - make_interval(secs => %(stale)s)))
RETURNING id
"""
_RUN = """
SELECT id, file_name, channel, order_type, options, state, orders_total, orders_done, orders_known, orders_bad,
  cancel_requested, created_by, created_by_name
FROM import_runs WHERE tenant_id = %(tenant)s AND id = %(run)s FOR NO KEY UPDATE
"""
_PROGRESS = """
UPDATE import_runs SET orders_done = orders_done + %(done)s, orders_known = orders_known + %(known)s,
  orders_bad = orders_bad + %(bad)s, lines_done = lines_done + %(lines)s, lines_skipped = lines_skipped + %(skipped)s,
  lines_merged = lines_merged + %(merged)s, heartbeat_at = clock_timestamp()
WHERE tenant_id = %(tenant)s AND id = %(run)s
"""
_FINISH = """
UPDATE import_runs SET state = %(state)s, failure = %(failure)s, finished_at = clock_timestamp(), heartbeat_at = NULL
WHERE tenant_id = %(tenant)s AND id = %(run)s
"""

OpenWork = Callable[[UUID], AbstractContextManager[Work]]
LoadPolicy = Callable[[Work, str], OrderPolicy]


class ImportBusy(Unavailable):
    """Another worker is at it; it is tried again later, in case that one dies."""

    code = "import_busy"
    message = N_("The import is running already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTools:
    """What a run needs of the layers above: the order type in force, and how approvals are started."""

    load_policy: LoadPolicy
    start_approval: StartApproval


def run_import(open_work: OpenWork, tenant_id: UUID, run_id: UUID, tools: ImportTools) -> None:
    """Until the run is done, checked, cancelled or failed. Raises ImportNotFound, ImportBusy."""
    _claim(open_work, tenant_id, run_id)
    try:
        while _one_chunk(open_work, tenant_id, run_id, tools):
            pass
    except DomainError as refusal:
        _finish(open_work, tenant_id, run_id, "failed", str(refusal))


def _claim(open_work: OpenWork, tenant_id: UUID, run_id: UUID) -> None:
    with open_work(tenant_id) as work:
        parameters = {"tenant": tenant_id, "run": run_id, "stale": settings.get_int("ORDERLOOM_IMPORT_STALE_SECONDS")}
        if work.row(_CLAIM, parameters) is None:
            state = work.scalar(
                "SELECT state FROM import_runs WHERE tenant_id = %(tenant)s AND id = %(run)s", parameters
            )
            if state is None:
                raise ImportNotFound()
            if state in {"checking", "running"}:
                raise ImportBusy()


def _one_chunk(open_work: OpenWork, tenant_id: UUID, run_id: UUID, tools: ImportTools) -> bool:
    """Does the next chunk and says whether there is more to do. After a deadlock the chunk is done again."""
    for attempt in range(1, _TRIES + 1):
        try:
            with open_work(tenant_id) as work:
                return _next_chunk(work, run_id, tools)
        except (psycopg.Error, DBAPIError) as error:
            if attempt == _TRIES or sqlstate(error) not in _RETRYABLE:
                raise
            time.sleep(0.05 * attempt)
    raise AssertionError("the loop returns or raises")


def _next_chunk(work: Work, run_id: UUID, tools: ImportTools) -> bool:
    run = work.row(_RUN, {"tenant": work.tenant_id, "run": run_id})
    assert run is not None
    if run.state not in {"checking", "running"}:
        return False
    check_only = run.state == "checking"
    position = run.orders_done + run.orders_known + run.orders_bad
    if run.cancel_requested or position >= run.orders_total:
        _close(work, run, "cancelled" if run.cancel_requested else "checked" if check_only else "done")
        return False
    # What is placed is placed in the name of who started the import.
    roles = run.options.get("roles")
    work.actor = Actor(
        kind="import", id=run.created_by, name=run.created_by_name, roles=None if roles is None else frozenset(roles)
    )
    wanted = ImportSettings(
        run_id=run_id, channel=run.channel, order_type=run.order_type,
        create_customers=bool(run.options.get("create_customers")), create_skus=bool(run.options.get("create_skus")),
    )  # fmt: skip
    seqs = range(position + 1, min(position + settings.get_int("ORDERLOOM_IMPORT_CHUNK"), run.orders_total) + 1)
    started = time.monotonic()
    outcome = place_chunk(
        work, wanted, seqs, tools.load_policy(work, run.order_type), check_only=check_only,
        start_approval=tools.start_approval,
    )  # fmt: skip
    _progress(work, run_id, outcome)
    seconds = round(time.monotonic() - started, 3)
    log.info("import_chunk", run=to_text("imp", run_id), orders=len(seqs), done=outcome.done, seconds=seconds)
    return True


def _progress(work: Work, run_id: UUID, outcome: ChunkOutcome) -> None:
    work.execute(
        _PROGRESS,
        {
            "tenant": work.tenant_id, "run": run_id, "done": outcome.done, "known": outcome.known, "bad": outcome.bad,
            "lines": outcome.lines, "skipped": outcome.skipped, "merged": outcome.merged,
        },
    )  # fmt: skip


def _close(work: Work, run: Any, state: str) -> None:
    work.execute(_FINISH, {"tenant": work.tenant_id, "run": run.id, "state": state, "failure": ""})
    put_message(work, "import.finished", {"run_id": to_text("imp", run.id), "state": state})


def _finish(open_work: OpenWork, tenant_id: UUID, run_id: UUID, state: str, failure: str) -> None:
    with open_work(tenant_id) as work:
        work.execute(_FINISH, {"tenant": tenant_id, "run": run_id, "state": state, "failure": failure})
