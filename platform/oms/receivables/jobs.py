"""Moves invoices past their due day into the overdue bucket, takes dunning steps, and mails reminders."""

from __future__ import annotations

from decimal import Decimal

from kernel.db import Work
from kernel.i18n import N_, translate
from kernel.ids import from_text
from kernel.jobs import consumes, every
from kernel.outbox import Delivery
from oms.credit.book_exposure import book_exposure
from oms.notifications.mail_once import mail_once
from oms.receivables.debtor import lock_books
from oms.receivables.dun import dun_overdue

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
_INVOICE = """
SELECT r.id, r.number, r.currency, r.open_amount, r.due_on, %(today)s - r.due_on AS days, c.name, c.email,
  coalesce(s.words, '') AS words, coalesce(d.stopped, false) AS stopped
FROM receivables r
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
LEFT JOIN dunning_steps s ON s.tenant_id = %(tenant)s AND s.step = %(step)s
LEFT JOIN dunning_entries d ON d.tenant_id = %(tenant)s AND d.invoice_id = r.id AND d.step = %(step)s
WHERE r.tenant_id = %(tenant)s AND r.id = %(invoice)s
"""
SUBJECT = N_("Reminder: invoice {number} was due on {due_on}")
AGAIN = N_("Reminder {step}: invoice {number} was due on {due_on}")
STOPPED = N_("Until it is paid, no further order is processed.")
BODY = N_(
    "Hello {name},\n\ninvoice {number} was due on {due_on}, {days} days ago. {currency} {amount} of it is still open."
    "\n{words}\nIf you have paid in the meantime, please take this as settled.\n\n{company}"
)


@every(seconds=3600, name="receivables.age")
def age_receivables(work: Work) -> None:
    """Each invoice under its account's lock, as every booking. A second run finds nothing."""
    due = work.rows(_DUE, {"tenant": work.tenant_id, "today": work.today})
    lock_books(work, accounts={row.account_id for row in due})
    for row in due:
        amount = work.scalar(_AGE, {"tenant": work.tenant_id, "id": row.id})
        if amount and row.account_id is not None:
            for bucket, change in (("open_invoices", -Decimal(amount)), ("overdue", Decimal(amount))):
                book_exposure(work, row.account_id, bucket, change, cause="fell_due", receivable_id=row.id)


@every(seconds=3600, name="receivables.dun")
def dun_receivables(work: Work) -> None:
    """By the tenant's steps. A second run finds nothing: each step of an invoice is logged once."""
    dun_overdue(work)


@consumes("receivable.dunned", name="receivables.mail_reminder", queue="mail")
def mail_reminder(work: Work, delivery: Delivery) -> None:
    """Reminds the customer, in the tenant's language, unless the invoice was paid in the meantime."""
    if not delivery.payload["remind"]:
        return
    parameters = {
        "tenant": work.tenant_id, "invoice": from_text("rec", delivery.payload["invoice_id"]), "today": work.today,
        "step": delivery.payload["step"],
    }  # fmt: skip
    invoice = work.row(_INVOICE, parameters)
    if invoice is None or invoice.open_amount <= 0 or not invoice.email:
        return
    facts = {
        "number": invoice.number, "name": invoice.name, "due_on": invoice.due_on.isoformat(), "days": invoice.days,
        "currency": invoice.currency, "amount": f"{invoice.open_amount:.2f}", "company": work.tenant.name,
        "step": delivery.payload["step"],
    }  # fmt: skip
    locale = work.tenant.locale
    own = [*([translate(STOPPED, locale, {})] if invoice.stopped else []), *([invoice.words] if invoice.words else [])]
    facts["words"] = "".join(f"\n{sentence}\n" for sentence in own)
    mail_once(
        work, delivery, order_id=None, recipient=invoice.email, body=translate(BODY, locale, facts),
        subject=translate(SUBJECT if facts["step"] == 1 else AGAIN, locale, facts),
    )  # fmt: skip
