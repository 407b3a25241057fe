"""Carries out what a buyer answered: he waits, takes another SKU, or cancels what waits."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import Work
from kernel.ids import to_text
from kernel.outbox import put_event
from oms.backorders.ask_buyer import Question, read_question
from oms.backorders.errors import AnswerInvalid, LinkInvalid, NotASubstitute, QuestionAnswered
from oms.backorders.models import ANSWERS
from oms.changes.actions import Action, AddLine, SetQuantity, Substitute
from oms.changes.change_sets import CloseChange, OpenChange, confirm_change, open_change
from oms.orders.events import OrderChangedEvent
from oms.orders.lock_order import LockedLine, LockedOrder, lock_placed_order
from oms.orders.record import record_event
from oms.placement.short_close import ShortClose, short_close

_CLOSE = """
UPDATE backorder_questions SET answer = %(answer)s, substitute = %(substitute)s, answered_at = %(now)s,
  answered_by = %(actor)s
WHERE tenant_id = %(tenant)s AND id = %(id)s AND answer = ''
"""
_PROMISE = """
UPDATE orders SET promise_on = %(day)s, version = version + 1
WHERE tenant_id = %(tenant)s AND id = %(order)s AND (promise_on IS NULL OR promise_on < %(day)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuestion:
    """answer: wait, substitute or cancel; substitute: the SKU, of those that are offered"""

    question_id: UUID
    answer: str
    substitute: str = ""


def answer_question(work: Work, command: AnswerQuestion) -> Question:
    """One transaction; a second answer is refused. Staff asked, so what the buyer answers is done at once.

    raises  LinkInvalid, QuestionAnswered, AnswerInvalid, NotASubstitute, OrderNotOpen, and what changing or cancelling
            the line raises (ChangeOpen, ChangeInvalid, CreditRefused)
    """
    if command.answer not in ANSWERS:
        raise AnswerInvalid()
    asked = read_question(work, command.question_id)
    if asked is None:
        raise LinkInvalid()
    order = lock_placed_order(work, asked.order_id)
    asked = read_question(work, command.question_id)  # as it is now that nobody else can answer it
    if asked is None or asked.answer:
        raise QuestionAnswered()
    if not asked.still_waits:
        raise LinkInvalid()
    substitute = command.substitute if command.answer == "substitute" else ""
    if command.answer == "substitute" and substitute not in {code for code, _ in asked.substitutes}:
        raise NotASubstitute(sku=substitute)
    parameters = {
        "tenant": work.tenant_id, "id": asked.id, "answer": command.answer, "substitute": substitute, "now": work.now,
        "actor": work.actor.name,
    }  # fmt: skip
    if not work.execute(_CLOSE, parameters):
        raise QuestionAnswered()
    facts = {
        "answer": command.answer, "sku": asked.sku, "quantity": str(asked.units), "substitute": substitute,
        "expected_on": asked.expected_on.isoformat() if asked.expected_on else None,
    }  # fmt: skip
    record_event(work, order.id, "buyer_answered", facts)
    line_of_it = {"line_id": to_text("lin", asked.line_id), **facts}
    put_event(work, OrderChangedEvent("order.backorder_answered", order.id, order.number, line_of_it))
    _carry_out(work, order, asked, command.answer, substitute)
    return asked


def _carry_out(work: Work, order: LockedOrder, asked: Question, answer: str, substitute: str) -> None:
    if answer == "wait":
        if asked.expected_on is not None:
            work.execute(_PROMISE, {"tenant": work.tenant_id, "order": order.id, "day": asked.expected_on})
    elif answer == "cancel":
        short_close(work, ShortClose(order_id=order.id, lines=(asked.line_id,)))
    else:
        line = next(line for line in order.lines if line.id == asked.line_id)
        change = open_change(
            work, OpenChange(order_id=order.id, actions=instead(line, substitute), reason="", by_customer=True)
        )
        confirm_change(work, CloseChange(order_id=order.id, change_id=change))


def instead(line: LockedLine, sku: str) -> tuple[Action, ...]:
    """Another SKU for what nobody has promised of the line; what is promised stays as it is."""
    if line.allocated == 0:
        return (Substitute(line_id=line.id, sku=sku),)
    stays = line.ordered - line.cancelled - line.open
    return SetQuantity(line_id=line.id, quantity=stays), AddLine(sku=sku, quantity=line.open)
