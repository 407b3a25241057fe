"""A buyer's link under kills and threads: whatever is pressed however often, one answer is carried out, in full."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from kernel.db import SYSTEM, Work
from kernel.errors import DomainError
from oms.backorders.answer_question import AnswerQuestion, answer_question
from oms.backorders.ask_buyer import AskBuyer, ask_buyer
from oms.catalog.substitutes import set_substitutes
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.placement.commands import LineRequest, PlaceOrder
from oms.placement.place import place
from tenants.scope import in_work, open_work
from tests.support.builders import a_customer, a_location, a_sku, sku_id
from tests.support.configuration import an_order_type, publish_defaults
from tests.support.faults import Fault, failing_at
from tests.support.stock_proofs import assert_stock_is_sound
from tests.support.tenants import TestTenant, create_test_tenant

THREADS = 16
ANSWERS = (("wait", ""), ("substitute", "MUG"), ("cancel", ""))


@pytest.fixture
def asked(engine: Engine, system_engine: Engine) -> tuple[TestTenant, UUID, UUID]:
    """(tenant, order of five of which one is there, the question about the four)."""
    tenant = create_test_tenant(system_engine, f"answer-{uuid4().hex[:8]}")
    with open_work(engine, tenant.id, SYSTEM) as work:
        publish_defaults(work, {"order_type/standard": an_order_type(channels=["api"], credit={"policy": "ignore"})})
        for code in ("TEA", "MUG"):
            a_sku(work, code)
        a_customer(work)
        east = a_location(work, "east")
        receive_stock(work, ReceiveStock(sku_id=sku_id(work, "TEA"), location_id=east, quantity=Decimal(1)))
        receive_stock(work, ReceiveStock(sku_id=sku_id(work, "MUG"), location_id=east, quantity=Decimal(50)))
        set_substitutes(work, "TEA", ["MUG"])
        lines = (LineRequest(sku="TEA", quantity=Decimal(5)),)
        command = PlaceOrder(order_type="standard", channel="api", customer_number="C-1", lines=lines)
        order = place(work, command).order_id
        (question,) = ask_buyer(work, AskBuyer(order_id=order))
    return tenant, order, question


def _state(work: Work, order: UUID) -> tuple[object, ...]:
    """Everything that an answer touches."""
    t = {"t": work.tenant_id, "o": order}
    lines = work.rows(
        "SELECT sku, ordered, cancelled, allocated, backordered FROM order_lines"
        " WHERE tenant_id = %(t)s AND order_id = %(o)s ORDER BY line_no",
        t,
    )
    money = work.row("SELECT total, version, promise_on FROM orders WHERE tenant_id = %(t)s AND id = %(o)s", t)
    answer = work.scalar("SELECT answer FROM backorder_questions WHERE tenant_id = %(t)s", t)
    events = work.scalar("SELECT count(*) FROM outbox_messages WHERE tenant_id = %(t)s", t)
    moved = work.scalar("SELECT count(*) FROM stock_movements WHERE tenant_id = %(t)s", t)
    return tuple(lines), money, answer, events, moved


@pytest.mark.parametrize(("answer", "substitute"), ANSWERS)
def test_a_kill_before_any_statement_leaves_the_question_open_and_the_next_try_does_all(
    engine: Engine, asked: tuple[TestTenant, UUID, UUID], answer: str, substitute: str
) -> None:
    tenant, order, question = asked
    with open_work(engine, tenant.id, SYSTEM) as work:
        before = _state(work, order)
    command = AnswerQuestion(question_id=question, answer=answer, substitute=substitute)

    for number in range(1, 400):
        with failing_at(number) as seen:
            try:
                in_work(engine, tenant.id, SYSTEM, lambda work: answer_question(work, command))
            except Fault:
                pass
        if seen.count < number:  # this time it came through
            break
        with open_work(engine, tenant.id, SYSTEM) as work:
            assert _state(work, order) == before, number

    assert number > 5
    with open_work(engine, tenant.id, SYSTEM) as work:
        lines, *_rest = after = _state(work, order)
        assert_stock_is_sound(work)
    assert after[2] == answer
    open_units = {row.sku: row.ordered - row.cancelled - row.allocated for row in lines}  # type: ignore[attr-defined]
    assert sum(open_units.values()) == (4 if answer == "wait" else 0)


def test_of_sixteen_answers_at_once_one_is_carried_out(engine: Engine, asked: tuple[TestTenant, UUID, UUID]) -> None:
    tenant, order, question = asked
    together = Barrier(THREADS)

    def press(number: int) -> str:
        answer, substitute = ANSWERS[number % len(ANSWERS)]
        command = AnswerQuestion(question_id=question, answer=answer, substitute=substitute)
        together.wait()
        try:
            in_work(engine, tenant.id, SYSTEM, lambda work: answer_question(work, command))
        except DomainError as error:
            return error.code
        return answer

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(pool.map(press, range(THREADS)))

    carried = [answer for answer, _substitute in ANSWERS if outcomes[answer]]
    assert len(carried) == 1 and outcomes[carried[0]] == 1
    assert outcomes["question_answered"] == THREADS - 1
    with open_work(engine, tenant.id, SYSTEM) as work:
        lines, _money, answer, *_rest = _state(work, order)
        assert_stock_is_sound(work)
        told = work.scalar(
            "SELECT count(*) FROM outbox_messages WHERE tenant_id = %(t)s AND topic = 'order.backorder_answered'",
            {"t": tenant.id},
        )
    assert (answer, told) == (carried[0], 1)
    mugs = sum(row.ordered for row in lines if row.sku == "MUG")  # type: ignore[attr-defined]
    assert mugs == (4 if answer == "substitute" else 0)
