"""Runs a backtest chunk by chunk, each chunk one transaction. Killed, it goes on where it stopped, doubling nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from kernel import settings
from kernel.db import Work
from kernel.db import json as exact_json
from kernel.errors import DomainError
from kernel.jobs.registry import OpenWork
from low_code.backtests.errors import BacktestBroke, BacktestBusy, BacktestUnknown
from low_code.backtests.history import Chunk, History, add_tallies
from low_code.documents.compiled import configuration
from low_code.documents.queries import read_documents
from low_code.registry import Configuration, installed

log = structlog.get_logger("backtests")

_CLAIM = """
UPDATE config_backtests SET state = 'running', heartbeat_at = clock_timestamp(),
  started_at = coalesce(started_at, clock_timestamp())
WHERE tenant_id = %(tenant)s AND id = %(id)s AND (state = 'queued' OR (state = 'running'
  AND heartbeat_at < clock_timestamp() - make_interval(secs => %(stale)s)))
RETURNING id
"""
_LOCK = """
SELECT id, head, manifest, scope, state, total, done, differing, cursor, tallies, cancel_requested
FROM config_backtests WHERE tenant_id = %(tenant)s AND id = %(id)s FOR NO KEY UPDATE
"""
_PROGRESS = """
UPDATE config_backtests SET done = %(done)s, differing = %(differing)s, cursor = %(cursor)s::jsonb,
  tallies = %(tallies)s::jsonb, heartbeat_at = clock_timestamp()
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
_DIFFERENCES = """
INSERT INTO config_backtest_differences (tenant_id, backtest_id, position, subject_id, label, what, before, after)
SELECT %(tenant)s, %(id)s, x.position, x.subject_id, x.label, x.what, x.before, x.after
FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS x (position int, subject_id uuid, label text, what jsonb, before jsonb, after jsonb)
"""
_FINISH = """
UPDATE config_backtests SET state = %(state)s, failure = %(failure)s, total = CASE %(state)s WHEN 'done' THEN done
  ELSE total END, finished_at = clock_timestamp(), heartbeat_at = NULL
WHERE tenant_id = %(tenant)s AND id = %(id)s AND state = 'running'
"""


def run_backtest(open_work: OpenWork, tenant_id: UUID, backtest_id: UUID, history: History) -> None:
    """Until it is done, cancelled or failed.

    raises  BacktestUnknown, BacktestBusy
    """
    if not _claim(open_work, tenant_id, backtest_id):
        return
    try:
        sides = _sides(open_work, tenant_id, backtest_id)
        while _one_chunk(open_work, tenant_id, backtest_id, history, sides):
            pass
    except DomainError as refusal:
        with open_work(tenant_id) as work:
            _finish(work, backtest_id, "failed", str(refusal))
    except (DBAPIError, SystemExit):
        raise  # the database may be back at the next try, which goes on behind the last chunk
    except Exception:
        log.exception("backtest_broke", backtest=str(backtest_id))
        with open_work(tenant_id) as work:
            _finish(work, backtest_id, "failed", str(BacktestBroke()))


def _claim(open_work: OpenWork, tenant_id: UUID, backtest_id: UUID) -> bool:
    """False where there is nothing left to do."""
    with open_work(tenant_id) as work:
        parameters = {
            "tenant": tenant_id, "id": backtest_id, "stale": settings.get_int("ORDERLOOM_IMPORT_STALE_SECONDS"),
        }  # fmt: skip
        if work.row(_CLAIM, parameters) is not None:
            return True
        state = work.scalar(
            "SELECT state FROM config_backtests WHERE tenant_id = %(tenant)s AND id = %(id)s", parameters
        )
    if state is None:
        raise BacktestUnknown()
    if state == "running":
        raise BacktestBusy()
    return False


def _sides(open_work: OpenWork, tenant_id: UUID, backtest_id: UUID) -> tuple[Configuration, Configuration]:
    """(in force when it was started, would-be): pinned, whatever was published since."""
    with open_work(tenant_id) as work:
        row = _locked(work, backtest_id)
        return configuration(work, row.head), would_be(work, row.manifest)


def would_be(work: Work, manifest: dict[str, str]) -> Configuration:
    """The configuration of a manifest that is no release."""
    return Configuration(installed(), read_documents(work, manifest), hashes=manifest)


def _one_chunk(
    open_work: OpenWork,
    tenant_id: UUID,
    backtest_id: UUID,
    history: History,
    sides: tuple[Configuration, Configuration],
) -> bool:
    """Does the next chunk and says whether there is more to do."""
    with open_work(tenant_id) as work:
        row = _locked(work, backtest_id)
        if row.state != "running":
            return False
        if row.cancel_requested or row.done >= row.total:
            _finish(work, backtest_id, "cancelled" if row.cancel_requested else "done", "")
            return False
        size = min(settings.get_int("ORDERLOOM_BACKTEST_CHUNK"), row.total - row.done)
        chunk = history.decide(work, row.scope, row.cursor, size, *sides)
        if not chunk.looked_at:
            _finish(work, backtest_id, "done", "")
            return False
        _keep(work, row, chunk)
    log.info("backtest_chunk", backtest=str(backtest_id), looked_at=chunk.looked_at, differing=len(chunk.differences))
    return True


def _locked(work: Work, backtest_id: UUID) -> Any:
    row = work.row(_LOCK, {"tenant": work.tenant_id, "id": backtest_id})
    if row is None:
        raise BacktestUnknown()
    return row


def _keep(work: Work, row: Any, chunk: Chunk) -> None:
    differences = [
        {
            "position": row.differing + number, "subject_id": each.subject_id, "label": each.label,
            "what": each.what, "before": each.before, "after": each.after,
        }
        for number, each in enumerate(chunk.differences, start=1)
    ]  # fmt: skip
    common = {"tenant": work.tenant_id, "id": row.id}
    if differences:
        work.execute(_DIFFERENCES, {**common, "rows": exact_json.dumps(differences)})
    work.execute(
        _PROGRESS,
        {
            **common, "done": row.done + chunk.looked_at, "differing": row.differing + len(differences),
            "cursor": exact_json.dumps(chunk.cursor),
            "tallies": exact_json.dumps(add_tallies(row.tallies, chunk.tallies)),
        },
    )  # fmt: skip


def _finish(work: Work, backtest_id: UUID, state: str, failure: str) -> None:
    work.execute(_FINISH, {"tenant": work.tenant_id, "id": backtest_id, "state": state, "failure": failure})
