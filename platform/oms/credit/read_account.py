"""Reads a credit account as it stands, without a lock: for showing, never for deciding."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from oms.credit.plan import CreditPosition

COLUMNS = """number, currency, credit_limit, raised_limit, raised_until, blocked, open_orders, unbilled_shipments,
  open_invoices, overdue, unapplied_payments"""


def read_account(work: Work, account_id: UUID | None) -> CreditPosition | None:
    """None where there is no account."""
    if account_id is None:
        return None
    row = work.row(
        f"SELECT {COLUMNS} FROM credit_accounts WHERE tenant_id = %(tenant)s AND id = %(id)s",
        {"tenant": work.tenant_id, "id": account_id},
    )
    return CreditPosition(**row._asdict()) if row else None
