"""A buyer asks for a change of his order: new quantities, another day or note. Staff decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import _
from kernel.ids import from_text, to_text
from oms.changes.actions import actions_from_json
from oms.changes.buyer_requests import ask_for_change, preview_for_buyer, take_request_back
from oms.changes.errors import ChangeInvalid, ChangeNotFound
from oms.changes.preview_change import ChangePreview
from oms.orders.errors import OrderNotFound
from oms.orders.read_order import OrderDetail, read_order
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.orders.change_form import actions_of, form_of, point_at_fields
from web.pages.portal.buyer import buyer, cart_of, render

bp = Blueprint("portal_changes", __name__, url_prefix="/portal/orders")


@dataclass(slots=True, kw_only=True)
class ChangePage:
    """preview: what the order would come to; None where nothing is asked yet or it cannot be done"""

    detail: OrderDetail
    text_id: str
    form: Form
    preview: ChangePreview | None


@bp.get("/<order_id>/change")
@requires(Permission.USE_PORTAL)
def edit(order_id: str) -> ResponseReturnValue:
    buyer()
    key = _order_id(order_id)
    with current_work() as work:
        detail = read_order(work, key, with_history=False)
        return _show(work, detail, form_of(detail, ()))


@bp.post("/<order_id>/change")
@requires(Permission.USE_PORTAL)
def store(order_id: str) -> ResponseReturnValue:
    """Shows what it would come to (`do` is preview), or asks for it."""
    buyer()
    key, sent = _order_id(order_id), Form.sent()
    if sent.value("do") == "ask":
        try:
            in_current_work(lambda work: _ask(work, key, sent))
        except DomainError as error:
            if error.code == "order_not_found":
                raise
            with current_work() as work:
                detail = read_order(work, key, with_history=False)
                _refuse(detail, sent, error)
                return _show(work, detail, sent)
        flash(_("Your wish is sent; we will answer soon."), "ok")
        return redirect(url_for("portal_orders.show", order_id=order_id))
    with current_work() as work:
        detail = read_order(work, key, with_history=False)
        preview = None
        try:
            preview = preview_for_buyer(work, key, _actions(detail, sent))
        except DomainError as error:
            _refuse(detail, sent, error)
        return _show(work, detail, sent, preview)


@bp.post("/<order_id>/changes/<change_id>/take-back")
@requires(Permission.USE_PORTAL)
def take_back(order_id: str, change_id: str) -> ResponseReturnValue:
    buyer()
    key, change = _order_id(order_id), from_text("chg", change_id)
    if change is None:
        raise ChangeNotFound()
    in_current_work(lambda work: take_request_back(work, key, change))
    flash(_("Your wish is taken back; the order stays as it is."), "ok")
    return redirect(url_for("portal_orders.show", order_id=order_id))


def _ask(work: Work, key: UUID, sent: Form) -> None:
    detail = read_order(work, key, with_history=False)
    ask_for_change(work, key, _actions(detail, sent), sent.value("reason"))


def _actions(detail: OrderDetail, sent: Form) -> Any:
    """Raises ChangeInvalid where what was typed cannot be read, or nothing differs."""
    rows, _fields = actions_of(detail, sent, prices=False)
    actions, problems = actions_from_json(rows)
    if problems:
        raise ChangeInvalid(problems=problems if rows else ())
    return actions


def _refuse(detail: OrderDetail, sent: Form, error: DomainError) -> None:
    _rows, fields = actions_of(detail, sent, prices=False)
    if error.problems:
        sent.status = 422
        point_at_fields(sent, error.problems, fields, lambda message, **facts: said(message, facts))
    elif isinstance(error, ChangeInvalid):
        sent.message, sent.status = _("Change a quantity, the day or the note first."), 422
    else:
        sent.refuse(error, {})


def _show(work: Work, detail: OrderDetail, form: Form, preview: ChangePreview | None = None) -> ResponseReturnValue:
    page = ChangePage(detail=detail, text_id=to_text("ord", detail.order.id), form=form, preview=preview)
    return render("portal/change.html", page, len(cart_of(work).lines)), form.status


def _order_id(text: str) -> UUID:
    """raises OrderNotFound"""
    found = from_text("ord", text)
    if found is None:
        raise OrderNotFound(order_id=text[:60])
    return found
