"""My approvals: what waits for me, to be decided from here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _
from kernel.ids import from_text, to_text
from low_code.flows.queries import count_my_tasks, list_my_tasks
from oms.orders.list_orders import OrderFilter, list_orders
from oms.placement.act_on_approval import ActOnApproval, act_on_approval
from oms.placement.start_order_approval import SUBJECT
from tenants.access.permissions import Permission
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import signed_in
from web.http.work import current_work
from web.pages.navigation import NavEntry
from web.pages.row_ids import id_in
from web.pages.run_once import run_once

bp = Blueprint("approvals", __name__, url_prefix="/approvals")
NAVIGATION = (
    NavEntry(N_("My approvals"), "checklist", "approvals.index", Permission.APPROVE_ORDERS, order=20, shortcut="a"),
)
_ROWS = 25
_SAID = {"approve": N_("Order {number} is approved."), "reject": N_("Order {number} is refused and cancelled.")}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOrder:
    """One task. version: of the approval, as it is shown; form: what was refused a moment ago, else empty"""

    id: str
    number: str
    url: str
    customer: str
    total: Decimal
    currency: str
    since: datetime
    version: int
    form: Form


@dataclass(slots=True, kw_only=True)
class ApprovalsPage:
    """count: of all that waits; message: a refusal that belongs to no row that is still here"""

    tasks: list[WaitingOrder]
    count: int
    message: str
    next_url: str | None
    previous_url: str | None


@bp.get("")
@requires(Permission.APPROVE_ORDERS)
def index() -> ResponseReturnValue:
    return _render()


@bp.post("/<order_id>")
@requires(Permission.APPROVE_ORDERS)
def act(order_id: str) -> ResponseReturnValue:
    sent, key = Form.sent(), id_in("ord", order_id)
    action, version = sent.value("action"), sent.value("version")
    if action not in _SAID:
        return _render(key, sent.refuse_field("comment", _("Choose what to do.")))

    def decide(work: Work) -> tuple[str, str]:
        act_on_approval(
            work,
            ActOnApproval(
                order_id=key,
                action=action,
                comment=sent.value("comment").strip()[:1000],
                expected_version=int(version) if version.isdecimal() and len(version) < 10 else None,
            ),
        )
        return _(_SAID[action], number=sent.value("number")), url_for("approvals.index")

    try:
        return run_once(decide)
    except DomainError as error:
        if error.code in {"order_not_found", "idempotency_key_missing"}:
            raise
        return _render(key, sent.refuse(error, {"comment_missing": "comment"}))


def _render(refused: UUID | None = None, form: Form | None = None) -> ResponseReturnValue:
    after = from_text("tsk", request.args.get("after", ""))
    me = signed_in().id
    with current_work() as work:
        tasks = [task for task in list_my_tasks(work, me, after=after, limit=_ROWS + 1) if task.subject_kind == SUBJECT]
        ids = tuple(task.subject_id for task in tasks[:_ROWS])
        orders = {order.id: order for order in list_orders(work, OrderFilter(ids=ids), limit=_ROWS).orders}
        count = count_my_tasks(work, me)
    shown = [
        WaitingOrder(
            id=to_text("ord", task.subject_id),
            number=orders[task.subject_id].number,
            url=url_for("orders.show", order_id=to_text("ord", task.subject_id)),
            customer=orders[task.subject_id].customer_name,
            total=orders[task.subject_id].total,
            currency=orders[task.subject_id].currency,
            since=task.opened_at,
            version=task.version,
            form=form if form is not None and task.subject_id == refused else Form(),
        )
        for task in tasks[:_ROWS]
        if task.subject_id in orders  # else out of reach
    ]
    still_here = any(task.form is form for task in shown)
    page = ApprovalsPage(
        tasks=shown,
        count=count,
        message=form.message if form is not None and not still_here else "",
        next_url=url_for("approvals.index", after=to_text("tsk", tasks[_ROWS - 1].task_id))
        if len(tasks) > _ROWS
        else None,
        previous_url=url_for("approvals.index") if after else None,
    )
    return render_template("approvals/index.html", page=page), form.status if form is not None else 200
