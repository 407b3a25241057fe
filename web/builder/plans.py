"""Releases that wait: for a second person, or for their hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import TenantFacts, Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale, translate
from kernel.ids import to_text
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.publish_drafts import needs_second_person
from low_code.plans.decide_plan import approve_plan, cancel_plan, refuse_plan
from low_code.plans.plan_release import PREFIX, would_release
from low_code.plans.queries import Plan, list_plans, read_plan
from tenants.access.permissions import Permission
from tenants.directory.tenant_settings import set_four_eyes
from web.builder.shown import DocumentLink, DocumentProblems, ShownChange, link_to, problems_by_document, refusal_of
from web.builder.shown import shown_changes as shown
from web.http.access import requires
from web.http.errors import status_of
from web.http.forms import Form
from web.http.principals import current_actor, may
from web.http.work import current_work, in_current_work
from web.pages.navigation import CONFIGURATION, NavEntry
from web.pages.row_ids import id_in

bp = Blueprint("builder_plans", __name__, url_prefix="/builder/plans")
NAVIGATION = (
    NavEntry(N_("Planned releases"), "calendar-due", "builder_plans.index", Permission.VIEW_CONFIG, 25, CONFIGURATION),
)
MAX_NOTE = 2000
BAD_HOUR = N_("This is not a day and an hour.")
NOTE_MISSING = N_("Say why, for whoever proposed it.")
STATES = {
    "waiting": (N_("Waits for a second person"), "warn"),
    "scheduled": (N_("Scheduled"), "info"),
    "published": (N_("Published"), "ok"),
    "refused": (N_("Refused"), "bad"),
    "cancelled": (N_("Called off"), "idle"),
    "void": (N_("Void"), "bad"),
    "failed": (N_("Failed"), "bad"),
}


@dataclass(slots=True, kw_only=True)
class ListedPlan:
    id: str
    plan: Plan
    state: str
    tone: str


@dataclass(slots=True, kw_only=True)
class PlansPage:
    rows: list[ListedPlan]
    four_eyes: bool
    may_set_rules: bool


@dataclass(slots=True, kw_only=True)
class PlanPage:
    """changes, findings: as they would be now, while it is open and stands; changed: documents, as of the proposal
    mine: the reader proposed it, so somebody else decides
    failure: why it was not published; problems: with their places
    """

    id: str
    plan: Plan
    state: str
    tone: str
    changed: list[DocumentLink]
    changes: list[ShownChange]
    findings: list[DocumentProblems]
    failure: str
    problems: list[tuple[str, str]]
    form: Form
    mine: bool
    may_decide: bool
    may_cancel: bool


@bp.get("")
@requires(Permission.VIEW_CONFIG)
def index() -> ResponseReturnValue:
    with current_work() as work:
        page = PlansPage(
            rows=[_listed(plan) for plan in list_plans(work)],
            four_eyes=needs_second_person(work),
            may_set_rules=may(Permission.EDIT_SETTINGS) and may(Permission.PUBLISH_CONFIG),
        )
    return render_template("builder/plans.html", page=page)


@bp.post("/rules")
@requires(Permission.EDIT_SETTINGS, Permission.PUBLISH_CONFIG)
def set_rules() -> ResponseReturnValue:
    wanted = "four_eyes" in request.form
    in_current_work(lambda work: set_four_eyes(work, wanted))
    flash(_("Each release needs a second person from now on.") if wanted else _("Releases need one person."), "ok")
    return redirect(url_for("builder_plans.index"), 303)


@bp.get("/<plan_id>")
@requires(Permission.VIEW_CONFIG)
def show(plan_id: str) -> ResponseReturnValue:
    return _render(plan_id, Form())


@bp.post("/<plan_id>/approve")
@requires(Permission.PUBLISH_CONFIG)
def approve(plan_id: str) -> ResponseReturnValue:
    sent, key = Form.sent(), id_in(PREFIX, plan_id)
    note = sent.value("note").strip()[:MAX_NOTE]
    try:
        release = in_current_work(lambda work: approve_plan(work, key, note))
    except DomainError as error:
        return _refused(plan_id, sent, error)
    if release is None:
        flash(_("You agreed; it is published at its hour."), "ok")
        return redirect(url_for("builder_plans.show", plan_id=plan_id), 303)
    flash(_("Release {number} is in force.", number=release.number), "ok")
    return redirect(url_for("builder_history.show", number=release.number), 303)


@bp.post("/<plan_id>/refuse")
@requires(Permission.PUBLISH_CONFIG)
def refuse(plan_id: str) -> ResponseReturnValue:
    sent, key = Form.sent(), id_in(PREFIX, plan_id)
    note = sent.value("note").strip()[:MAX_NOTE]
    if not note:
        with current_work() as work:
            read_plan(work, key)
        return _render(plan_id, sent.refuse_field("note", _(NOTE_MISSING)))
    try:
        in_current_work(lambda work: refuse_plan(work, key, note))
    except DomainError as error:
        return _refused(plan_id, sent, error)
    flash(_("You refused it. The drafts stay."), "ok")
    return redirect(url_for("builder_plans.show", plan_id=plan_id), 303)


@bp.post("/<plan_id>/cancel")
@requires(Permission.PUBLISH_CONFIG)
def cancel(plan_id: str) -> ResponseReturnValue:
    key = id_in(PREFIX, plan_id)
    try:
        in_current_work(lambda work: cancel_plan(work, key))
    except DomainError as error:
        return _refused(plan_id, Form.sent(), error)
    flash(_("It is called off. The drafts stay."), "ok")
    return redirect(url_for("builder_plans.show", plan_id=plan_id), 303)


def _refused(plan_id: str, form: Form, error: DomainError) -> ResponseReturnValue:
    if error.code == "plan_unknown":
        raise error
    form.status, form.message = status_of(error), refusal_of(error)
    return _render(plan_id, form)


def _render(plan_id: str, form: Form) -> ResponseReturnValue:
    with current_work() as work:
        page = _page(work, id_in(PREFIX, plan_id), form)
    return render_template("builder/plan.html", page=page), form.status


def _page(work: Work, key: UUID, form: Form) -> PlanPage:
    plan, head = read_plan(work, key), configuration(work)
    listed, locale = _listed(plan), current_locale()
    changes, findings = [], []
    if plan.is_open and plan.stands:
        validation = would_release(work, plan.action, plan.target)
        known = {**head.documents, **validation.documents}
        changes = shown(compare_configurations(head, validation.would_be, locale), known, head.documents)
        findings = problems_by_document(validation.findings, known)
    failure = plan.failure or {}
    mine = plan.proposed_by is not None and plan.proposed_by == current_actor().id
    return PlanPage(
        id=listed.id,
        plan=plan,
        state=listed.state,
        tone=listed.tone,
        changed=[link_to(name, head.documents) for name in plan.changed],
        changes=changes,
        findings=findings,
        failure=translate(failure.get("message", ""), locale, failure.get("facts")) if failure else "",
        problems=[
            (each["pointer"], translate(each["message"], locale, each["facts"])) for each in failure.get("problems", ())
        ],
        form=form,
        mine=mine,
        may_decide=plan.state == "waiting" and plan.stands and not mine and may(Permission.PUBLISH_CONFIG),
        may_cancel=plan.is_open and may(Permission.PUBLISH_CONFIG),
    )


def _listed(plan: Plan) -> ListedPlan:
    state, tone = STATES["void" if plan.is_open and not plan.stands else plan.state]
    return ListedPlan(id=to_text(PREFIX, plan.id), plan=plan, state=_(state), tone=tone)


def sent_hour(form: Form, tenant: TenantFacts) -> datetime | None:
    """The hour of the field `publish_at`, in the company's time zone; None where it is empty or no hour."""
    text = form.value("publish_at").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        form.refuse_field("publish_at", _(BAD_HOUR))
        return None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(tenant.zone))
