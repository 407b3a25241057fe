"""A draft that was begun before another release of its document: both together, or one of them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.errors import DomainError
from kernel.i18n import _, current_locale
from low_code.documents.compiled import configuration
from low_code.documents.merge_draft import RebaseDraft, rebase_draft, versions_of_rebase
from low_code.documents.queries import Draft, read_draft
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.documents import known_kind
from web.builder.merging import MergeShown, sent_choices, shown_merge
from web.builder.shown import DocumentLink, link_to, refusal_of
from web.http.access import requires
from web.http.errors import status_of
from web.http.work import current_work, in_current_work


@dataclass(slots=True, kw_only=True)
class RebasePage:
    """head: the release in force; removed: it holds the document no more; merge: None where nothing can be merged"""

    link: DocumentLink
    draft: Draft
    head: int
    removed: bool
    merge: MergeShown | None
    refusal: str


@bp.get("/<kind>/<key>/rebase")
@requires(Permission.EDIT_CONFIG)
def rebase_form(kind: str, key: str) -> ResponseReturnValue:
    return _render(kind, key, "", 200)


@bp.post("/<kind>/<key>/rebase")
@requires(Permission.EDIT_CONFIG)
def rebase(kind: str, key: str) -> ResponseReturnValue:
    known_kind(kind)
    command = RebaseDraft(
        kind=kind,
        key=key,
        etag=request.form.get("etag", ""),
        head=request.form.get("head", default=-1, type=int),
        choices=sent_choices(),
    )
    try:
        in_current_work(lambda work: rebase_draft(work, command))
    except DomainError as error:
        return _render(kind, key, refusal_of(error), status_of(error))
    flash(_("The draft holds what was published meanwhile too."), "ok")
    return redirect(url_for("builder.show", kind=kind, key=key))


def _render(kind: str, key: str, refusal: str, status: int) -> ResponseReturnValue:
    found = known_kind(kind)
    with current_work() as work:
        draft, head = read_draft(work, kind, key), configuration(work)
        choices = sent_choices()
        page = RebasePage(
            link=link_to(draft.address, {draft.address: draft.body or head.body(kind, key)}),
            draft=draft,
            head=work.tenant.head_release,
            removed=head.body(kind, key) is None,
            merge=shown_merge(work, found, key, versions_of_rebase(work, draft, choices), choices),
            refusal=refusal,
        )
    return render_template("builder/rebase.html", page=page, locale=current_locale()), status
