"""All documents by kind, what is on its way, and a new document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.errors import DomainError, NotFound
from kernel.i18n import N_, _, current_locale
from low_code.documents.compiled import configuration
from low_code.documents.queries import Draft, find_draft, list_drafts
from low_code.documents.save_draft import BAD_KEY, UNKNOWN_KIND, SaveDraft, save_draft
from low_code.documents.validate_drafts import Validation, validate_drafts
from low_code.registry import Configuration, Kind, address, installed
from low_code.registry.addresses import KEY
from low_code.registry.checking import all_references
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.judge import documents_with
from web.builder.minimal import first_body, free_key
from web.builder.reference import description_of
from web.builder.shown import DocumentLink, document_name, link_to
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work, in_current_work
from web.pages.navigation import CONFIGURATION, NavEntry

__all__ = ["NAVIGATION", "bp"]

NAVIGATION = (NavEntry(N_("Documents"), "code", "builder.index", Permission.VIEW_CONFIG, 10, CONFIGURATION),)
TAKEN = N_("There is a document with this key already.")


class KindUnknown(NotFound):
    code = "kind_unknown"
    message = UNKNOWN_KIND


@dataclass(slots=True, kw_only=True)
class DocumentRow:
    """state: in_force, new, changed or removed; referrers: who names it, with drafts"""

    link: DocumentLink
    state: str
    errors: int
    referrers: list[DocumentLink]


@dataclass(slots=True, kw_only=True)
class KindSection:
    name: str
    title: str
    description: str
    rows: list[DocumentRow]


@dataclass(slots=True, kw_only=True)
class PendingDraft:
    link: DocumentLink
    draft: Draft
    state: str
    errors: int
    warnings: int


@dataclass(slots=True, kw_only=True)
class DocumentsPage:
    """head: number of the release in force, 0 for none"""

    head: int
    sections: list[KindSection]
    drafts: list[PendingDraft]
    may_edit: bool
    may_publish: bool


@dataclass(slots=True, kw_only=True)
class NewDocumentPage:
    """sources: (value, label) of what it may begin with; free_keys: what the kind suggests"""

    kind: str
    kind_title: str
    description: str
    form: Form
    sources: list[tuple[str, str]]
    free_keys: list[str]


def known_kind(name: str) -> Kind:
    """raises KindUnknown"""
    kind = installed().kinds.get(name)
    if kind is None:
        raise KindUnknown(kind=name)
    return kind


@bp.get("")
@requires(Permission.VIEW_CONFIG)
def index() -> ResponseReturnValue:
    with current_work() as work:
        page = _documents_page(work)
    return render_template("builder/index.html", page=page)


@bp.get("/new/<kind>")
@requires(Permission.EDIT_CONFIG)
def new(kind: str) -> ResponseReturnValue:
    found = known_kind(kind)
    with current_work() as work:
        would_be = _would_be(work)
    form = Form.of(key=free_key(found, would_be), source=request.args.get("source", ""))
    return _render_new(found, form, would_be)


@bp.post("/new/<kind>")
@requires(Permission.EDIT_CONFIG)
def create(kind: str) -> ResponseReturnValue:
    found, sent = known_kind(kind), Form.sent()
    key = sent.value("key").strip()
    if not KEY.fullmatch(key):
        sent.refuse_field("key", _(BAD_KEY))
    with current_work() as work:
        would_be = _would_be(work)
        taken = configuration(work).body(kind, key) is not None or find_draft(work, kind, key) is not None
    if taken:
        sent.refuse_field("key", _(TAKEN))
    if sent.refused:
        return _render_new(found, sent, would_be)
    source = would_be.body(kind, sent.value("source")) if sent.value("source") else None
    body = source or first_body(found, key, would_be)
    try:
        in_current_work(lambda work: save_draft(work, SaveDraft(kind=kind, key=key, body=body)))
    except DomainError as error:
        return _render_new(found, sent.refuse(error), would_be)
    flash(_("The draft is made. Nothing is in force before you publish."), "ok")
    return redirect(url_for("builder.show", kind=kind, key=key))


def _would_be(work: Work) -> Configuration:
    head = configuration(work)
    return Configuration(installed(), documents_with(work, head, {}))


def _render_new(kind: Kind, form: Form, would_be: Configuration) -> ResponseReturnValue:
    copies = [(key, _("A copy of {name}", name=_called(kind, key, would_be))) for key in would_be.keys(kind.name)]
    defaults = kind.defaults(would_be.registry)
    page = NewDocumentPage(
        kind=kind.name,
        kind_title=kind.title(current_locale()),
        description=description_of(kind.schema),
        form=form,
        sources=[("", _("What the product suggests") if defaults else _("The least that is needed")), *copies],
        free_keys=[key for key in defaults if would_be.body(kind.name, key) is None],
    )
    return render_template("builder/new.html", page=page), form.status


def _called(kind: Kind, key: str, would_be: Configuration) -> str:
    name = document_name(kind.name, key, would_be.body(kind.name, key))
    return name if name == key else f"{name} ({key})"


def _documents_page(work: Work) -> DocumentsPage:
    head, validation, drafts = configuration(work), validate_drafts(work), list_drafts(work)
    known = {**head.documents, **validation.documents}
    states = {draft.address: _state(draft, head) for draft in drafts}
    referrers = _referrers(validation, known)
    errors = {name: _count(validation, name, "error") for name in known}
    rows = {
        name: DocumentRow(
            link=link_to(name, known),
            state=states.get(name, "in_force"),
            errors=errors[name],
            referrers=referrers.get(name, []),
        )
        for name in sorted(known)
    }
    return DocumentsPage(
        head=work.tenant.head_release,
        sections=[
            KindSection(
                name=kind.name,
                title=kind.title(current_locale()),
                description=description_of(kind.schema),
                rows=[row for row in rows.values() if row.link.kind == kind.name],
            )
            for kind in installed().kinds.values()
        ],
        drafts=[
            PendingDraft(
                link=link_to(draft.address, known),
                draft=draft,
                state=states[draft.address],
                errors=_count(validation, draft.address, "error"),
                warnings=_count(validation, draft.address, "warning"),
            )
            for draft in drafts
        ],
        may_edit=may(Permission.EDIT_CONFIG),
        may_publish=may(Permission.PUBLISH_CONFIG),
    )


def _state(draft: Draft, head: Configuration) -> str:
    if draft.body is None:
        return "removed"
    return "changed" if draft.address in head.documents else "new"


def _count(validation: Validation, name: str, severity: str) -> int:
    return sum(problem.severity == severity for problem in validation.findings.get(name, ()))


def _referrers(validation: Validation, known: Mapping[str, Any]) -> Mapping[str, list[DocumentLink]]:
    """Target -> who names it, each document once, at the first place."""
    found: dict[str, dict[str, DocumentLink]] = {}
    for reference in all_references(validation.would_be):
        source = address(reference.from_kind, reference.from_key)
        target = address(reference.to_kind, reference.to_key)
        found.setdefault(target, {}).setdefault(source, link_to(source, known, reference.pointer))
    return {target: list(links.values()) for target, links in found.items()}
