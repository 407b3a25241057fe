"""Purchase requests on the portal: one's own, and those that wait for a colleague's yes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from oms.catalog.queries import find_skus
from oms.purchasing.buyers import rules_of
from oms.purchasing.decide_request import (
    DecideRequest,
    PurchaseDecided,
    approve_request,
    decline_request,
    withdraw_request,
)
from oms.purchasing.queries import list_requests, read_request
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import signed_in
from web.http.work import current_work
from web.pages.navigation import NavEntry
from web.pages.portal.buyer import buyer, cart_of, render
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

bp = Blueprint("portal_requests", __name__, url_prefix="/portal/requests")
NAVIGATION = (
    NavEntry(N_("Requests"), "checklist", "portal_requests.index", Permission.USE_PORTAL, 45, "", "portal", "r"),
)
_LIMIT = 100
STATUS = {
    "waiting": (N_("Waiting"), "info"),
    "approved": (N_("Approved"), "ok"),
    "declined": (N_("Declined"), "bad"),
    "withdrawn": (N_("Withdrawn"), "idle"),
}
CROSSED = {
    "per_order": N_("The order comes to {total}; the buyer's limit is {most} per order."),
    "per_month": N_("With {spent} ordered this month it comes to more than the buyer's limit of {most} a month."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsPage:
    """waiting: for a decision of the reader; rows: all that he sees. (request, url) each"""

    waiting: list[tuple[Any, str]]
    rows: list[tuple[Any, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    request: Any
    id: str
    names: Mapping[str, str]
    reasons: list[dict[str, Any]]
    may_decide: bool
    may_withdraw: bool
    expected_total: str
    form: Form


@bp.get("")
@requires(Permission.USE_PORTAL)
def index() -> ResponseReturnValue:
    me = buyer()
    with current_work() as work:
        rules = rules_of(work, work.actor.id)
        found = list_requests(work, customer_id=me.customer_id, limit=_LIMIT)
        shown = [(row, url_for("portal_requests.show", request_id=to_text("prq", row.id))) for row in found]
        mine = work.actor.id
        page = RequestsPage(
            waiting=[one for one in shown if one[0].status == "waiting" and one[0].user_id != mine]
            if rules.approves
            else [],
            rows=[one for one in shown if rules.approves or one[0].user_id == mine],
        )
        return render("portal/requests.html", page, len(cart_of(work).lines), status=STATUS)


@bp.get("/<request_id>")
@requires(Permission.USE_PORTAL)
def show(request_id: str) -> ResponseReturnValue:
    buyer()
    return _show(request_id, Form())


@bp.post("/<request_id>")
@requires(Permission.USE_PORTAL)
def decide(request_id: str) -> ResponseReturnValue:
    """`do`: approve, decline or withdraw"""
    buyer()
    sent = Form.sent()
    command = DecideRequest(
        request_id=id_in("prq", request_id),
        note=sent.value("note"),
        expected_total=_amount(sent.value("expected_total")),
    )

    def settle(work: Work) -> tuple[str, str]:
        decided = _USE_CASES.get(sent.value("do"), withdraw_request)(work, command)
        return _said(decided), url_for("portal_requests.show", request_id=request_id)

    try:
        return run_once(settle)
    except DomainError as error:
        if error.code in {"purchase_request_not_found", "idempotency_key_missing"}:
            raise
        total = str(error.facts.get("total", "")) if error.code == "purchase_total_changed" else ""
        return _show(request_id, sent.refuse(error, {"note_missing": "note"}), total)


_USE_CASES = {"approve": approve_request, "decline": decline_request, "withdraw": withdraw_request}


def _said(decided: PurchaseDecided) -> str:
    if decided.status == "approved":
        return _("Approved. It is order {number} now.", number=decided.number)
    return _("Declined. The goods are back in the cart.") if decided.status == "declined" else _("Withdrawn.")


def _show(request_id: str, form: Form, total: str = "") -> ResponseReturnValue:
    with current_work() as work:
        request = read_request(work, id_in("prq", request_id))
        own = request.user_id == signed_in().id
        waiting = request.status == "waiting"
        page = RequestPage(
            request=request, id=request_id,
            names=_names(work, [line["sku"] for line in request.cart["lines"]]),
            reasons=[_reason(one) for one in request.reasons],
            may_decide=waiting and not own and rules_of(work, work.actor.id).approves, may_withdraw=waiting and own,
            expected_total=total or str(request.total), form=form,
        )  # fmt: skip
        return render(
            "portal/request.html", page, len(cart_of(work).lines), status=STATUS, words=CROSSED
        ), form.status  # fmt: skip


def _names(work: Work, skus: Sequence[str]) -> dict[str, str]:
    """SKU -> name of those that there are still."""
    return {code: sku.name for code, sku in find_skus(work, skus).items()}


def _reason(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, **{name: Decimal(one[name]) for name in ("most", "spent", "total")}}


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
