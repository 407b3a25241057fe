"""Takes overdue invoices to the dunning step that they have reached: a reminder by mail, a stop, or both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id, to_text
from kernel.outbox import put_event
from oms.credit.lock_account import lock_account
from oms.receivables.items import lock_items
from tenants.access.audit import audit

# The highest step that an invoice has come to and that it has not taken; earlier ones that were missed are left out.
_TO_DUN = """
SELECT r.id, r.customer_id, r.account_id, r.number, c.email, %(today)s - r.due_on AS days, s.step, s.remind, s.stop
FROM receivables r
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
JOIN LATERAL (SELECT * FROM dunning_steps x WHERE x.tenant_id = %(tenant)s AND x.after_days <= %(today)s - r.due_on
  ORDER BY x.step DESC LIMIT 1) s ON true
WHERE r.tenant_id = %(tenant)s AND r.kind = 'invoice' AND r.open_amount > 0 AND r.due_on < %(today)s
  AND NOT EXISTS (SELECT FROM dunning_entries d
    WHERE d.tenant_id = %(tenant)s AND d.invoice_id = r.id AND d.step >= s.step)
ORDER BY r.account_id, r.id LIMIT %(limit)s
"""
_LOG = """
INSERT INTO dunning_entries (tenant_id, id, invoice_id, step, open_amount, days_overdue, reminded, stopped, at)
VALUES (%(tenant)s, %(id)s, %(invoice)s, %(step)s, %(open)s, %(days)s, %(reminded)s, %(stopped)s, %(now)s)
ON CONFLICT (tenant_id, invoice_id, step) DO NOTHING
"""
_STOP = """
UPDATE credit_accounts SET overdue_stop = true
WHERE tenant_id = %(tenant)s AND id = %(account)s AND NOT overdue_stop
"""
_MOST = 500


@dataclass(frozen=True, slots=True)
class InvoiceDunned:
    """An invoice has come to a step. remind: a mail goes out"""

    invoice_id: UUID
    customer_id: UUID
    number: str
    step: int
    remind: bool
    topic: str = field(default="receivable.dunned", init=False)

    def to_json(self) -> dict[str, Any]:
        return {
            "invoice_id": to_text("rec", self.invoice_id), "customer_id": to_text("cus", self.customer_id),
            "number": self.number, "step": self.step, "remind": self.remind,
        }  # fmt: skip


def dun_overdue(work: Work) -> int:
    """How many invoices took a step. A second run on the same day takes none."""
    taken = 0
    for due in work.rows(_TO_DUN, {"tenant": work.tenant_id, "today": work.today, "limit": _MOST}):
        (invoice,) = lock_items(work, due.id)
        if invoice.open_amount <= 0:
            continue  # paid a moment ago
        stops = bool(due.stop and due.account_id)
        reminds = bool(due.remind and due.email)
        logged = work.execute(
            _LOG,
            {
                "tenant": work.tenant_id, "id": new_id(), "invoice": due.id, "step": due.step,
                "open": invoice.open_amount, "days": due.days, "reminded": due.email if reminds else "",
                "stopped": stops, "now": work.now,
            },
        )  # fmt: skip
        if not logged:
            continue
        taken += 1
        if stops:
            _stop(work, due)
        put_event(work, InvoiceDunned(due.id, due.customer_id, due.number, due.step, reminds))
    return taken


def _stop(work: Work, due: Any) -> None:
    lock_account(work, due.account_id)
    if work.execute(_STOP, {"tenant": work.tenant_id, "account": due.account_id}):
        changes = {"overdue_stop": (False, True), "invoice": (None, due.number)}
        audit(work, "credit.stop_overdue", "credit_account", to_text("acc", due.account_id), changes)
