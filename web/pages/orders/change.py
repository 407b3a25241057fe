"""Changing a placed order: put together, previewed with all its effects, confirmed at once or declined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.changes.actions import Action, actions_from_json
from oms.changes.change_sets import (
    ChangeSetRow,
    CloseChange,
    OpenChange,
    change_sets_of,
    confirm_change,
    decline_change,
    open_change,
    rewrite_change,
    withdraw_change,
)
from oms.changes.list_requests import ChangeRequest, list_requests
from oms.changes.preview_change import ChangePreview, preview_change
from oms.orders.read_order import OrderDetail, read_order
from oms.review.propose_change import REMEDIES, propose_change
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.problems import said
from web.http.work import current_work
from web.pages.orders.blueprint import orders
from web.pages.orders.change_form import NEW_LINES, actions_of, form_of, point_at_fields
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.typed import typed_version

_LONGEST = 500
NO_REMEDY = {
    "floor": N_("No line of this order is below its floor now."),
    "substitute": N_("Of no substitute is there enough for what this order lacks."),
}


@dataclass(slots=True, kw_only=True)
class ChangePage:
    """stands   the open set, None: there is none yet
    preview  of what the form, or the buyer, asks for; None: nothing is asked, or it cannot be done
    cancels  the buyer asks for the whole order to be cancelled
    """

    detail: OrderDetail
    id: str
    form: Form
    stands: ChangeSetRow | None
    preview: ChangePreview | None
    may_price: bool
    new_lines: int
    cancels: bool


@orders.get("/requests")
@requires(Permission.CHANGE_ORDERS)
def requests() -> ResponseReturnValue:
    with current_work() as work:
        found: Sequence[ChangeRequest] = list_requests(work)
    return render_template("orders/requests.html", requests=found)


@orders.get("/<order_id>/change")
@requires(Permission.CHANGE_ORDERS)
def change(order_id: str) -> ResponseReturnValue:
    """The order as it stands, or as its open change leaves it; `?fix=` begins with what would settle a hold."""
    key = id_in("ord", order_id)
    with current_work() as work:
        detail, stands = _read(work, key)
        remedy = next((one for one in REMEDIES if one == request.args.get("fix")), None)
        proposed = propose_change(work, key, remedy) if remedy and stands is None else []
        actions = stands.actions if stands else proposed
        form = form_of(detail, actions)
        form.values["reason"] = [stands.reason if stands else ""]
        if remedy and not actions:
            form.message = _(NO_REMEDY[remedy])
        page = _page(work, detail, stands, form)
        if actions and not page.cancels:
            _preview(work, page, actions)
    return render_template("orders/change.html", page=page), page.form.status


@orders.post("/<order_id>/change")
@requires(Permission.CHANGE_ORDERS)
def store_change(order_id: str) -> ResponseReturnValue:
    """Keeps what the form says as the order's open change, and shows it; or confirms exactly that."""
    key, sent = id_in("ord", order_id), Form.sent()
    if sent.value("do") != "confirm":
        return _keep(key, sent)

    def run(work: Work) -> tuple[str, str]:
        detail, stands = _read(work, key)
        if stands is None or not _is_cancel(stands):
            actions = _actions(detail, sent)
            if actions is None:
                raise _Refused
            stands = _put(work, key, stands, actions, sent)
        done = confirm_change(
            work,
            CloseChange(
                order_id=key, change_id=stands.id, note=sent.value("note").strip()[:_LONGEST],
                expected_version=typed_version(sent),
            ),
        )  # fmt: skip
        if done is None:
            return _("The order is cancelled."), _back(key)
        return _("The order is changed."), _back(key)

    try:
        return run_once(run)
    except _Refused:
        return _again(key, sent)
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "order_not_found"}:
            raise
        return _again(key, sent, error)


@orders.post("/<order_id>/changes/<change_id>/close")
@requires(Permission.CHANGE_ORDERS)
def close_change(order_id: str, change_id: str) -> ResponseReturnValue:
    """Declines what a buyer asked for, or drops what staff had begun."""
    key, change_key, sent = id_in("ord", order_id), id_in("chg", change_id), Form.sent()

    def run(work: Work) -> tuple[str, str]:
        command = CloseChange(order_id=key, change_id=change_key, note=sent.value("note").strip()[:_LONGEST])
        if sent.value("do") == "decline":
            decline_change(work, command)
            return _("The buyer's wish is declined; the order stays as it is."), _back(key)
        withdraw_change(work, command)
        return _("The change is dropped; the order stays as it is."), _back(key)

    try:
        return run_once(run)
    except DomainError as error:
        if error.code in {"idempotency_key_missing", "order_not_found", "change_not_found"}:
            raise
        return _again(key, sent, error)


class _Refused(Exception):
    """The form has faults; nothing is kept."""


def _keep(key: UUID, sent: Form) -> ResponseReturnValue:
    with current_work() as work:
        detail, stands = _read(work, key)
        rows, fields = actions_of(detail, sent, prices=may(Permission.SET_PRICES))
        actions, problems = actions_from_json(rows) if rows else ((), [])
        point_at_fields(sent, problems, fields, _say)
        if not sent.refused:
            try:
                stands = _put(work, key, stands, actions, sent)
            except DomainError as error:
                sent.refuse(error, {})
        page = _page(work, detail, stands, sent)
        if rows and not sent.refused:
            _preview(work, page, rows, fields)
    return render_template("orders/change.html", page=page), page.form.status


def _actions(detail: OrderDetail, sent: Form) -> tuple[Action, ...] | None:
    rows, fields = actions_of(detail, sent, prices=may(Permission.SET_PRICES))
    actions, problems = actions_from_json(rows)
    point_at_fields(sent, problems, fields, _say)
    return None if problems else actions


def _put(work: Work, key: UUID, stands: ChangeSetRow | None, actions: Sequence[Action], sent: Form) -> ChangeSetRow:
    """The order's open set, holding these actions."""
    reason = sent.value("reason").strip()[:_LONGEST]
    if stands is None:
        open_change(work, OpenChange(order_id=key, actions=tuple(actions), reason=reason))
    else:
        rewrite_change(work, key, stands.id, actions, reason)
    _, stands = _read(work, key)
    assert stands is not None
    return stands


def _read(work: Work, key: UUID) -> tuple[OrderDetail, ChangeSetRow | None]:
    detail = read_order(work, key, with_history=False)
    return detail, next((one for one in change_sets_of(work, key) if one.is_open), None)


def _page(work: Work, detail: OrderDetail, stands: ChangeSetRow | None, form: Form) -> ChangePage:
    return ChangePage(
        detail=detail, id=to_text("ord", detail.order.id), form=form, stands=stands, preview=None,
        may_price=may(Permission.SET_PRICES), new_lines=NEW_LINES, cancels=stands is not None and _is_cancel(stands),
    )  # fmt: skip


def _is_cancel(stands: ChangeSetRow) -> bool:
    return any(action.get("do") == "cancel" for action in stands.actions)


def _preview(work: Work, page: ChangePage, rows: Sequence[Mapping[str, Any]], fields: Sequence[str] = ()) -> None:
    actions, _problems = actions_from_json(rows)
    try:
        page.preview = preview_change(work, page.detail.order.id, actions) if actions else None
    except DomainError as error:
        if error.problems:
            point_at_fields(page.form, error.problems, fields, _say)
        else:
            page.form.refuse(error, {})


def _again(key: UUID, sent: Form, error: DomainError | None = None) -> ResponseReturnValue:
    with current_work() as work:
        detail, stands = _read(work, key)
        _, fields = actions_of(detail, sent, prices=may(Permission.SET_PRICES))
        if error is not None and error.problems:
            sent.status = 422
            point_at_fields(sent, error.problems, fields, _say)
        elif error is not None:
            sent.refuse(error, {})
        page = _page(work, detail, stands, sent)
    return render_template("orders/change.html", page=page), page.form.status


def _say(message: str, **facts: Any) -> str:
    return said(message, facts)


def _back(order_id: UUID) -> str:
    return url_for("orders.show", order_id=to_text("ord", order_id))
