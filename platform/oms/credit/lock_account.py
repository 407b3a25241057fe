"""Reads a credit account under its lock, so that two orders cannot pass together."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from oms.credit.plan import CreditPosition
from oms.credit.read_account import COLUMNS

_LOCK = f"SELECT {COLUMNS} FROM credit_accounts WHERE tenant_id = %(tenant)s AND id = %(id)s FOR NO KEY UPDATE"


def lock_account(work: Work, account_id: UUID) -> CreditPosition:
    """The account, locked until the transaction ends. It must exist: a foreign key says so."""
    row = work.row(_LOCK, {"tenant": work.tenant_id, "id": account_id})
    assert row is not None
    return CreditPosition(**row._asdict())
