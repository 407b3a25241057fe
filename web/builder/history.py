"""Releases: who published what and why, what each changed, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.errors import HeadMovedOn
from low_code.documents.publish_drafts import needs_second_person
from low_code.documents.queries import Release, history, list_drafts, read_documents, read_release
from low_code.documents.roll_back import RollBack, roll_back
from low_code.documents.validate_drafts import validate_documents
from low_code.plans.plan_release import PlanRelease
from tenants.access.permissions import Permission
from web.builder.plans import sent_hour
from web.builder.publish import MAX_NOTES, plan_instead, refuse_release
from web.builder.shown import DocumentProblems, ShownChange, problems_by_document, shown_changes
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work, in_current_work
from web.pages.navigation import CONFIGURATION, NavEntry

bp = Blueprint("builder_history", __name__, url_prefix="/builder/history")
NAVIGATION = (
    NavEntry(N_("Release history"), "versions", "builder_history.index", Permission.VIEW_CONFIG, 30, CONFIGURATION),
)
_PAGE_SIZE = 25


@dataclass(slots=True, kw_only=True)
class HistoryPage:
    head: int
    releases: list[Release]
    newest_url: str | None
    older_url: str | None


@dataclass(slots=True, kw_only=True)
class ReleasePage:
    """changes: against the release before it"""

    release: Release
    head: int
    changes: list[ShownChange]
    may_roll_back: bool


@dataclass(slots=True, kw_only=True)
class RollBackPage:
    """base: the head that is seen; changes: against it; drafts: how many are on the way, which stay"""

    release: Release
    base: int
    changes: list[ShownChange]
    findings: list[DocumentProblems]
    errors: int
    warnings: int
    drafts: int
    form: Form
    moved_on: bool
    four_eyes: bool
    zone: str


@bp.get("")
@requires(Permission.VIEW_CONFIG)
def index() -> ResponseReturnValue:
    before = request.args.get("before", type=_number)
    with current_work() as work:
        releases, head = history(work, before=before, limit=_PAGE_SIZE + 1), work.tenant.head_release
    more = len(releases) > _PAGE_SIZE
    page = HistoryPage(
        head=head,
        releases=releases[:_PAGE_SIZE],
        newest_url=url_for("builder_history.index") if before else None,
        older_url=url_for("builder_history.index", before=releases[_PAGE_SIZE - 1].number) if more else None,
    )
    return render_template("builder/history.html", page=page)


@bp.get("/<int(max=2147483647):number>")
@requires(Permission.VIEW_CONFIG)
def show(number: int) -> ResponseReturnValue:
    with current_work() as work:
        release = read_release(work, number)
        before, after = configuration(work, release.parent or 0), configuration(work, number)
        page = ReleasePage(
            release=release,
            head=work.tenant.head_release,
            changes=shown_changes(
                compare_configurations(before, after, current_locale()), after.documents, before.documents
            ),
            may_roll_back=may(Permission.PUBLISH_CONFIG) and number != work.tenant.head_release,
        )
    return render_template("builder/release.html", page=page)


@bp.get("/<int(max=2147483647):number>/roll-back")
@requires(Permission.PUBLISH_CONFIG)
def confirm(number: int) -> ResponseReturnValue:
    return _render(number, Form())


@bp.post("/<int(max=2147483647):number>/roll-back")
@requires(Permission.PUBLISH_CONFIG)
def put_back(number: int) -> ResponseReturnValue:
    sent = Form.sent()
    command = RollBack(
        to=number,
        base=request.form.get("base", default=-1, type=int),
        notes=sent.value("notes").strip()[:MAX_NOTES],
        accept_warnings=sent.checked("accept_warnings"),
    )
    with current_work() as work:
        at, waits = sent_hour(sent, work.tenant), needs_second_person(work)
    if sent.refused:
        return _render(number, sent)
    if at is not None or waits:
        plan = PlanRelease(
            action="roll_back", target=number, base=command.base, notes=command.notes,
            accept_warnings=command.accept_warnings, publish_at=at,
        )  # fmt: skip
        return plan_instead(sent, plan, lambda: _render(number, sent))
    try:
        release = in_current_work(lambda work: roll_back(work, command))
    except DomainError as error:
        refuse_release(sent, error)
        return _render(number, sent, moved_on=isinstance(error, HeadMovedOn))
    said = _("Release {number} is in force: what release {old} was.", number=release.number, old=number)
    flash(said, "ok")
    return redirect(url_for("builder_history.show", number=release.number))


def _render(number: int, form: Form, *, moved_on: bool = False) -> ResponseReturnValue:
    with current_work() as work:
        page = _roll_back_page(work, number, form, moved_on=moved_on)
    return render_template("builder/roll_back.html", page=page), form.status


def _roll_back_page(work: Work, number: int, form: Form, *, moved_on: bool) -> RollBackPage:
    release, head = read_release(work, number), configuration(work)
    validation = validate_documents(work, read_documents(work, release.manifest))
    comparisons = compare_configurations(head, validation.would_be, current_locale())
    return RollBackPage(
        release=release,
        base=work.tenant.head_release,
        changes=shown_changes(comparisons, validation.documents, head.documents),
        findings=problems_by_document(validation.findings, validation.documents),
        errors=validation.count("error"),
        warnings=validation.count("warning"),
        drafts=len(list_drafts(work)),
        form=form,
        moved_on=moved_on,
        four_eyes=needs_second_person(work),
        zone=work.tenant.zone,
    )


def _number(text: str) -> int:
    """raises ValueError where it is no number of a release"""
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError(text)
    return number
