"""Mails to buyers about their orders, and to staff about approvals.

A mail is written down in the consumer's transaction under a key of event and recipient, then sent. Should the commit
fail after it was sent, it is sent once more; it is never lost.
"""

from __future__ import annotations

from typing import Any

from kernel import settings
from kernel.db import Work
from kernel.i18n import translate
from kernel.ids import from_text, new_id
from kernel.jobs import consumes
from kernel.mail import Mail, Mailer, mailer_for
from kernel.outbox import Delivery
from oms.notifications.mail_approvers import TEXTS as APPROVAL_TEXTS
from oms.notifications.mail_approvers import approval_mails
from oms.notifications.texts import TEXTS

_ORDER = """
SELECT o.id, o.number, o.currency, o.total, c.name, c.email FROM orders o
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s
"""
_WRITE_DOWN = """
INSERT INTO notifications (tenant_id, id, event_id, topic, order_id, recipient, subject, body, created_at, sent_at)
VALUES (%(tenant)s, %(id)s, %(event)s, %(topic)s, %(order)s, %(recipient)s, %(subject)s, %(body)s, %(now)s, %(now)s)
ON CONFLICT (tenant_id, event_id, recipient) DO NOTHING
"""


@consumes(*TEXTS, name="notifications.mail_buyer", queue="mail")
def mail_buyer(work: Work, delivery: Delivery) -> None:
    """Tells the buyer what became of his order, where an address is known."""
    order_id = from_text("ord", delivery.payload["order_id"])
    order = work.row(_ORDER, {"tenant": work.tenant_id, "order": order_id})
    if order is None or not order.email:
        return
    mail = compose(work, delivery, order)
    written = work.execute(
        _WRITE_DOWN,
        {
            "tenant": work.tenant_id, "id": new_id(), "event": delivery.id, "topic": delivery.topic,
            "order": order.id, "recipient": order.email, "subject": mail.subject, "body": mail.text, "now": work.now,
        },
    )  # fmt: skip
    if written:
        _mailer().send(mail)


@consumes(*APPROVAL_TEXTS, name="notifications.mail_approvers", queue="mail")
def mail_approvers(work: Work, delivery: Delivery) -> None:
    """Tells whoever an approval's event is for."""
    for mail in approval_mails(work, delivery):
        _mailer().send(mail)


def compose(work: Work, delivery: Delivery, order: Any) -> Mail:
    """The mail in the tenant's language."""
    text = TEXTS[delivery.topic]
    facts = {
        "number": order.number, "name": order.name, "currency": order.currency, "total": f"{order.total:.2f}",
        "company": work.tenant.name, "comment": delivery.payload.get("comment", ""),
    }  # fmt: skip
    return Mail(
        to=order.email,
        subject=translate(text.subject, work.tenant.locale, facts),
        text=translate(text.body, work.tenant.locale, facts),
    )


def _mailer() -> Mailer:
    return mailer_for(settings.get("ORDERLOOM_MAIL"), settings.get("ORDERLOOM_MAIL_FROM"))
