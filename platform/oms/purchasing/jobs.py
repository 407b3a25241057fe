"""Mails of purchase requests: to those who may agree, and back to who asked. Written down before they are sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel import settings
from kernel.db import Work
from kernel.i18n import N_, translate
from kernel.ids import from_text, new_id
from kernel.jobs import consumes
from kernel.mail import Mail, mailer_for
from kernel.outbox import Delivery
from oms.purchasing.buyers import approvers_of

ASKED = N_("{buyer} asks you to approve an order")
ASKED_BODY = N_(
    "Hello {name},\n\n{buyer} would like to order for {currency} {total}, which is above the spending limit.\n{note}\n"
    "Approve or decline it on the portal under Requests.\n\n{company}"
)
DECIDED = {
    "approved": (
        N_("Your request was approved"),
        N_("Hello {name},\n\n{decider} approved your request. It is order {number} now.\n{note}\n{company}"),
    ),
    "declined": (
        N_("Your request was declined"),
        N_("Hello {name},\n\n{decider} declined your request. The goods are in your cart again.\n{note}\n{company}"),
    ),
}
_REQUEST = """
SELECT r.id, r.customer_id, r.user_id, r.user_name, r.site_id, r.total, r.currency, r.note, r.decided_by_name,
  r.decision_note, r.status, u.name, u.email, u.locale
FROM purchase_requests r JOIN users u ON u.tenant_id = %(tenant)s AND u.id = r.user_id
WHERE r.tenant_id = %(tenant)s AND r.id = %(id)s
"""
_WRITE_DOWN = """
INSERT INTO notifications (tenant_id, id, event_id, topic, recipient, subject, body, created_at, sent_at)
VALUES (%(tenant)s, %(id)s, %(event)s, %(topic)s, %(recipient)s, %(subject)s, %(body)s, %(now)s, %(now)s)
ON CONFLICT (tenant_id, event_id, recipient) DO NOTHING
"""


@consumes("purchase_request.asked", name="purchasing.mail_approvers", queue="mail")
def mail_approvers(work: Work, delivery: Delivery) -> None:
    """Asks everybody who may agree, but for who asks; nobody where it is decided meanwhile."""
    request = _read(work, delivery)
    if request is None or request.status != "waiting":
        return
    facts = {
        "buyer": request.user_name, "currency": request.currency, "total": f"{request.total:.2f}",
        "note": f"\n{request.note}\n" if request.note else "", "company": work.tenant.name,
    }  # fmt: skip
    for person in approvers_of(work, request.customer_id, request.site_id):
        if person.id != request.user_id:
            _send(work, delivery, person, ASKED, ASKED_BODY, facts)


@consumes("purchase_request.decided", name="purchasing.mail_buyer", queue="mail")
def mail_buyer(work: Work, delivery: Delivery) -> None:
    """Tells who asked what was decided; who withdrew knows it."""
    request = _read(work, delivery)
    if request is None or delivery.payload["status"] not in DECIDED:
        return
    subject, body = DECIDED[delivery.payload["status"]]
    facts = {
        "decider": request.decided_by_name, "number": delivery.payload["number"] or "",
        "note": f"\n{request.decision_note}\n" if request.decision_note else "", "company": work.tenant.name,
    }  # fmt: skip
    _send(work, delivery, request, subject, body, facts)


def _read(work: Work, delivery: Delivery) -> Any:
    key: UUID | None = from_text("prq", delivery.payload["request_id"])
    return work.row(_REQUEST, {"tenant": work.tenant_id, "id": key})


def _send(work: Work, delivery: Delivery, person: Any, subject: str, body: str, facts: dict[str, Any]) -> None:
    facts = {**facts, "name": person.name}
    mail = Mail(
        to=person.email, name=person.name, subject=translate(subject, person.locale, facts),
        text=translate(body, person.locale, facts),
    )  # fmt: skip
    written = work.execute(
        _WRITE_DOWN,
        {
            "tenant": work.tenant_id, "id": new_id(), "event": delivery.id, "topic": delivery.topic,
            "recipient": mail.to, "subject": mail.subject, "body": mail.text, "now": work.now,
        },
    )  # fmt: skip
    if written:
        mailer_for(settings.get("ORDERLOOM_MAIL"), settings.get("ORDERLOOM_MAIL_FROM")).send(mail)
