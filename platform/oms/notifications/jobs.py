"""Mails to buyers about their orders, and to staff about approvals and stock that runs low.

A mail is written down in the consumer's transaction under a key of event and recipient, then sent. Should the commit
fail after it was sent, it is sent once more; it is never lost.
"""

from __future__ import annotations

from typing import Any

from kernel.db import Work
from kernel.i18n import translate
from kernel.ids import from_text
from kernel.jobs import consumes, every
from kernel.mail import Mail
from kernel.outbox import Delivery
from oms.notifications.mail_approvers import TEXTS as APPROVAL_TEXTS
from oms.notifications.mail_approvers import approval_mails
from oms.notifications.mail_low_stock import mail_low_stock
from oms.notifications.mail_once import configured_mailer, mail_once
from oms.notifications.texts import TEXTS

_ORDER = """
SELECT o.id, o.number, o.currency, o.total, c.name, c.email FROM orders o
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s
"""


@consumes(*TEXTS, name="notifications.mail_buyer", queue="mail")
def mail_buyer(work: Work, delivery: Delivery) -> None:
    """Tells the buyer what became of his order, where an address is known."""
    order_id = from_text("ord", delivery.payload["order_id"])
    order = work.row(_ORDER, {"tenant": work.tenant_id, "order": order_id})
    if order is None or not order.email:
        return
    mail = compose(work, delivery, order)
    mail_once(work, delivery, order_id=order.id, recipient=order.email, subject=mail.subject, body=mail.text)


@consumes(*APPROVAL_TEXTS, name="notifications.mail_approvers", queue="mail")
def mail_approvers(work: Work, delivery: Delivery) -> None:
    """Tells whoever an approval's event is for."""
    for mail in approval_mails(work, delivery):
        configured_mailer().send(mail)


@every(seconds=3600, name="notifications.mail_low_stock")
def tell_low_stock(work: Work) -> None:
    """A second run within the day finds nobody to tell."""
    mail_low_stock(work)


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
