"""Reads of backtests and of what they found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kernel.db import Work
from low_code.backtests.errors import BacktestUnknown

_COLUMNS = (
    "id, head, manifest, changed, scope, state, total, done, differing, tallies, failure, cancel_requested,"
    " created_by_name, created_at, started_at, finished_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """changed: addresses that differ; tallies: name -> sum so far, amounts as text"""

    id: UUID
    head: int
    manifest: Mapping[str, str]
    changed: Sequence[str]
    scope: Mapping[str, Any]
    state: str
    total: int
    done: int
    differing: int
    tallies: Mapping[str, Any]
    failure: str
    cancel_requested: bool
    created_by_name: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state not in {"queued", "running"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDifference:
    position: int
    subject_id: UUID
    label: str
    what: Sequence[str]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def list_backtests(work: Work, *, before: UUID | None = None, limit: int = 20) -> list[Backtest]:
    """Newest first; `before` is the last id of the page before."""
    rows = work.mappings(
        f"SELECT {_COLUMNS} FROM config_backtests WHERE tenant_id = %(tenant)s"
        " AND (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s",
        {"tenant": work.tenant_id, "before": before, "limit": limit},
    )
    return [Backtest(**row) for row in rows]


def read_backtest(work: Work, backtest_id: UUID) -> Backtest:
    """raises BacktestUnknown"""
    rows = work.mappings(
        f"SELECT {_COLUMNS} FROM config_backtests WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": backtest_id},
    )
    if not rows:
        raise BacktestUnknown()
    return Backtest(**rows[0])


def list_differences(
    work: Work, backtest_id: UUID, *, what: str | None = None, after: int = 0, limit: int = 50
) -> list[FoundDifference]:
    """Behind the position `after`; what: only those where this decision differs."""
    rows = work.mappings(
        "SELECT position, subject_id, label, what, before, after FROM config_backtest_differences"
        " WHERE tenant_id = %(tenant)s AND backtest_id = %(id)s AND position > %(after)s"
        " AND (%(what)s::text IS NULL OR what ? %(what)s) ORDER BY position LIMIT %(limit)s",
        {"tenant": work.tenant_id, "id": backtest_id, "after": after, "what": what, "limit": limit},
    )
    return [FoundDifference(**row) for row in rows]


def read_difference(work: Work, backtest_id: UUID, position: int) -> FoundDifference:
    """raises BacktestUnknown where the backtest found no such difference"""
    found = list_differences(work, backtest_id, after=position - 1, limit=1)
    if not found or found[0].position != position:
        raise BacktestUnknown()
    return found[0]
