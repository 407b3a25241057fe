"""The release as it would be: what changes, what is wrong, and the button that puts it in force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import Conflict, DomainError
from kernel.i18n import N_, _, current_locale
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.errors import HeadMovedOn
from low_code.documents.publish_drafts import PublishDrafts, publish_drafts
from low_code.documents.queries import Release, list_drafts, read_release
from low_code.documents.validate_drafts import validate_drafts
from tenants.access.permissions import Permission
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


class DraftsMovedOn(Conflict):
    """What would be published is not what was seen."""

    code = "drafts_moved_on"
    message = N_("Somebody changed drafts while you looked. Look at what would be published now.")


@dataclass(slots=True, kw_only=True)
class PublishPage:
    """base      the head that is seen, 0 for none; seen: a digest of the drafts that are seen
    latest    the release in force, None where there is none
    moved_on  another release was published since the reader looked
    author    who changed each document, by address
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
    )

    def publish_what_was_seen(work: Work) -> Release:
        seen = _digest(work)
        release_of = publish_drafts if seen == sent.value("seen") else _refuse_unseen
        return release_of(work, command)

    try:
        release = in_current_work(publish_what_was_seen)
    except DomainError as error:
        refuse_release(sent, error)
        return _render(sent, moved_on=isinstance(error, HeadMovedOn))
    flash(_("Release {number} is in force.", number=release.number), "ok")
    return redirect(url_for("builder_history.show", number=release.number))


def refuse_release(form: Form, error: DomainError) -> None:
    """The problems themselves stand on the page anyway, each with its place."""
    form.status = status_of(error)
    if error.code == "warnings_not_accepted":
        form.errors["accept_warnings"] = refusal_of(error)
    else:
        form.message = refusal_of(error)


def _refuse_unseen(work: Work, command: PublishDrafts) -> Release:
    """Of two reasons why it is not what was seen, the release of somebody else is said first."""
    if work.tenant.head_release != command.base:
        raise HeadMovedOn(head=work.tenant.head_release, base=command.base)
    raise DraftsMovedOn()


def _digest(work: Work) -> str:
    return hashlib.sha256("".join(draft.etag for draft in list_drafts(work)).encode()).hexdigest()[:32]


def _render(form: Form, *, moved_on: bool = False) -> ResponseReturnValue:
    with current_work() as work:
        head, validation, number = configuration(work), validate_drafts(work), work.tenant.head_release
        known = {**head.documents, **validation.documents}
        comparisons = compare_configurations(head, validation.would_be, current_locale())
        page = PublishPage(
            base=number,
            seen=_digest(work),
            latest=read_release(work, number) if number else None,
            changes=shown_changes(comparisons, known),
            authors={draft.address: (draft.author_name, draft.updated_at) for draft in list_drafts(work)},
            findings=problems_by_document(validation.findings, known),
            errors=validation.count("error"),
            warnings=validation.count("warning"),
            form=form,
            may_publish=may(Permission.PUBLISH_CONFIG),
            moved_on=moved_on,
        )
    return render_template("builder/publish.html", page=page), form.status
