"""The release as it would be: what changes, what is wrong, and the button that puts it in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from kernel.ids import to_text
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.errors import HeadMovedOn
from low_code.documents.publish_drafts import PublishDrafts, needs_second_person, publish_drafts
from low_code.documents.queries import Release, drafts_digest, list_drafts, read_release
from low_code.documents.validate_drafts import validate_drafts
from low_code.plans.plan_release import PREFIX, PlanRelease, plan_release
from low_code.plans.queries import list_plans
from tenants.access.permissions import Permission
from web.builder.plans import sent_hour
from web.builder.shown import DocumentProblems, ShownChange, problems_by_document, refusal_of, shown_changes
from web.http.access import requires
from web.http.errors import status_of
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work, in_current_work
from web.pages.navigation import CONFIGURATION, NavEntry

bp = Blueprint("builder_publish", __name__, url_prefix="/builder/publish")
NAVIGATION = (NavEntry(N_("Publish"), "rocket", "builder_publish.show", Permission.VIEW_CONFIG, 20, CONFIGURATION),)
MAX_NOTES = 2000


@dataclass(slots=True, kw_only=True)
class PublishPage:
    """base      the head that is seen, 0 for none; seen: a digest of the drafts that are seen
    latest    the release in force, None where there is none
    moved_on  another release was published since the reader looked
    author    who changed each document, by address
    four_eyes a second person has to agree, so that it can only be proposed; plans: how many are open
    zone      of the hour to publish at
    """

    base: int
    seen: str
    latest: Release | None
    changes: list[ShownChange]
    authors: dict[str, tuple[str, datetime]]
    findings: list[DocumentProblems]
    errors: int
    warnings: int
    form: Form
    may_publish: bool
    four_eyes: bool
    plans: int
    zone: str
    moved_on: bool = False


@bp.get("")
@requires(Permission.VIEW_CONFIG)
def show() -> ResponseReturnValue:
    return _render(Form())


@bp.post("")
@requires(Permission.PUBLISH_CONFIG)
def publish() -> ResponseReturnValue:
    sent = Form.sent()
    command = PublishDrafts(
        base=request.form.get("base", default=-1, type=int),
        notes=sent.value("notes").strip()[:MAX_NOTES],
        accept_warnings=sent.checked("accept_warnings"),
        seen=sent.value("seen"),
    )
    with current_work() as work:
        at, tenant_waits = sent_hour(sent, work.tenant), needs_second_person(work)
    if sent.refused:
        return _render(sent)
    if at is not None or tenant_waits:
        plan = PlanRelease(
            base=command.base, seen=sent.value("seen"), notes=command.notes, accept_warnings=command.accept_warnings,
            publish_at=at,
        )  # fmt: skip
        return plan_instead(sent, plan, lambda: _render(sent))
    try:
        release = in_current_work(lambda work: publish_drafts(work, command))
    except DomainError as error:
        refuse_release(sent, error)
        return _render(sent, moved_on=isinstance(error, HeadMovedOn))
    flash(_("Release {number} is in force.", number=release.number), "ok")
    return redirect(url_for("builder_history.show", number=release.number))


def plan_instead(sent: Form, plan: PlanRelease, again: Callable[[], ResponseReturnValue]) -> ResponseReturnValue:
    """Keeps the release for a second person or for its hour; again: the page, where it is refused."""
    try:
        plan_id = in_current_work(lambda work: plan_release(work, plan))
    except DomainError as error:
        if error.code == "hour_passed":
            sent.refuse_field("publish_at", refusal_of(error))
        else:
            refuse_release(sent, error)
        return again()
    flash(_("The release is planned. You see here what becomes of it."), "ok")
    return redirect(url_for("builder_plans.show", plan_id=to_text(PREFIX, plan_id)), 303)


def refuse_release(form: Form, error: DomainError) -> None:
    """The problems themselves stand on the page anyway, each with its place."""
    form.status = status_of(error)
    if error.code == "warnings_not_accepted":
        form.errors["accept_warnings"] = refusal_of(error)
    else:
        form.message = refusal_of(error)


def _render(form: Form, *, moved_on: bool = False) -> ResponseReturnValue:
    with current_work() as work:
        head, validation, number = configuration(work), validate_drafts(work), work.tenant.head_release
        known = {**head.documents, **validation.documents}
        comparisons = compare_configurations(head, validation.would_be, current_locale())
        page = PublishPage(
            base=number,
            seen=drafts_digest(work),
            latest=read_release(work, number) if number else None,
            changes=shown_changes(comparisons, known),
            authors={draft.address: (draft.author_name, draft.updated_at) for draft in list_drafts(work)},
            findings=problems_by_document(validation.findings, known),
            errors=validation.count("error"),
            warnings=validation.count("warning"),
            form=form,
            may_publish=may(Permission.PUBLISH_CONFIG),
            four_eyes=needs_second_person(work),
            plans=len(list_plans(work, open_only=True)),
            zone=work.tenant.zone,
            moved_on=moved_on,
        )
    return render_template("builder/publish.html", page=page), form.status
