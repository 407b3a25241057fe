"""The same action on many orders: who can and why others cannot, then each by itself, then what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import to_text
from low_code.flows.queries import my_tasks_on
from oms.orders.cancel_order import CANCEL_REASONS, CancelOrder, CancelReason
from oms.orders.list_orders import OrderFilter, OrderSummary, list_orders
from oms.placement.act_on_approval import ActOnApproval, act_on_approval
from oms.placement.follow_approval import cancel_under_approval
from oms.placement.follow_up import allocate_by_rule
from oms.placement.start_order_approval import SUBJECT
from tenants.access.permissions import Permission
from web.http.access import check_permissions, requires
from web.http.formats import quantity
from web.http.forms import Form
from web.http.principals import signed_in
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.orders.blueprint import orders
from web.pages.row_ids import id_in

MOST_ORDERS = 200
NOT_PLACED = N_("The order is {state} already.")
ON_HOLD = N_("The order is on hold.")
ALL_ALLOCATED = N_("Everything is allocated already.")
NOT_ASKED = N_("You are not asked to approve this order.")
SHIPPED = N_("Everything is shipped; it can only come back as a return.")
DONE, SKIPPED, FAILED = "done", "skipped", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One order of the selection. why_not: sentence, "" where the action can be done; version: as it was seen"""

    order: OrderSummary
    url: str
    mark: str
    version: int
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """run: does it to one order, in a unit of work of that order alone, and says what was done"""

    key: str
    permission: Permission
    title: str
    button: str
    icon: str
    why_not: Callable[[OrderSummary, bool], str]
    run: Callable[[Work, UUID, int, Form], str]


@dataclass(slots=True, kw_only=True)
class BulkPage:
    """reasons: (key, label) of cancelling; gone: how many of the selected ones are not there any more"""

    action: BulkAction
    able: list[Choice]
    unable: list[Choice]
    form: Form
    reasons: list[tuple[str, str]]
    gone: int
    back_url: str
    back_query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """state: done, skipped or failed; what: sentence"""

    number: str
    url: str
    state: str
    what: str


@dataclass(slots=True, kw_only=True)
class ResultsPage:
    action: BulkAction
    results: list[Result]
    counts: Mapping[str, int]
    back_url: str


def _why_not_approve(order: OrderSummary, asked: bool) -> str:
    return "" if asked else _not_open(order) or _(NOT_ASKED)


def _why_not_allocate(order: OrderSummary, _asked: bool) -> str:
    if order.status != "placed":
        return _not_open(order)
    if order.open_holds:
        return _(ON_HOLD)
    return _(ALL_ALLOCATED) if order.fulfilment_status not in {"open", "partially_allocated"} else ""


def _why_not_cancel(order: OrderSummary, _asked: bool) -> str:
    if order.status != "placed":
        return _not_open(order)
    return _(SHIPPED) if order.fulfilment_status == "shipped" else ""


def _not_open(order: OrderSummary) -> str:
    states = {"cancelled": _("cancelled"), "closed": _("closed"), "draft": _("a draft")}
    return "" if order.status == "placed" else _(NOT_PLACED, state=states.get(order.status, order.status))


def _approve(work: Work, order_id: UUID, _version: int, form: Form) -> str:
    acted = act_on_approval(
        work, ActOnApproval(order_id=order_id, action="approve", comment=form.value("comment").strip())
    )
    return _("Approved") if acted.status == "approved" else _("Approved; the next step is asked now")


def _allocate(work: Work, order_id: UUID, version: int, _form: Form) -> str:
    outcome = allocate_by_rule(work, order_id, expected_version=version)
    count, short = quantity(outcome.allocated), quantity(outcome.short)
    if outcome.short and outcome.allocated:
        return _("{count} units allocated, {short} short", count=count, short=short)
    if outcome.short:
        return _("Nothing to allocate from: {short} units short", short=short)
    return _("{count} units allocated", count=count)


def _cancel(work: Work, order_id: UUID, version: int, form: Form) -> str:
    reason = CancelReason(form.value("reason"))
    command = CancelOrder(
        order_id=order_id, reason=reason, note=form.value("note").strip()[:500], expected_version=version
    )
    outcome = cancel_under_approval(work, command)
    return _("{count} units cancelled", count=quantity(outcome.cancelled))


ACTIONS: Mapping[str, BulkAction] = {
    action.key: action
    for action in (
        BulkAction(
            key="approve", permission=Permission.APPROVE_ORDERS, title=N_("Approve orders"), button=N_("Approve"),
            icon="thumb-up", why_not=_why_not_approve, run=_approve,
        ),
        BulkAction(
            key="allocate", permission=Permission.ALLOCATE_ORDERS, title=N_("Allocate orders"), button=N_("Allocate"),
            icon="package", why_not=_why_not_allocate, run=_allocate,
        ),
        BulkAction(
            key="cancel", permission=Permission.CANCEL_ORDERS, title=N_("Cancel orders"), button=N_("Cancel orders"),
            icon="ban", why_not=_why_not_cancel, run=_cancel,
        ),
    )
}  # fmt: skip


@orders.post("/bulk")
@requires(Permission.VIEW_ORDERS)
def confirm_bulk() -> ResponseReturnValue:
    """Writes nothing: says what would be done to which of the selected orders."""
    sent = Form.sent()
    action = _action(sent)
    marks = _marks(sent)
    if action is None or not marks:
        return redirect(_back_url())
    return _render_confirmation(action, marks, Form())


@orders.post("/bulk/run")
@requires(Permission.VIEW_ORDERS)
def run_bulk() -> ResponseReturnValue:
    """Each order in a transaction of its own: one that fails keeps no other from being done."""
    sent = Form.sent()
    action = _action(sent)
    marks = _marks(sent)
    if action is None or not marks:
        return redirect(_back_url())
    if action.key == "cancel" and sent.value("reason") not in set(CancelReason):
        return _render_confirmation(action, marks, sent.refuse_field("reason", _("Choose a reason.")))
    choices, _gone = _choices(action, marks)
    results = [_run(action, choice, sent) for choice in choices]
    counts = {state: sum(result.state == state for result in results) for state in (DONE, SKIPPED, FAILED)}
    page = ResultsPage(action=action, results=results, counts=counts, back_url=_back_url())
    return render_template("orders/bulk_results.html", page=page)


def _run(action: BulkAction, choice: Choice, sent: Form) -> Result:
    if choice.why_not:
        return Result(number=choice.order.number, url=choice.url, state=SKIPPED, what=choice.why_not)
    try:
        what = in_current_work(lambda work: action.run(work, choice.order.id, choice.version, sent))
    except DomainError as error:
        return Result(number=choice.order.number, url=choice.url, state=FAILED, what=said(error.message, error.facts))
    return Result(number=choice.order.number, url=choice.url, state=DONE, what=what)


def _action(sent: Form) -> BulkAction | None:
    """raises PermissionMissing"""
    action = ACTIONS.get(sent.value("action"))
    if action is not None:
        check_permissions(frozenset({action.permission}), signed_in().permissions)
    return action


def _marks(sent: Form) -> dict[UUID, int]:
    """Order -> the version that the list showed. Marks that cannot be one are left out."""
    found = {}
    for mark in sent.values_of("order")[:MOST_ORDERS]:
        text, _colon, version = mark.partition(":")
        if version.isdecimal() and len(version) < 10:
            found[id_in("ord", text)] = int(version)
    return found


def _choices(action: BulkAction, marks: Mapping[UUID, int]) -> tuple[list[Choice], int]:
    """The selected orders within reach, and how many are not."""
    with current_work() as work:
        found = list_orders(work, OrderFilter(ids=tuple(marks)), limit=MOST_ORDERS).orders
        asked: Mapping[UUID, object] = {}
        if action.key == "approve":
            asked = my_tasks_on(work, signed_in().id, SUBJECT, [order.id for order in found])
    choices = [
        Choice(
            order=order,
            url=url_for("orders.show", order_id=to_text("ord", order.id)),
            mark=f"{to_text('ord', order.id)}:{marks[order.id]}",
            version=marks[order.id],
            why_not=action.why_not(order, order.id in asked),
        )
        for order in found
    ]
    return choices, len(marks) - len(choices)


def _render_confirmation(action: BulkAction, marks: Mapping[UUID, int], form: Form) -> ResponseReturnValue:
    choices, gone = _choices(action, marks)
    page = BulkPage(
        action=action,
        able=[choice for choice in choices if not choice.why_not],
        unable=[choice for choice in choices if choice.why_not],
        form=form,
        reasons=cancel_reasons(),
        gone=gone,
        back_url=_back_url(),
        back_query=_back_query(),
    )
    return render_template("orders/bulk_confirm.html", page=page), form.status


def cancel_reasons() -> list[tuple[str, str]]:
    """(key, label); what only an approval can be is left out."""
    by_approval = {CancelReason.REJECTED, CancelReason.WITHDRAWN}
    return [(str(key), _(label)) for key, label in CANCEL_REASONS.items() if key not in by_approval]


def _back_url() -> str:
    """The list as it was, where the browser says so."""
    return url_for("orders.index") + _back_query()


def _back_query() -> str:
    back = request.form.get("back", "")
    return back if back.startswith("?") else ""
