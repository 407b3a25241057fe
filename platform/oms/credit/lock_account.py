"""Reads credit accounts under their locks, so that two orders cannot pass together."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from kernel.db import Work
from oms.credit.account_sql import CHAIN, COLUMNS
from oms.credit.position import CreditPosition, position_from_rows

_READ = f"""
WITH RECURSIVE chain AS ({CHAIN.replace("{start}", "s.id = ANY(%(ids)s)")})
SELECT {COLUMNS} FROM credit_accounts a
WHERE a.tenant_id = %(tenant)s AND a.id = ANY(ARRAY(SELECT id FROM chain)) ORDER BY a.id
"""
_LOCK = f"{_READ} FOR NO KEY UPDATE OF a"


def lock_accounts(work: Work, account_ids: Iterable[UUID]) -> dict[UUID, CreditPosition]:
    """The accounts with those above them, all locked in the order of their ids until the transaction ends.

    They must exist: a foreign key says so.
    """
    return _read(work, _LOCK, account_ids)


def lock_account(work: Work, account_id: UUID) -> CreditPosition:
    """One account and those above it, as `lock_accounts`."""
    return lock_accounts(work, [account_id])[account_id]


def read_accounts(work: Work, account_ids: Iterable[UUID]) -> dict[UUID, CreditPosition]:
    """As they stand, without a lock: for showing, never for deciding."""
    return _read(work, _READ, account_ids)


def _read(work: Work, statement: str, account_ids: Iterable[UUID]) -> dict[UUID, CreditPosition]:
    wanted = sorted(set(account_ids))
    if not wanted:
        return {}
    rows = work.rows(statement, {"tenant": work.tenant_id, "ids": wanted, "today": work.today})
    found = [row._asdict() for row in rows]
    positions = {key: position_from_rows(key, found) for key in wanted}
    return {key: position for key, position in positions.items() if position is not None}
