"""Settings: the approvals that run in the company, and what an administrator may do about one that is stuck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import from_text, to_text
from low_code.documents.compiled import compiled, configuration
from low_code.flows.errors import ApprovalUnknown
from low_code.flows.lists import RunningApproval, RunningFilter, count_older, list_running, names_of, running_flows
from low_code.flows.migrate_approval import plan_migration
from oms.orders.list_orders import OrderFilter, list_orders
from oms.placement.act_on_approval import remind_order, transfer_for, withdraw_order
from oms.placement.migrate_order_approval import migrate_order_approval
from oms.placement.start_order_approval import SUBJECT
from tenants.access.permissions import Permission
from tenants.access.queries import colleagues, name_in
from web.http.access import requires
from web.http.forms import Form
from web.http.problems import said
from web.http.work import current_work, in_current_work
from web.pages.navigation import SETTINGS, NavEntry
from web.pages.orders.approval_path import step_name
from web.pages.row_ids import id_in

bp = Blueprint("settings_approvals", __name__, url_prefix="/settings/approvals")
NAVIGATION = (
    NavEntry(N_("Running approvals"), "route", "settings_approvals.index", Permission.MANAGE_USERS, 25, SETTINGS),
)
_ROWS = 50
_STUCK = (("1", N_("1 day")), ("3", N_("3 days")), ("7", N_("1 week")), ("30", N_("30 days")))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRow:
    """tasks: (id, step, who, since, overdue) each; behind: whether a newer release of its flow is there"""

    id: str
    order_id: str
    number: str
    url: str
    title: str
    flow: str
    release: int
    started_at: datetime
    waits_until: datetime | None
    tasks: Sequence[tuple[str, str, str, datetime, bool]]


@dataclass(slots=True, kw_only=True)
class RunningPage:
    """flows, nodes, people, stuck: (value, label) each, to filter by; older: how many run under an older release"""

    form: Form
    rows: list[RunningRow]
    flows: list[tuple[str, str]]
    people: list[tuple[str, str]]
    stuck: list[tuple[str, str]]
    filtered: bool
    older: int
    next_url: str | None
    previous_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """obstacles: sentences; none where it can go on under the newest release"""

    id: str
    number: str
    url: str
    flow: str
    from_release: int
    to_release: int
    obstacles: Sequence[str]


@dataclass(slots=True, kw_only=True)
class MigrationPage:
    able: list[PlanRow]
    unable: list[PlanRow]


@bp.get("")
@requires(Permission.MANAGE_USERS)
def index() -> ResponseReturnValue:
    wanted = {name: request.args.get(name, "") for name in ("flow", "node", "assignee", "stuck")}
    after = from_text("apv", request.args.get("after", ""))
    with current_work() as work:
        days = int(wanted["stuck"]) if wanted["stuck"] in dict(_STUCK) else 0
        asked = RunningFilter(
            flow_key=wanted["flow"],
            node_id=wanted["node"].strip(),
            assignee_id=from_text("usr", wanted["assignee"]),
            since=work.now - timedelta(days=days) if days else None,
            after=after,
        )
        found = list_running(work, asked, limit=_ROWS + 1)
        rows = _rows(work, found[:_ROWS])
        flows = [(key, f"{_flow_name(work, key)} ({count})") for key, count in running_flows(work)]
        people = [(to_text("usr", each), name) for each, name in colleagues(work)]
        older = count_older(work)
    filters = {name: value or None for name, value in wanted.items()}
    page = RunningPage(
        form=Form.of(**wanted),
        rows=rows,
        flows=flows,
        people=people,
        stuck=[(days_, _(label)) for days_, label in _STUCK],
        filtered=any(wanted.values()),
        older=older,
        next_url=_url({**filters, "after": to_text("apv", found[_ROWS - 1].id)}) if len(found) > _ROWS else None,
        previous_url=_url(filters) if after else None,
    )
    return render_template("settings/approvals.html", page=page)


@bp.post("/<approval_id>/transfer")
@requires(Permission.MANAGE_USERS)
def transfer(approval_id: str) -> ResponseReturnValue:
    task, to = from_text("tsk", request.form.get("task", "")), from_text("usr", request.form.get("to", ""))

    def run(work: Work, order_id: UUID) -> str:
        if task is None or to is None:
            return ""
        transfer_for(work, order_id, task, to, comment=request.form.get("comment", "").strip()[:1000])
        return _("The task is passed on.")

    return _do(approval_id, run, otherwise=_("Choose to whom it is passed on."))


@bp.post("/<approval_id>/remind")
@requires(Permission.MANAGE_USERS)
def remind(approval_id: str) -> ResponseReturnValue:
    def run(work: Work, order_id: UUID) -> str:
        remind_order(work, order_id)
        return _("Whoever is asked has been reminded.")

    return _do(approval_id, run)


@bp.post("/<approval_id>/cancel")
@requires(Permission.MANAGE_USERS)
def cancel(approval_id: str) -> ResponseReturnValue:
    def run(work: Work, order_id: UUID) -> str:
        comment = request.form.get("comment", "").strip()[:1000]
        withdraw_order(work, order_id, comment=comment, by_administrator=True)
        return _("The approval is called off and its order cancelled.")

    return _do(approval_id, run)


@bp.get("/migration")
@requires(Permission.MANAGE_USERS)
def migration() -> ResponseReturnValue:
    """A dry run: what could go on under the newest release, and why the rest cannot."""
    with current_work() as work:
        plans = plan_migration(work)
        numbers = _numbers(work, [plan.subject_id for plan in plans])
        rows = [
            PlanRow(
                id=to_text("apv", plan.instance_id),
                number=numbers.get(plan.subject_id, plan.title),
                url=url_for("orders.show", order_id=to_text("ord", plan.subject_id)),
                flow=_flow_name(work, plan.flow_key),
                from_release=plan.from_release,
                to_release=plan.to_release,
                obstacles=[said(each.message, each.facts) for each in plan.obstacles],
            )
            for plan in plans
        ]
    page = MigrationPage(able=[row for row in rows if not row.obstacles], unable=[row for row in rows if row.obstacles])
    return render_template("settings/approvals_migration.html", page=page)


@bp.post("/migration")
@requires(Permission.MANAGE_USERS)
def migrate() -> ResponseReturnValue:
    """Moves those that were ticked, each in a transaction of its own."""
    keys = [key for text in request.form.getlist("approval")[:500] if (key := from_text("apv", text))]
    moved, refused = 0, []
    for key in keys:
        try:
            in_current_work(lambda work, key=key: migrate_order_approval(work, key))  # type: ignore[misc]
            moved += 1
        except DomainError as error:
            refused.append(said(error.message, error.facts))
    if moved:
        flash(_("{count} approvals go on under the newest release.", count=moved), "ok")
    for sentence in dict.fromkeys(refused):
        flash(sentence, "bad")
    return redirect(url_for("settings_approvals.migration"))


def _do(approval_id: str, run: Callable[[Work, UUID], str], *, otherwise: str = "") -> ResponseReturnValue:
    """Leads back to the list, with what was done or why not."""
    key = id_in("apv", approval_id)

    def on_order(work: Work) -> str:
        row = work.row(
            "SELECT subject_id FROM approval_instances WHERE tenant_id = %(tenant)s AND id = %(id)s"
            " AND subject_kind = %(kind)s",
            {"tenant": work.tenant_id, "id": key, "kind": SUBJECT},
        )
        if row is None:
            raise ApprovalUnknown()
        return run(work, row.subject_id)

    try:
        sentence = in_current_work(on_order)
    except DomainError as error:
        if error.code in {"approval_unknown", "order_not_found"}:
            raise
        flash(said(error.message, error.facts), "bad")
    else:
        flash(sentence or otherwise, "ok" if sentence else "bad")
    return redirect(url_for("settings_approvals.index"))


def _rows(work: Work, found: Sequence[RunningApproval]) -> list[RunningRow]:
    numbers = _numbers(work, [each.subject_id for each in found])
    names = names_of(work, [task[2] for each in found for task in each.tasks])
    rows = []
    for each in found:
        flow = compiled(work, "approval_flow", each.flow_key, each.release).flow
        order_id = to_text("ord", each.subject_id)
        rows.append(
            RunningRow(
                id=to_text("apv", each.id),
                order_id=order_id,
                number=numbers.get(each.subject_id, each.title),
                url=url_for("orders.show", order_id=order_id),
                title=each.title,
                flow=name_in(flow.names, current_locale()),
                release=each.release,
                started_at=each.started_at,
                waits_until=each.waits_until,
                tasks=[
                    (to_text("tsk", task), step_name(flow, node), names.get(user, ""), since,
                     due is not None and due < work.now)
                    for task, node, user, since, due in each.tasks
                ],
            )
        )  # fmt: skip
    return rows


def _numbers(work: Work, order_ids: Sequence[UUID]) -> dict[UUID, str]:
    orders = list_orders(work, OrderFilter(ids=tuple(order_ids)), limit=max(len(order_ids), 1)).orders
    return {order.id: order.number for order in orders}


def _flow_name(work: Work, key: str) -> str:
    body = configuration(work).body("approval_flow", key) or {}
    return name_in(body.get("name", {}), current_locale()) or key


def _url(arguments: dict[str, str | None]) -> str:
    return url_for("settings_approvals.index", **arguments)  # type: ignore[arg-type]
