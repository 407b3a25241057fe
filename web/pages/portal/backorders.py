"""A buyer answers in his portal what the link in the mail asks."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import from_text
from oms.backorders.answer_question import AnswerQuestion, answer_question
from oms.backorders.ask_buyer import read_question
from oms.backorders.errors import LinkInvalid
from oms.orders.read_order import read_order
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import in_current_work
from web.pages.portal.buyer import buyer

bp = Blueprint("portal_backorders", __name__, url_prefix="/portal/orders")


@bp.post("/<order_id>/backorders/<question_id>")
@requires(Permission.USE_PORTAL)
def answer(order_id: str, question_id: str) -> ResponseReturnValue:
    buyer()
    chosen, _sep, sku = Form.sent().value("answer").partition(":")
    order, question = from_text("ord", order_id), from_text("bqu", question_id)
    if order is None or question is None:
        raise LinkInvalid()

    def run(work: Work) -> None:
        read_order(work, order, with_history=False)  # refuses an order of another customer
        asked = read_question(work, question)
        if asked is None or asked.order_id != order:
            raise LinkInvalid()
        answer_question(work, AnswerQuestion(question_id=question, answer=chosen, substitute=sku))

    try:
        in_current_work(run)
    except DomainError as error:
        if error.code in {"order_not_found", "link_invalid"}:
            raise
        flash(said(error.message, error.facts), "bad")
    else:
        flash(_("Thank you. It is done."), "ok")
    return redirect(url_for("portal_orders.show", order_id=order_id))
