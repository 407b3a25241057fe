"""What waits is known with the day it is expected, followed up, and asked about by a link that opens nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import ascii_letters, digits
from typing import Any
from uuid import UUID

import pytest

from kernel.db import Work
from kernel.errors import DomainError
from kernel.ids import new_id
from kernel.mail import Mail
from kernel.outbox import Delivery
from oms.backorders import jobs
from oms.backorders.answer_question import AnswerQuestion, answer_question
from oms.backorders.ask_buyer import AskBuyer, ask_buyer, read_question
from oms.backorders.errors import LinkInvalid, NotASubstitute, QuestionAnswered
from oms.backorders.follow_up import FollowUp, finish_follow_up, follow_up
from oms.backorders.link import question_of, token_of
from oms.backorders.queries import BackorderFilter, count_backorders, list_backorders
from oms.catalog.substitutes import set_substitutes
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.notifications import mail_once
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from oms.receipts.expect_goods import ExpectedRow, expect_goods
from tests.support.builders import a_customer, a_location, a_sku, sku_id
from tests.support.configuration import an_order_type, publish_defaults


@pytest.fixture
def shop(work: Work) -> Work:
    publish_defaults(work, {"order_type/standard": an_order_type(channels=["api"], credit={"policy": "ignore"})})
    for code in ("TEA", "MUG"):
        a_sku(work, code)
    a_customer(work)
    place_id = a_location(work, "east")
    receive_stock(work, ReceiveStock(sku_id=sku_id(work, "TEA"), location_id=place_id, quantity=Decimal(1)))
    receive_stock(work, ReceiveStock(sku_id=sku_id(work, "MUG"), location_id=place_id, quantity=Decimal(50)))
    return work


def order(work: Work, units: int, **more: Any) -> UUID:
    command = PlaceOrder(
        order_type="standard", channel="api", customer_number="C-1",
        lines=(LineRequest(sku="TEA", quantity=Decimal(units)),), **more,
    )  # fmt: skip
    return place(work, command).order_id


def expect(work: Work, units: int, in_days: int) -> None:
    row = ExpectedRow(
        sku="TEA", location="east", reference=f"PO-{in_days}", quantity=Decimal(units),
        due_on=work.today + timedelta(days=in_days), note="",
    )  # fmt: skip
    expect_goods(work, [row])


def lines(work: Work, order_id: UUID) -> dict[str, tuple[int, int, int]]:
    """SKU -> (ordered less cancelled, allocated, backordered)."""
    rows = work.rows(
        "SELECT sku, ordered - cancelled AS wanted, allocated, backordered FROM order_lines"
        " WHERE tenant_id = %(t)s AND order_id = %(o)s",
        {"t": work.tenant_id, "o": order_id},
    )
    return {row.sku: (int(row.wanted), int(row.allocated), int(row.backordered)) for row in rows if row.wanted}


def test_a_line_is_expected_when_it_and_those_before_it_are_covered(shop: Work) -> None:
    early, late, urgent = order(shop, 5), order(shop, 6), order(shop, 2, priority=9)
    expect(shop, 7, 3), expect(shop, 3, 8)

    found, _ = list_backorders(shop, BackorderFilter(sku="TEA"))

    # 1 unit was there for the first; 4, 6 and 2 wait. The urgent one is first in the queue: 2 and 4 of 7, then 6 more.
    days = {each.order_id: each.expected_on for each in found}
    assert days[urgent] == days[early] == shop.today + timedelta(days=3)
    assert days[late] is None
    assert count_backorders(shop).lines == 3


def test_the_register_goes_on_where_the_page_ended(shop: Work) -> None:
    orders = [order(shop, 5) for _ in range(3)]

    first, after = list_backorders(shop, BackorderFilter(), limit=2)
    rest, end = list_backorders(shop, BackorderFilter(), limit=2, after=after)

    assert [each.order_id for each in (*first, *rest)] == orders
    assert end is None


def test_overdue_and_followed_up_lines_are_found(shop: Work) -> None:
    over = order(shop, 5, promise_on=shop.today - timedelta(days=1))
    noted = order(shop, 5)
    line = next(each for each in list_backorders(shop, BackorderFilter())[0] if each.order_id == noted)
    note = follow_up(
        shop, FollowUp(order_id=noted, line_id=line.line_id, note="call the mill", due_on=shop.today)
    )  # fmt: skip

    assert [each.order_id for each in list_backorders(shop, BackorderFilter(overdue=True))[0]] == [over]
    assert [each.note for each in list_backorders(shop, BackorderFilter(due=True))[0]] == ["call the mill"]
    finish_follow_up(shop, note)
    assert list_backorders(shop, BackorderFilter(due=True))[0] == []


def test_a_buyer_who_waits_is_promised_the_day_he_was_told(shop: Work) -> None:
    one = order(shop, 5)
    expect(shop, 9, 4)
    (question,) = ask_buyer(shop, AskBuyer(order_id=one))

    answer_question(shop, AnswerQuestion(question_id=question, answer="wait"))

    stored = shop.scalar(
        "SELECT promise_on FROM orders WHERE tenant_id = %(t)s AND id = %(o)s", {"t": shop.tenant_id, "o": one}
    )
    assert stored == shop.today + timedelta(days=4)
    assert lines(shop, one) == {"TEA": (5, 1, 4)}


def test_a_buyer_who_cancels_keeps_what_is_promised(shop: Work) -> None:
    one = order(shop, 5)
    (question,) = ask_buyer(shop, AskBuyer(order_id=one))

    answer_question(shop, AnswerQuestion(question_id=question, answer="cancel"))

    assert lines(shop, one) == {"TEA": (1, 1, 0)}
    with pytest.raises(QuestionAnswered):
        answer_question(shop, AnswerQuestion(question_id=question, answer="wait"))


@pytest.mark.parametrize("there", [0, 1])
def test_a_buyer_who_takes_a_substitute_gets_it_for_what_waits(shop: Work, there: int) -> None:
    set_substitutes(shop, "TEA", ["MUG"])
    if not there:
        order(shop, 1)  # takes the only unit
    one = order(shop, 5)
    (question,) = ask_buyer(shop, AskBuyer(order_id=one))

    with pytest.raises(NotASubstitute):
        answer_question(shop, AnswerQuestion(question_id=question, answer="substitute", substitute="POT"))
    answer_question(shop, AnswerQuestion(question_id=question, answer="substitute", substitute="MUG"))

    rest = {"TEA": (1, 1, 0)} if there else {}
    assert lines(shop, one) == {**rest, "MUG": (5 - there, 5 - there, 0)}


def test_what_came_in_the_meantime_is_no_longer_asked(shop: Work) -> None:
    one = order(shop, 5)
    (question,) = ask_buyer(shop, AskBuyer(order_id=one))
    shop.now += timedelta(days=15)

    with pytest.raises(LinkInvalid):
        answer_question(shop, AnswerQuestion(question_id=question, answer="cancel"))

    assert lines(shop, one) == {"TEA": (5, 1, 4)}


def test_a_link_holds_for_one_question_of_one_company(shop: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERLOOM_SECRET_KEY", "k" * 40)
    question, other = new_id(), new_id()
    token = token_of(shop.tenant_id, question)

    assert question_of(shop.tenant_id, token) == question
    assert question_of(new_id(), token) is None
    others = [token[:-1] + last for last in ascii_letters + digits + "-_" if last != token[-1]]
    for bad in ("", "x", token[:-1], token + "=", *others, "é" * 40, token_of(other, question)):
        assert question_of(shop.tenant_id, bad) is None


def test_the_mail_names_what_waits_and_where_to_say(shop: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERLOOM_SECRET_KEY", "k" * 40)
    sent: list[Mail] = []
    monkeypatch.setattr(
        mail_once, "mailer_for", lambda *_: type("Box", (), {"send": lambda self, mail: sent.append(mail)})()
    )
    one = order(shop, 5)
    (question,) = ask_buyer(shop, AskBuyer(order_id=one))
    row = shop.row(
        "SELECT payload FROM outbox_messages WHERE tenant_id = %(t)s AND topic = 'order.backorder_asked'",
        {"t": shop.tenant_id},
    )
    event = Delivery(shop.tenant_id, new_id(), "order.backorder_asked", row.payload)

    jobs.mail_question(shop, event)
    jobs.mail_question(shop, event)

    assert len(sent) == 1
    assert "4" in sent[0].text and "TEA" in sent[0].text
    assert f"/b/{token_of(shop.tenant_id, question)}" in sent[0].text


@pytest.mark.parametrize(("sku", "others"), [("NONE", ["MUG"]), ("TEA", ["NONE"]), ("TEA", ["TEA"])])
def test_only_other_known_skus_are_substitutes(shop: Work, sku: str, others: list[str]) -> None:
    with pytest.raises(DomainError):
        set_substitutes(shop, sku, others)


def test_a_question_says_what_it_is_about(shop: Work) -> None:
    one = order(shop, 5)
    (question,) = ask_buyer(shop, AskBuyer(order_id=one))

    asked = read_question(shop, question)

    assert asked is not None
    assert (asked.sku, asked.units, asked.expected_on, asked.still_waits) == ("TEA", 4, None, True)
    assert asked.expires_at > datetime.now(UTC)
