"""Reads a credit account as it stands, without a lock: for showing, never for deciding."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from oms.credit.lock_account import read_accounts
from oms.credit.position import CreditPosition


def read_account(work: Work, account_id: UUID | None) -> CreditPosition | None:
    """None where there is no account."""
    return None if account_id is None else read_accounts(work, [account_id]).get(account_id)
