"""Ends counting: differences within tolerance are posted at once, others wait for somebody who did not count them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.errors import Problem
from kernel.ids import to_text
from oms.inventory.book_entries import book_entries
from oms.inventory.entries import Entry
from oms.inventory.errors import MovementsRefused
from oms.stock_counts import errors
from oms.stock_counts.lock_count import LockedCount, lock_count
from oms.stock_counts.plan import beyond_tolerance
from tenants.access.audit import audit

_COUNTED = """
SELECT l.id, l.sku_id, s.code AS sku, l.bin_id, l.lot_id, l.counted, l.expected, l.difference, l.counter_id, l.serials,
  l.expected_serials
FROM stock_count_lines l JOIN skus s ON s.tenant_id = %(tenant)s AND s.id = l.sku_id
WHERE l.tenant_id = %(tenant)s AND l.count_id = %(id)s AND l.counted IS NOT NULL ORDER BY s.code, l.id
"""
_STATE = """
UPDATE stock_counts SET state = %(state)s,
  submitted_at = coalesce(%(submitted_at)s, submitted_at), submitted_by = coalesce(%(submitted_by)s, submitted_by),
  closed_at = %(closed_at)s, closed_by = coalesce(%(closed_by)s, '')
WHERE tenant_id = %(tenant)s AND id = %(id)s
"""
_UNCOUNT = """
UPDATE stock_count_lines SET counted = NULL, expected = NULL, counted_at = NULL, counted_by = '', counter_id = NULL,
  serials = '{}', expected_serials = '{}'
WHERE tenant_id = %(tenant)s AND count_id = %(id)s AND id = ANY(%(lines)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountClosed:
    """state        review or posted
    differences  rows whose count was not what the books said
    beyond       of these, rows that somebody has to approve
    """

    count_id: UUID
    number: str
    state: str
    differences: int
    beyond: int


def submit_count(work: Work, count_id: UUID) -> CountClosed:
    """Rows that were not counted are left as the books have them. Raises CountNotFound, CountClosed, CountEmpty,
    MovementsRefused (as post)."""
    count = lock_count(work, count_id)
    if count.state != "counting":
        raise errors.CountClosed(number=count.number)
    lines = _counted(work, count)
    if not lines:
        raise errors.CountEmpty()
    beyond = _beyond(count, lines)
    state = "review" if beyond else "posted"
    _set_state(work, count, state, submitted=True)
    if not beyond:
        _post(work, count, lines)
    return _closed(work, count, lines, state, len(beyond), "count.submit")


def approve_count(work: Work, count_id: UUID) -> CountClosed:
    """Posts all differences. Raises CountNotFound, CountNotInReview, CounterMayNotApprove, MovementsRefused."""
    count = lock_count(work, count_id)
    if count.state != "review":
        raise errors.CountNotInReview(number=count.number)
    lines = _counted(work, count)
    beyond = _beyond(count, lines)
    if work.actor.id is not None and any(line.counter_id == work.actor.id for line in beyond):
        raise errors.CounterMayNotApprove()
    _set_state(work, count, "posted", submitted=False)
    _post(work, count, lines)
    return _closed(work, count, lines, "posted", len(beyond), "count.approve")


def send_count_back(work: Work, count_id: UUID) -> None:
    """The rows beyond tolerance are to be counted again. Raises CountNotFound, CountNotInReview."""
    count = lock_count(work, count_id)
    if count.state != "review":
        raise errors.CountNotInReview(number=count.number)
    again = [line.id for line in _beyond(count, _counted(work, count))]
    work.execute(_UNCOUNT, {"tenant": work.tenant_id, "id": count.id, "lines": again})
    _set_state(work, count, "counting", submitted=False)
    audit(work, "count.send_back", "count", to_text("cnt", count.id), {"rows": (None, len(again))})


def cancel_count(work: Work, count_id: UUID) -> None:
    """Nothing is posted. Raises CountNotFound, CountClosed."""
    count = lock_count(work, count_id)
    if count.state not in {"counting", "review"}:
        raise errors.CountClosed(number=count.number)
    _set_state(work, count, "cancelled", submitted=False)
    audit(work, "count.cancel", "count", to_text("cnt", count.id), {"state": (count.state, "cancelled")})


def _counted(work: Work, count: LockedCount) -> list[Any]:
    return work.rows(_COUNTED, {"tenant": work.tenant_id, "id": count.id})


def _beyond(count: LockedCount, lines: list[Any]) -> list[Any]:
    limits = {"percent": count.tolerance_percent, "units": count.tolerance_units}
    return [line for line in lines if beyond_tolerance(line.expected, line.counted, **limits)]


def _set_state(work: Work, count: LockedCount, state: str, *, submitted: bool) -> None:
    closed = state in {"posted", "cancelled"}
    work.execute(
        _STATE,
        {
            "tenant": work.tenant_id, "id": count.id, "state": state,
            "submitted_at": work.now if submitted else None, "submitted_by": work.actor.name if submitted else None,
            "closed_at": work.now if closed else None, "closed_by": work.actor.name if closed else None,
        },
    )  # fmt: skip


def _post(work: Work, count: LockedCount, lines: list[Any]) -> None:
    """The difference goes to what is there now, whatever moved since. Raises MovementsRefused with "/<row>"."""
    entries: list[Entry] = []
    of_line: list[int] = []
    for index, line in enumerate(lines):
        for change, serials in _changes(line):
            entries.append(
                Entry(
                    sku_id=line.sku_id, location_id=count.location_id, kind="adjusted", cause="count", change=change,
                    lot_id=line.lot_id, bin_id=line.bin_id, serials=serials, document=count.document,
                )
            )  # fmt: skip
            of_line.append(index)
    try:
        book_entries(work, entries)
    except MovementsRefused as refused:
        refused.problems = tuple(
            Problem(f"/rows/{of_line[int(each.pointer[1:])]}", each.code, each.message, each.facts)
            for each in refused.problems
        )
        raise


def _changes(line: Any) -> list[tuple[Decimal, tuple[str, ...]]]:
    """What to book of a row. Serial numbers that were missing go, those that were found come."""
    if not line.serials and not line.expected_serials:
        return [(line.difference, ())] if line.difference else []
    missing = tuple(sorted(set(line.expected_serials) - set(line.serials)))
    found = tuple(sorted(set(line.serials) - set(line.expected_serials)))
    return [
        (sign * Decimal(len(serials)), serials)
        for sign, serials in ((Decimal(-1), missing), (Decimal(1), found))
        if serials
    ]


def _closed(work: Work, count: LockedCount, lines: list[Any], state: str, beyond: int, action: str) -> CountClosed:
    differences = sum(1 for line in lines if line.difference)
    told = {"state": (count.state, state), "differences": (None, differences), "beyond_tolerance": (None, beyond)}
    audit(work, action, "count", to_text("cnt", count.id), told)
    return CountClosed(count_id=count.id, number=count.number, state=state, differences=differences, beyond=beyond)
