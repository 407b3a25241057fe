"""Moves invoices past their due day into the overdue bucket. Runs every hour; a second run finds nothing."""

from __future__ import annotations

from kernel.db import Work
from kernel.jobs import every
from oms.credit.book_exposure import book_exposure
from oms.credit.lock_account import lock_account

_DUE = """
SELECT id, account_id FROM receivables
WHERE tenant_id = %(tenant)s AND kind = 'invoice' AND open_amount > 0 AND NOT aged AND due_on < %(today)s
ORDER BY account_id, id
"""
_AGE = """
UPDATE receivables SET aged = true
WHERE tenant_id = %(tenant)s AND id = %(id)s AND NOT aged AND open_amount > 0
RETURNING open_amount
"""


@every(seconds=3600, name="credit.age_receivables")
def age_receivables(work: Work) -> None:
    """Each invoice under its account's lock, as every booking."""
    for due in work.rows(_DUE, {"tenant": work.tenant_id, "today": work.today}):
        lock_account(work, due.account_id)
        amount = work.scalar(_AGE, {"tenant": work.tenant_id, "id": due.id})
        if amount:
            book_exposure(work, due.account_id, "open_invoices", -amount, cause="fell_due", receivable_id=due.id)
            book_exposure(work, due.account_id, "overdue", amount, cause="fell_due", receivable_id=due.id)
