"""Mails to staff about approvals: whom an order waits for, who is reminded, passed over, sent a copy or told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.i18n import N_, translate
from kernel.ids import new_id
from kernel.mail import Mail
from kernel.outbox import Delivery

ORDERS = "order"  # approvals of other things are not told here


@dataclass(frozen=True, slots=True)
class ApprovalText:
    subject: str
    body: str


_HELLO = N_("Hello {name},\n\n{said}\n\nOrder {number} of {customer}, {currency} {total}.\n\n{company}")
TEXTS: Mapping[str, ApprovalText] = {
    "approval.task_opened": ApprovalText(
        N_("Order {number} waits for your approval"), N_("an order waits for your decision.")
    ),
    "approval.task_reminded": ApprovalText(
        N_("Reminder: order {number} waits for your approval"), N_("an order still waits for your decision.")
    ),
    "approval.task_escalated": ApprovalText(
        N_("Order {number} was passed on in your place"),
        N_("you were asked for a decision and did not answer in time. Somebody else has been asked instead."),
    ),
    "approval.people_copied": ApprovalText(
        N_("Copy: approval of order {number}"), N_("for your information: this order is being approved.")
    ),
    "approval.people_notified": ApprovalText(N_("About order {number}"), ""),
}
_ORDER = """
SELECT o.id, o.number, o.currency, o.total, c.name AS customer FROM orders o
JOIN customers c ON c.tenant_id = %(tenant)s AND c.id = o.customer_id
WHERE o.tenant_id = %(tenant)s AND o.id = %(order)s
"""
_PEOPLE = "SELECT id, name, email, locale FROM users WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND active"
_WRITE_DOWN = """
INSERT INTO notifications (tenant_id, id, event_id, topic, order_id, recipient, subject, body, created_at, sent_at)
VALUES (%(tenant)s, %(id)s, %(event)s, %(topic)s, %(order)s, %(recipient)s, %(subject)s, %(body)s, %(now)s, %(now)s)
ON CONFLICT (tenant_id, event_id, recipient) DO NOTHING
"""


def approval_mails(work: Work, delivery: Delivery) -> Sequence[Mail]:
    """Writes down and returns the mails that an approval's event calls for, each in its reader's language."""
    payload = delivery.payload
    if payload["subject_kind"] != ORDERS:
        return ()
    order = work.row(_ORDER, {"tenant": work.tenant_id, "order": UUID(payload["subject_id"])})
    ids = [UUID(user) for user in payload.get("people", [payload.get("assignee")]) if user]
    if order is None or not ids:
        return ()
    people = work.rows(_PEOPLE, {"tenant": work.tenant_id, "ids": ids})
    mails = [_compose(work, delivery, order, person) for person in people]
    return [mail for mail in mails if _note(work, delivery, order, mail)]


def _compose(work: Work, delivery: Delivery, order: Any, person: Any) -> Mail:
    text, locale = TEXTS[delivery.topic], person.locale
    facts = {
        "number": order.number, "customer": order.customer, "currency": order.currency, "total": f"{order.total:.2f}",
        "name": person.name, "company": work.tenant.name,
    }  # fmt: skip
    told = delivery.payload.get("message")
    said = (told.get(locale) or told.get("en", "")) if told else translate(text.body, locale, facts)
    return Mail(
        to=person.email,
        name=person.name,
        subject=translate(text.subject, locale, facts),
        text=translate(_HELLO, locale, {**facts, "said": said}),
    )


def _note(work: Work, delivery: Delivery, order: Any, mail: Mail) -> bool:
    return bool(
        work.execute(
            _WRITE_DOWN,
            {
                "tenant": work.tenant_id, "id": new_id(), "event": delivery.id, "topic": delivery.topic,
                "order": order.id, "recipient": mail.to, "subject": mail.subject, "body": mail.text, "now": work.now,
            },
        )
    )  # fmt: skip
