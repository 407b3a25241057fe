"""An account that dunning has stopped goes on by itself once nothing of what stopped it is overdue any more."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from tenants.access.audit import audit

_LIFT = """
UPDATE credit_accounts a SET overdue_stop = false
WHERE a.tenant_id = %(tenant)s AND a.id = %(account)s AND a.overdue_stop
  AND NOT EXISTS (SELECT FROM receivables i
    JOIN dunning_entries d ON d.tenant_id = %(tenant)s AND d.invoice_id = i.id AND d.stopped
    WHERE i.tenant_id = %(tenant)s AND i.account_id = a.id AND i.open_amount > 0)
"""


def lift_stop(work: Work, account_id: UUID) -> bool:
    """Whether the stop was lifted. The account is locked."""
    lifted = bool(work.execute(_LIFT, {"tenant": work.tenant_id, "account": account_id}))
    if lifted:
        audit(work, "credit.lift_stop", "credit_account", to_text("acc", account_id), {"overdue_stop": (True, False)})
    return lifted
