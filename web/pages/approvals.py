"""My approvals: what waits for me, to be decided from here; what I decided, submitted or got a copy of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text, to_text
from low_code.documents.compiled import compiled, configuration
from low_code.flows.lists import LISTS, ListedApproval, list_approvals
from low_code.flows.nodes.asking import Ask
from low_code.flows.queries import MyTask, count_my_tasks, list_my_tasks, my_flows
from oms.orders.list_orders import OrderFilter, OrderSummary, list_orders
from oms.orders.read_order import OrderDetail, read_order
from oms.placement.act_on_approval import act_on_approval
from oms.placement.errors import NoOpenApproval
from oms.placement.start_order_approval import SUBJECT
from tenants.access.permissions import Permission
from tenants.access.queries import name_in
from web.http.access import requires
from web.http.formats import day
from web.http.forms import Form
from web.http.principals import signed_in
from web.http.work import current_work
from web.pages.navigation import NavEntry
from web.pages.orders.approval import ApprovalPanel, approval_panel
from web.pages.orders.approval_form import ACTED, ACTION_UNKNOWN, approval_command, refuse_act
from web.pages.orders.approval_path import step_name
from web.pages.orders.custom_fields import order_fields
from web.pages.row_ids import id_in
from web.pages.run_once import run_once
from web.pages.words import TASK, Word, word

bp = Blueprint("approvals", __name__, url_prefix="/approvals")
NAVIGATION = (
    NavEntry(N_("My approvals"), "checklist", "approvals.index", Permission.APPROVE_ORDERS, order=20, shortcut="a"),
)
_ROWS = 25
_TABS = {"": N_("To do"), "done": N_("Done"), "submitted": N_("Submitted by me"), "copied": N_("Copies")}
_SAID = {"approve": N_("Order {number} is approved."), "reject": N_("Order {number} is refused and cancelled.")}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOrder:
    """One task. version: of the approval, as it is shown; mark: what a selection of many sends, "" where it needs a
    comment; form: what was refused a moment ago, else empty"""

    id: str
    number: str
    url: str
    task_url: str
    task: str
    step: str
    customer: str
    total: Decimal
    currency: str
    since: datetime
    due_at: datetime | None
    overdue: bool
    version: int
    handles: bool
    may_reject: bool
    mark: str
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOrder:
    """One row of the other lists. state: of the approval; did: what one did oneself"""

    number: str
    url: str
    title: str
    state: Word
    did: Word | None
    at: datetime


@dataclass(slots=True, kw_only=True)
class ApprovalsPage:
    """tab: "" is what waits; count: of all that waits; message: a refusal that belongs to no row that is still here;
    flows: (key, name, how many wait, current)"""

    tab: str
    tabs: list[tuple[str, str, int | None, bool]]
    tasks: list[WaitingOrder]
    listed: list[ListedOrder]
    flows: list[tuple[str, str, int, bool]]
    count: int
    message: str
    next_url: str | None
    previous_url: str | None


@dataclass(slots=True, kw_only=True)
class TaskPage:
    """Everything to decide on one order, without what the reader's step hides from him.

    facts  (label, value) each
    """

    id: str
    order: Any
    lines: Sequence[Any]
    facts: Sequence[tuple[str, str]]
    approval: ApprovalPanel
    form: Form
    url: str


@bp.get("")
@requires(Permission.APPROVE_ORDERS)
def index() -> ResponseReturnValue:
    return _render()


@bp.get("/<order_id>")
@requires(Permission.APPROVE_ORDERS)
def show(order_id: str) -> ResponseReturnValue:
    return _render_task(id_in("ord", order_id), Form())


@bp.post("/<order_id>")
@requires(Permission.APPROVE_ORDERS)
def act(order_id: str) -> ResponseReturnValue:
    sent, key = Form.sent(), id_in("ord", order_id)
    action, from_task = sent.value("action"), sent.value("from") == "task"
    if action not in ACTED:
        return _again(key, sent.refuse_field("comment", _(ACTION_UNKNOWN)), from_task)

    def decide(work: Work) -> tuple[str, str]:
        outcome = act_on_approval(work, approval_command(key, sent))
        if outcome.status in {"approved", "rejected"} and action in _SAID:
            return _(_SAID[action], number=sent.value("number")), url_for("approvals.index")
        return _(_GOES_ON[action], number=sent.value("number")), url_for("approvals.index")

    try:
        return run_once(decide)
    except DomainError as error:
        if error.code in {"order_not_found", "idempotency_key_missing"}:
            raise
        return _again(key, refuse_act(sent, error), from_task)


_GOES_ON = {
    "approve": N_("Order {number}: your approval is noted. Others are still asked."),
    "reject": N_("Order {number}: your refusal is noted. Others are still asked."),
    "return": N_("Order {number} is sent back."),
    "transfer": N_("Order {number} is passed on."),
    "add_signers": N_("Order {number}: those you named are asked too."),
}


def _again(key: UUID, form: Form, from_task: bool) -> ResponseReturnValue:
    """The page that the form was on, with what was refused."""
    if from_task:
        try:
            return _render_task(key, form)
        except NoOpenApproval:
            pass
    return _render(key, form)


def _render(refused: UUID | None = None, form: Form | None = None) -> ResponseReturnValue:
    tab, after = request.args.get("tab", ""), from_text("tsk", request.args.get("after", ""))
    tab, flow = tab if tab in LISTS else "", request.args.get("flow", "")
    me = signed_in().id
    with current_work() as work:
        count = count_my_tasks(work, me)
        tasks = list_my_tasks(work, me, after=after, flow_key=flow, limit=_ROWS + 1) if not tab else []
        listed = list_approvals(work, me, tab, before=after, limit=_ROWS + 1) if tab else []
        found: list[MyTask | ListedApproval] = [*tasks, *listed]
        rows = [row for row in found if row.subject_kind == SUBJECT][:_ROWS]
        ids = tuple(row.subject_id for row in rows)
        orders = {order.id: order for order in list_orders(work, OrderFilter(ids=ids), limit=_ROWS).orders}
        shown = [
            _waiting(work, row, orders[row.subject_id], form if row.subject_id == refused else None)
            for row in rows
            if isinstance(row, MyTask) and row.subject_id in orders  # else out of reach
        ]
        flows = _flows(work, me, flow) if not tab else []
    last = rows[-1] if rows else None
    more = len(tasks) > _ROWS or len(listed) > _ROWS
    marker = "" if last is None else to_text("tsk", last.task_id if isinstance(last, MyTask) else last.row_id)
    still_here = any(task.form is form for task in shown)
    page = ApprovalsPage(
        tab=tab,
        tabs=[
            (_(label), url_for("approvals.index", tab=key or None), count if not key else None, key == tab)
            for key, label in _TABS.items()
        ],
        tasks=shown,
        listed=[_listed(row, orders[row.subject_id]) for row in listed[:_ROWS] if row.subject_id in orders],
        flows=flows,
        count=count,
        message=form.message if form is not None and not still_here else "",
        next_url=_url(tab, flow, marker) if more else None,
        previous_url=_url(tab, flow) if after else None,
    )
    return render_template("approvals/index.html", page=page), form.status if form is not None else 200


def _url(tab: str, flow: str, after: str | None = None) -> str:
    return url_for("approvals.index", tab=tab or None, flow=flow or None, after=after)


def _waiting(work: Work, task: MyTask, order: OrderSummary, form: Form | None) -> WaitingOrder:
    flow = compiled(work, "approval_flow", task.flow_key, task.release).flow
    node = flow.nodes.get(task.node_id)
    spec = node.spec if node is not None and isinstance(node.spec, Ask) else None
    text_id = to_text("ord", task.subject_id)
    quick = spec is not None and "approve" not in spec.comment_required_on
    return WaitingOrder(
        id=text_id,
        number=order.number,
        url=url_for("orders.show", order_id=text_id),
        task_url=url_for("approvals.show", order_id=text_id),
        task=to_text("tsk", task.task_id),
        step=step_name(flow, task.node_id),
        customer=order.customer_name,
        total=order.total,
        currency=order.currency,
        since=task.opened_at,
        due_at=task.due_at,
        overdue=task.due_at is not None and task.due_at < work.now,
        version=task.version,
        handles=task.kind == "handle",
        may_reject=spec is not None and spec.may_reject,
        mark=f"{text_id}:{task.version}" if quick else "",
        form=form or Form(),
    )


def _listed(row: Any, order: OrderSummary) -> ListedOrder:
    return ListedOrder(
        number=order.number,
        url=url_for("orders.show", order_id=to_text("ord", order.id)),
        title=row.title,
        state=word(TASK, row.status),
        did=word(TASK, row.did) if row.did else None,
        at=row.at,
    )


def _flows(work: Work, me: UUID, chosen: str) -> list[tuple[str, str, int, bool]]:
    """The flows of what waits; nothing to choose where there is one."""
    mine = my_flows(work, me)
    if len(mine) < 2 and not chosen:
        return []
    documents = configuration(work)
    return [
        (key, name_in((documents.body("approval_flow", key) or {}).get("name", {}), current_locale()) or key, tasks,
         key == chosen)
        for key, tasks in mine
    ]  # fmt: skip


def _render_task(key: UUID, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        detail = read_order(work, key, with_history=False)
        panel = approval_panel(work, key)
        if panel is None:
            raise NoOpenApproval(number=detail.order.number)
        facts = _facts(work, detail, panel.hidden)
    page = TaskPage(
        id=to_text("ord", key),
        order=detail.order,
        lines=detail.lines,
        facts=facts,
        approval=panel,
        form=form,
        url=url_for("orders.show", order_id=to_text("ord", key)),
    )
    return render_template("approvals/task.html", page=page), form.status


def _facts(work: Work, detail: OrderDetail, hidden: frozenset[str]) -> list[tuple[str, str]]:
    order = detail.order
    facts = [
        (_("Entered by"), order.created_by_name),
        (_("Requested day"), day(order.requested_on) if order.requested_on else ""),
        (_("Buyer's note"), order.buyer_note),
    ]
    for shown in order_fields(work):
        if order.custom.get(shown.key) is not None and f"cf.{shown.key}" not in hidden:
            facts.append((shown.label, shown.show(order.custom[shown.key])))
    return [(label, value) for label, value in facts if value]
