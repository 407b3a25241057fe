"""Where the link of a mail leads: one line, and what its buyer may choose. No sign-in; nothing else is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from oms.backorders.answer_question import AnswerQuestion, answer_question
from oms.backorders.ask_buyer import Question, read_question
from oms.backorders.errors import LinkInvalid
from oms.backorders.link import question_of
from web.http.access import public
from web.http.errors import status_of
from web.http.forms import Form
from web.http.limits import limiter, login_rate
from web.http.problems import said
from web.http.work import current_work, in_current_work

bp = Blueprint("backorder_answers", __name__, url_prefix="/b")


@dataclass(slots=True, kw_only=True)
class AnswerPage:
    """answered: what was chosen, just now or before; "" where nothing was yet"""

    question: Question
    answered: str
    message: str


@bp.get("/<token>")
@public
@limiter.limit("60/minute")
def show(token: str) -> ResponseReturnValue:
    with current_work() as work:
        asked = _asked(work, token)
    return _render(asked, "")


@bp.post("/<token>")
@public
@limiter.limit(login_rate)
def answer(token: str) -> ResponseReturnValue:
    sent = Form.sent()
    chosen, _sep, sku = sent.value("answer").partition(":")

    def run(work: Work) -> None:
        asked = _asked(work, token)
        # Whoever holds the link speaks for the customer, whoever else is signed in at this browser.
        work.actor = replace(work.actor, kind="visitor", id=None, name=asked.customer_name, reach={}, roles=None)
        answer_question(work, AnswerQuestion(question_id=asked.id, answer=chosen, substitute=sku))

    try:
        in_current_work(run)
    except DomainError as error:
        if error.code in {"link_invalid", "question_answered"}:
            raise
        with current_work() as work:
            asked = _asked(work, token)
        return _render(asked, said(error.message, error.facts)), status_of(error)
    with current_work() as work:
        return _render(_asked(work, token, answered=True), "")


def _asked(work: Work, token: str, *, answered: bool = False) -> Question:
    question_id = question_of(work.tenant_id, token)
    asked = read_question(work, question_id) if question_id is not None else None
    if asked is None or (not asked.still_waits and not asked.answer) or (answered and not asked.answer):
        raise LinkInvalid()
    return asked


def _render(asked: Question, message: str) -> str:
    words = {
        "wait": _("You wait for it."),
        "substitute": _("You take {sku} instead.", sku=asked.substitute),
        "cancel": _("What was not there yet is cancelled."),
        "withdrawn": _("This is settled already."),
    }
    page = AnswerPage(question=asked, answered=words.get(asked.answer, ""), message=message)
    return render_template("backorders/answer.html", page=page)
