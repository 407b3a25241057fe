"""Writes a mail down under its event and recipient, and sends it the first time that it is written."""

from __future__ import annotations

from uuid import UUID

from kernel import settings
from kernel.db import Work
from kernel.ids import new_id
from kernel.mail import Mail, Mailer, mailer_for
from kernel.outbox import Delivery

_WRITE_DOWN = """
INSERT INTO notifications (tenant_id, id, event_id, topic, order_id, recipient, subject, body, created_at, sent_at)
VALUES (%(tenant)s, %(id)s, %(event)s, %(topic)s, %(order)s, %(recipient)s, %(subject)s, %(body)s, %(now)s, %(now)s)
ON CONFLICT (tenant_id, event_id, recipient) DO NOTHING
"""


def mail_once(
    work: Work, delivery: Delivery, *, order_id: UUID | None, recipient: str, subject: str, body: str
) -> None:
    """An event that comes twice sends one mail. Should the commit fail after it was sent, it is sent once more."""
    written = work.execute(
        _WRITE_DOWN,
        {
            "tenant": work.tenant_id, "id": new_id(), "event": delivery.id, "topic": delivery.topic,
            "order": order_id, "recipient": recipient, "subject": subject, "body": body, "now": work.now,
        },
    )  # fmt: skip
    if written:
        configured_mailer().send(Mail(to=recipient, subject=subject, text=body))


def configured_mailer() -> Mailer:
    return mailer_for(settings.get("ORDERLOOM_MAIL"), settings.get("ORDERLOOM_MAIL_FROM"))
