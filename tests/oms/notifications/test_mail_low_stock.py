"""Who plans stock is told once a day what ran low, within reach, each in his language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.mail import Mail
from oms.inventory.watch_levels import announce_low_stock
from oms.notifications import mail_once
from oms.notifications.mail_low_stock import mail_low_stock
from tenants.scope import open_work
from tests.support.builders import a_location, a_sku, stock
from tests.support.web import Company, make_company, make_user


class Letterbox:
    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch) -> Letterbox:
    made = Letterbox()
    monkeypatch.setattr(mail_once, "mailer_for", lambda *_: made)
    return made


@pytest.fixture
def company(engine: Engine, system_engine: Engine) -> Company:
    return make_company(engine, system_engine)


def _fall_low(work: Work, sku: str, *places: str) -> None:
    a_sku(work, sku)
    for key in places:
        found = work.scalar(
            "SELECT id FROM locations WHERE tenant_id = %(t)s AND key = %(k)s", {"t": work.tenant_id, "k": key}
        )
        stock(work, sku, at=found or a_location(work, key), on_hand="3", safety="10")
    work.session.flush()
    announce_low_stock(work)


def test_each_planner_is_told_once_a_day_what_ran_low_within_reach(
    engine: Engine, company: Company, letterbox: Letterbox
) -> None:
    with open_work(engine, company.id, SYSTEM) as work:
        _fall_low(work, "TEA", "north", "south")
        south = work.scalar("SELECT id FROM locations WHERE tenant_id = %(t)s AND key = 'south'", {"t": work.tenant_id})
    make_user(engine, company, "warehouse", name="Wu", locale="zh-CN", location_scope=[south])
    make_user(engine, company, "approver", name="Vi")

    with open_work(engine, company.id, SYSTEM) as work:
        first = mail_low_stock(work)
        again = mail_low_stock(work)

    assert again == 0 and first == len(letterbox.mails)
    english = next(mail for mail in letterbox.mails if "runs low" in mail.subject)
    chinese = next(mail for mail in letterbox.mails if "库存不足" in mail.subject)
    assert "3 left, safety stock 10" in english.text and "剩余 3，安全库存 10" in chinese.text
    assert (english.text.count("TEA"), chinese.text.count("TEA")) == (2, 1)
    assert not any("Vi" in mail.text for mail in letterbox.mails)

    letterbox.mails.clear()
    with open_work(engine, company.id, SYSTEM) as work:
        _fall_low(work, "MUG", "south")
        work.now += timedelta(days=1)
        mail_low_stock(work)

    assert letterbox.mails and all("MUG" in mail.text and "TEA" not in mail.text for mail in letterbox.mails)
