"""Reminders of overdue invoices: one mail a step, each sterner, in the company's language."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kernel.db import Work
from kernel.mail import Mail
from kernel.outbox import Delivery
from oms.notifications import mail_once
from oms.receivables.dun import dun_overdue
from oms.receivables.jobs import mail_reminder
from oms.receivables.post_receivable import PostReceivable, post_receivable
from oms.receivables.save_steps import Step, save_steps
from tests.support.builders import a_customer


class Letterbox:
    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


def _deliver(work: Work) -> None:
    """Every event of dunning, each twice."""
    rows = work.rows(
        "SELECT id, payload FROM outbox_messages WHERE tenant_id = %(t)s AND topic = 'receivable.dunned' ORDER BY id",
        {"t": work.tenant_id},
    )
    for row in rows:
        for _twice in range(2):
            mail_reminder(work, Delivery(work.tenant_id, row.id, "receivable.dunned", row.payload))


def test_each_step_sends_one_mail_with_its_words_and_says_when_orders_stop(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    letterbox = Letterbox()
    monkeypatch.setattr(mail_once, "mailer_for", lambda *_: letterbox)
    customer = a_customer(work, "C-1", limit="900")
    due = work.today - timedelta(days=10)
    item = PostReceivable(customer_id=customer, kind="invoice", number="R-1", amount=Decimal(50), due_on=due)
    post_receivable(work, item)

    save_steps(work, [Step(after_days=7, words="Please pay soon.")])
    dun_overdue(work)
    _deliver(work)
    save_steps(work, [Step(after_days=7), Step(after_days=9, stop=True, words="This is the last reminder.")])
    dun_overdue(work)
    _deliver(work)

    first, second = letterbox.mails
    assert "R-1" in first.subject and "Please pay soon." in first.text and "no further order" not in first.text
    assert first.subject.startswith("Reminder: ") and second.subject.startswith("Reminder 2: ")
    assert "This is the last reminder." in second.text and "no further order is processed" in second.text
    stopped = work.scalar("SELECT overdue_stop FROM credit_accounts WHERE tenant_id = %(t)s", {"t": work.tenant_id})
    assert stopped is True
