"""Mails to buyers: one per event and address, in the company's language."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from kernel.db import Work
from kernel.ids import new_id, to_text
from kernel.jobs.registry import Consumer, consume
from kernel.mail import Mail
from kernel.outbox import Delivery
from oms.notifications import jobs, mail_once
from oms.notifications.texts import TEXTS
from oms.placement.commands import LineRequest, OrderPlaced, PlaceOrder
from oms.placement.place_order import place_order
from tenants.scope import open_work
from tests.support.builders import a_customer, a_policy, a_sku
from tests.support.tenants import TestTenant, create_test_tenant


class Letterbox:
    """fails: how many sends fail before one comes through"""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.fails = 0

    def send(self, mail: Mail) -> None:
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the mail server is away")
        self.mails.append(mail)


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch) -> Letterbox:
    made = Letterbox()
    monkeypatch.setattr(mail_once, "mailer_for", lambda *_: made)
    return made


def an_order(work: Work, **customer: str) -> OrderPlaced:
    a_sku(work, "TEA", price="10.00", tax_rate="0")
    a_customer(work, "C-1", **customer)  # type: ignore[arg-type]
    return place_order(
        work,
        PlaceOrder(
            order_type="standard", channel="test", customer_number="C-1",
            lines=(LineRequest(sku="TEA", quantity=Decimal(2)),),
        ),
        a_policy(credit="ignore"),
    )  # fmt: skip


def delivery(work: Work, order: OrderPlaced, topic: str = "order.placed", **facts: str) -> Delivery:
    payload = {"order_id": to_text("ord", order.order_id), "number": order.number, **facts}
    return Delivery(work.tenant_id, new_id(), topic, payload)


def written(work: Work) -> int:
    return int(work.scalar("SELECT count(*) FROM notifications WHERE tenant_id = %(t)s", {"t": work.tenant_id}))


@pytest.fixture
def mail_buyer() -> Consumer:
    return Consumer(
        name="notifications.mail_buyer", topics=frozenset(TEXTS), handle=jobs.mail_buyer, queue="mail", max_retries=1,
        time_limit_ms=1_000,
    )  # fmt: skip


def test_an_event_makes_one_mail_however_often_it_comes(work: Work, letterbox: Letterbox) -> None:
    order = an_order(work)
    event = delivery(work, order)

    for _ in range(3):  # past the consumer's own memory, as if that were lost
        jobs.mail_buyer(work, event)

    (mail,) = letterbox.mails
    assert mail.to == "buyer@example.com" and order.number in mail.subject and "20.00" in mail.text
    assert written(work) == 1


def test_another_event_of_the_order_makes_another_mail(work: Work, letterbox: Letterbox) -> None:
    order = an_order(work)

    for topic in TEXTS:
        jobs.mail_buyer(work, delivery(work, order, topic, comment="too dear"))

    assert len({mail.subject for mail in letterbox.mails}) == len(TEXTS) == written(work)
    assert any("too dear" in mail.text for mail in letterbox.mails)


def test_a_buyer_without_an_address_gets_none(work: Work, letterbox: Letterbox) -> None:
    jobs.mail_buyer(work, delivery(work, an_order(work, email="")))

    assert letterbox.mails == [] and written(work) == 0


def test_an_event_about_no_order_of_this_company_makes_none(work: Work, letterbox: Letterbox) -> None:
    event = Delivery(work.tenant_id, new_id(), "order.placed", {"order_id": to_text("ord", new_id()), "number": "X"})

    jobs.mail_buyer(work, event)

    assert letterbox.mails == []


@pytest.fixture
def chinese(system_engine: Engine) -> Iterator[TestTenant]:
    yield create_test_tenant(system_engine, f"zh-{uuid4().hex[:8]}", locale="zh-CN", currency="CNY")


def test_mails_speak_the_language_of_the_company(engine: Engine, chinese: TestTenant, letterbox: Letterbox) -> None:
    with open_work(engine, chinese.id) as work:
        order = an_order(work)
        for topic in TEXTS:
            jobs.mail_buyer(work, delivery(work, order, topic))

    for mail in letterbox.mails:
        assert any("\u4e00" <= character <= "\u9fff" for character in mail.subject), mail.subject
        assert any("\u4e00" <= character <= "\u9fff" for character in mail.text), mail.text
        assert "{" not in mail.subject + mail.text


def test_a_mail_that_could_not_be_sent_is_sent_by_the_next_try(
    engine: Engine, system_engine: Engine, letterbox: Letterbox, mail_buyer: Consumer
) -> None:
    tenant = create_test_tenant(system_engine, f"m-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id) as work:
        event = delivery(work, an_order(work))
    letterbox.fails = 1

    with pytest.raises(ConnectionError), open_work(engine, tenant.id) as work:
        consume(work, mail_buyer, event)
    for _ in range(2):
        with open_work(engine, tenant.id) as work:
            consume(work, mail_buyer, event)

    assert len(letterbox.mails) == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM notifications")).scalar() == 0  # no scope, no rows
