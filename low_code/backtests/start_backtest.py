"""Starts and stops a backtest. What is compared is fixed when it starts, whatever is saved or published meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel import settings
from kernel.db import Work
from kernel.db import json as exact_json
from kernel.ids import new_id, to_text
from kernel.outbox import put_message
from low_code.backtests.errors import BacktestOver, BacktestUnknown, NoHistory, NothingToTest
from low_code.backtests.history import History
from low_code.documents.audit import record_act
from low_code.documents.errors import NotPublishable
from low_code.documents.validate_drafts import validate_drafts
from low_code.documents.write_release import keep_documents

TOPIC = "config.backtest_started"
PREFIX = "bkt"

_INSERT = """
INSERT INTO config_backtests (tenant_id, id, head, manifest, changed, scope, total, created_by, created_by_name,
  created_at)
VALUES (%(tenant)s, %(id)s, %(head)s, %(manifest)s::jsonb, %(changed)s::jsonb, %(scope)s::jsonb, %(total)s,
  %(by)s, %(name)s, %(now)s)
"""
_CANCEL = """
UPDATE config_backtests SET cancel_requested = true,
  state = CASE WHEN state = 'queued' OR heartbeat_at < clock_timestamp() - make_interval(secs => %(stale)s)
    THEN 'cancelled' ELSE state END,
  finished_at = CASE WHEN state = 'queued' OR heartbeat_at < clock_timestamp() - make_interval(secs => %(stale)s)
    THEN %(now)s END
WHERE tenant_id = %(tenant)s AND id = %(id)s AND state IN ('queued', 'running')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartBacktest:
    """scope: which history, as the domain's `History` reads it"""

    scope: Mapping[str, Any]


def start_backtest(work: Work, command: StartBacktest, history: History) -> UUID:
    """All drafts against what is in force. The worker does it; returns its id.

    raises  NothingToTest, NoHistory; NotPublishable where the drafts have errors: what is wrong decides nothing
    """
    validation = validate_drafts(work)
    if not validation.changed:
        raise NothingToTest()
    if errors := validation.count("error"):
        raise NotPublishable(problems=validation.problems("error"), errors=errors)
    total = history.count(work, command.scope)
    if not total:
        raise NoHistory()
    keep_documents(work, validation)
    backtest_id = new_id()
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": backtest_id, "head": validation.base,
            "manifest": exact_json.dumps(validation.manifest), "changed": exact_json.dumps(validation.changed),
            "scope": exact_json.dumps(command.scope), "total": total, "by": work.actor.id, "name": work.actor.name,
            "now": work.now,
        },
    )  # fmt: skip
    text_id = to_text(PREFIX, backtest_id)
    record_act(work, "config.start_backtest", text_id, {"changed": [None, list(validation.changed)]})
    put_message(work, TOPIC, {"backtest_id": text_id})
    return backtest_id


def cancel_backtest(work: Work, backtest_id: UUID) -> None:
    """Stops before the next chunk, or at once where no worker has been at it for long; what was found stays.

    raises  BacktestUnknown, BacktestOver
    """
    stale = settings.get_int("ORDERLOOM_IMPORT_STALE_SECONDS")
    parameters = {"tenant": work.tenant_id, "id": backtest_id, "now": work.now, "stale": stale}
    if not work.execute(_CANCEL, parameters):
        state = work.scalar(
            "SELECT state FROM config_backtests WHERE tenant_id = %(tenant)s AND id = %(id)s", parameters
        )
        if state is None:
            raise BacktestUnknown()
        raise BacktestOver(state=state)
    record_act(work, "config.cancel_backtest", to_text(PREFIX, backtest_id), {})
