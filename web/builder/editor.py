"""One document: its text, what is wrong with it, what it means, and what it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.i18n import _, current_locale
from low_code.documents.compiled import configuration
from low_code.documents.delete_draft import DeleteDraft, delete_draft
from low_code.documents.errors import DocumentUnfit, DraftConflict, MergeUnsettled, StillReferred
from low_code.documents.merge_draft import MergeDraft, merge_draft, versions_of_save
from low_code.documents.queries import Draft, find_draft
from low_code.documents.remove_document import RemoveDocument, find_referrers, remove_document
from low_code.documents.save_draft import SaveDraft, conflict_with, save_draft
from low_code.registry import DocumentUnknown, Kind, address, installed
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.documents import known_kind
from web.builder.judge import Judgement, documents_with, judge, unreadable
from web.builder.merging import MergeShown, merge_command, shown_merge
from web.builder.minimal import first_body
from web.builder.reference import Entry, description_of, reference
from web.builder.sheets import has_table
from web.builder.shown import DocumentLink, document_name, link_to, refusal_of, shown_problems
from web.builder.text import Reading, document_text, read_text
from web.http.access import requires
from web.http.errors import status_of
from web.http.principals import may
from web.http.work import current_work, in_current_work


@dataclass(slots=True, kw_only=True)
class ConflictShown:
    """What somebody else saved meanwhile. etag: "" where there is no draft any more; text: of theirs; merge: both
    versions together, None where one of them is no document"""

    author: str
    updated_at: str | None
    etag: str
    text: str
    gone: bool
    merge: MergeShown | None


@dataclass(slots=True, kw_only=True)
class Referrer:
    """within: release or draft"""

    link: DocumentLink
    within: str


@dataclass(slots=True, kw_only=True)
class Asked:
    """What the page is to show beside the document itself.

    text       as it was sent; None: as it is stored
    refusal    why nothing was done, in the reader's language
    """

    text: str | None = None
    etag: str | None = None
    refusal: str = ""
    status: int = 200
    problems: DocumentUnfit | None = None
    conflict: DraftConflict | None = None
    merging: MergeDraft | None = None
    refused_removal: bool = False


@dataclass(slots=True, kw_only=True)
class EditorPage:
    """head      number of the release in force
    began_on  hash of the document in force when the page was opened
    at        pointer of the place to begin at
    """

    kind: str
    kind_title: str
    description: str
    key: str
    name: str
    text: str
    etag: str
    draft: Draft | None
    in_force: bool
    head: int
    judgement: Judgement
    referrers: list[Referrer]
    reference: list[Entry]
    example: str
    at: str
    may_edit: bool
    may_publish: bool
    asked: Asked
    conflict: ConflictShown | None
    began_on: str
    has_table: bool = False
    island: dict[str, Any] = field(default_factory=dict)


@bp.get("/<kind>/<key>")
@requires(Permission.VIEW_CONFIG)
def show(kind: str, key: str) -> ResponseReturnValue:
    return _render(known_kind(kind), key, Asked())


@bp.post("/<kind>/<key>")
@requires(Permission.EDIT_CONFIG)
def save(kind: str, key: str) -> ResponseReturnValue:
    """Sent by the island it answers with what is to be said about the document; else it leads back to the page."""
    found, text = known_kind(kind), request.form.get("body", "")
    overwrites = "overwrite" in request.form
    etag = request.form.get("overwrite" if overwrites else "etag") or None
    asked = Asked(text=text, etag=request.form.get("etag", ""))
    reading = read_text(text)
    if reading.body is None:
        return _render(found, key, _unfit(asked, reading))
    command = SaveDraft(kind=kind, key=key, body=reading.body, etag=etag, rebase="rebase" in request.form)
    try:
        in_current_work(lambda work: save_draft(work, command))
    except DraftConflict as error:
        return render_conflict(found, key, asked, error, reading.body)
    except DocumentUnfit as error:
        asked.problems, asked.refusal, asked.status = error, refusal_of(error), status_of(error)
        return _render(found, key, asked)
    if request.headers.get("HX-Request"):
        return _render(found, key, Asked(text=text))
    flash(_("The draft is saved."), "ok")
    return redirect(url_for("builder.show", kind=kind, key=key))


@bp.post("/<kind>/<key>/merge")
@requires(Permission.EDIT_CONFIG)
def merge_both(kind: str, key: str) -> ResponseReturnValue:
    """Saves the text and what somebody else saved meanwhile together."""
    found, reading = known_kind(kind), read_text(request.form.get("body", ""))
    asked = Asked(text=request.form.get("body", ""), etag=request.form.get("etag", ""))
    if reading.body is None:
        return _render(found, key, _unfit(asked, reading))
    command = merge_command(kind, key, reading.body, etag=request.form.get("theirs") or None)
    try:
        in_current_work(lambda work: merge_draft(work, command))
    except DocumentUnfit as error:
        asked.problems, asked.refusal, asked.status = error, refusal_of(error), status_of(error)
        return _render(found, key, asked)
    except (DraftConflict, MergeUnsettled) as error:
        return render_conflict(found, key, asked, error, reading.body)
    flash(_("Both versions are saved together as one draft."), "ok")
    return redirect(url_for("builder.show", kind=kind, key=key))


def render_conflict(
    kind: Kind, key: str, asked: Asked, error: DraftConflict | MergeUnsettled, body: Any
) -> ResponseReturnValue:
    """The page with the author's text, what somebody else saved, and both together."""
    with current_work() as work:
        current = find_draft(work, kind.name, key)
    asked.refusal, asked.status = refusal_of(error), status_of(error)
    asked.conflict = error if isinstance(error, DraftConflict) else conflict_with(current)
    asked.merging = merge_command(kind.name, key, body, etag=current.etag if current else None)
    return _render(kind, key, asked)


@bp.post("/<kind>/<key>/check")
@requires(Permission.EDIT_CONFIG)
def check(kind: str, key: str) -> ResponseReturnValue:
    """The text as it is, without saving it."""
    asked = Asked(text=request.form.get("body", ""), etag=request.form.get("etag", ""))
    return _render(known_kind(kind), key, asked)


@bp.post("/<kind>/<key>/discard")
@requires(Permission.EDIT_CONFIG)
def discard(kind: str, key: str) -> ResponseReturnValue:
    found, etag = known_kind(kind), request.form.get("etag", "")
    try:
        in_current_work(lambda work: delete_draft(work, DeleteDraft(kind=kind, key=key, etag=etag)))
    except DraftConflict as error:
        return _render(found, key, Asked(refusal=refusal_of(error), status=status_of(error)))
    flash(_("The draft is thrown away."), "ok")
    with current_work() as work:
        in_force = configuration(work).body(kind, key) is not None
    return redirect(url_for("builder.show", kind=kind, key=key) if in_force else url_for("builder.index"))


@bp.post("/<kind>/<key>/remove")
@requires(Permission.EDIT_CONFIG)
def remove(kind: str, key: str) -> ResponseReturnValue:
    found, etag = known_kind(kind), request.form.get("etag") or None
    try:
        in_current_work(lambda work: remove_document(work, RemoveDocument(kind=kind, key=key, etag=etag)))
    except (StillReferred, DraftConflict) as error:
        asked = Asked(refusal=refusal_of(error), status=status_of(error))
        asked.refused_removal = isinstance(error, StillReferred)
        return _render(found, key, asked)
    flash(_("The document goes with the next release. Throw the draft away to keep it."), "ok")
    return redirect(url_for("builder.show", kind=kind, key=key))


def _unfit(asked: Asked, reading: Reading) -> Asked:
    asked.problems, asked.status = DocumentUnfit(problems=reading.problems), 422
    asked.refusal = refusal_of(asked.problems)
    return asked


def _render(kind: Kind, key: str, asked: Asked) -> ResponseReturnValue:
    with current_work() as work:
        page = _page(work, kind, key, asked)
    fragment = request.headers.get("HX-Request") and asked.conflict is None
    return render_template("builder/_fragment.html" if fragment else "builder/editor.html", page=page), asked.status


def _page(work: Work, kind: Kind, key: str, asked: Asked) -> EditorPage:
    """raises DocumentUnknown where there is neither a draft nor a document in force"""
    head, draft = configuration(work), find_draft(work, kind.name, key)
    stored = head.body(kind.name, key)
    if draft is None and stored is None and asked.text is None:
        raise DocumentUnknown(kind=kind.title(current_locale()), key=key)
    current = draft.body if draft is not None and draft.body is not None else stored
    text = asked.text if asked.text is not None else document_text(kind.schema, current)
    documents = documents_with(work, head, {})
    would_be = {**head.documents, **documents}
    page = EditorPage(
        kind=kind.name,
        kind_title=kind.title(current_locale()),
        description=description_of(kind.schema),
        key=key,
        name=document_name(kind.name, key, current),
        text=text,
        etag=asked.etag if asked.etag is not None else draft.etag if draft else "",
        draft=draft,
        in_force=stored is not None,
        head=work.tenant.head_release,
        judgement=_judgement(work, kind, key, asked, text, draft),
        referrers=_referrers(work, kind, key, would_be),
        reference=reference(kind, installed()),
        example=document_text(kind.schema, first_body(kind, key, head)),
        at=request.args.get("at", "")[:2000],
        may_edit=may(Permission.EDIT_CONFIG),
        may_publish=may(Permission.PUBLISH_CONFIG),
        asked=asked,
        conflict=_conflict(work, asked, kind, key),
        began_on=request.form.get("began_on", head.hashes.get(address(kind.name, key), "")),
        has_table=has_table(kind),
    )
    if asked.refused_removal:
        asked.refusal = _(StillReferred.message, count=len(page.referrers), kind=page.kind_title, key=key)
    page.island = _island_props(page)
    return page


def _referrers(work: Work, kind: Kind, key: str, documents: Mapping[str, Any]) -> list[Referrer]:
    """Every place that names the document, once: what the release says and a draft keeps is one."""
    found: dict[tuple[str, str], Referrer] = {}
    for place in find_referrers(work, kind.name, key):
        name = address(place["kind"], place["key"])
        link = link_to(name, documents, place["pointer"])
        found.setdefault((name, place["pointer"]), Referrer(link=link, within=place["in"]))
    return list(found.values())


def _judgement(work: Work, kind: Kind, key: str, asked: Asked, text: str, draft: Draft | None) -> Judgement:
    if asked.text is None:
        body = draft.body if draft is not None else configuration(work).body(kind.name, key)
        return judge(work, kind.name, key, body, text, draft)
    reading = read_text(text)
    if reading.body is None:
        return unreadable(shown_problems(reading.problems, reading.lines))
    if asked.problems is not None:  # the text is a document, but not one of this address
        return unreadable(shown_problems(asked.problems.problems))
    return judge(work, kind.name, key, reading.body, text, draft)


def _conflict(work: Work, asked: Asked, kind: Kind, key: str) -> ConflictShown | None:
    if asked.conflict is None:
        return None
    facts, merge = asked.conflict.facts, None
    if asked.merging is not None:
        merge = shown_merge(work, kind, key, versions_of_save(work, asked.merging), asked.merging.choices)
    return ConflictShown(
        author=facts["author"],
        updated_at=facts["updated_at"],
        etag=facts["etag"] or "",
        text=document_text(kind.schema, facts["body"]) if facts["body"] is not None else "",
        gone=facts["etag"] is None,
        merge=merge,
    )


def _island_props(page: EditorPage) -> dict[str, Any]:
    """What the editor in the browser is told. words: its sentences; phrases: those of its search panel."""
    return {
        "checkUrl": url_for("builder.check", kind=page.kind, key=page.key),
        "at": page.at if "at" in request.args else None,
        "readOnly": not page.may_edit,
        "words": {
            "label": _("The document as JSON"),
            "format": _("Format"),
            "search": _("Search"),
            "fold": _("Fold all"),
            "unfold": _("Unfold all"),
            "unsaved": _("Not saved yet"),
            "saved": _("Saved"),
            "saving": _("Saving …"),
            "refused": _("Not saved: see the problems"),
            "unreachable": _("The server cannot be reached. Nothing was saved."),
            "keys": _("Ctrl+S saves. Escape, then Tab leaves the editor."),
            "notJson": _("This is no JSON yet, so it cannot be formatted."),
        },
        "phrases": {
            "Find": _("Find"),
            "Replace": _("Replace"),
            "next": _("Next match"),
            "previous": _("Previous match"),
            "all": _("All"),
            "match case": _("match case"),
            "by word": _("by word"),
            "regexp": _("regexp"),
            "replace": _("Replace"),
            "replace all": _("Replace all"),
            "close": _("Close"),
            "Folded lines": _("Folded lines"),
            "Unfolded lines": _("Unfolded lines"),
            "Fold line": _("Fold line"),
            "Unfold line": _("Unfold line"),
            "unfold": _("unfold"),
            "folded code": _("folded code"),
            "current match": _("current match"),
            "on line": _("on line"),
            "Diagnostics": _("Problems"),
            "No diagnostics": _("No problems"),
        },
    }
