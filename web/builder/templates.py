"""Industry templates: what a company may begin with, taken in as drafts."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kernel.errors import DomainError
from kernel.i18n import _, current_locale
from low_code.documents.bundles import ImportBundle, import_bundle
from low_code.documents.queries import list_drafts
from low_code.registry import installed, split_address
from oms.configuration.templates import Template, template, templates
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.shown import DocumentLink, document_name, link_to
from web.http.access import requires
from web.http.forms import Form
from web.http.principals import may
from web.http.work import current_work, in_current_work


@dataclass(slots=True, kw_only=True)
class ShownTemplate:
    """holds: (title of the kind, names of its documents); explained: order types and rules in sentences"""

    key: str
    name: str
    description: str
    holds: list[tuple[str, list[str]]]
    explained: list[tuple[str, list[str]]]


@dataclass(slots=True, kw_only=True)
class TemplatesPage:
    """drafts: those on the way; a template replaces those of the same documents"""

    templates: list[ShownTemplate]
    drafts: list[DocumentLink]
    form: Form
    may_edit: bool


@bp.get("/templates")
@requires(Permission.VIEW_CONFIG)
def choose_template() -> ResponseReturnValue:
    return _render(Form())


@bp.post("/templates")
@requires(Permission.EDIT_CONFIG)
def take_template() -> ResponseReturnValue:
    """Drafts only, so that everything is seen on the publish page before it is in force."""
    chosen = template(Form.sent().value("template"))
    command = ImportBundle(documents=chosen.documents)
    try:
        outcome = in_current_work(lambda work: import_bundle(work, command))
    except DomainError as error:
        return _render(Form.sent().refuse(error))
    name, _description = chosen.said(current_locale())
    flash(_("{count} drafts made from “{name}”.", count=len(outcome.drafted), name=name), "ok")
    return redirect(url_for("builder_publish.show"))


def _render(form: Form) -> ResponseReturnValue:
    with current_work() as work:
        drafts = list_drafts(work)
    known = {draft.address: draft.body for draft in drafts}
    page = TemplatesPage(
        templates=[_shown(each) for each in templates().values()],
        drafts=[link_to(draft.address, known) for draft in drafts],
        form=form,
        may_edit=may(Permission.EDIT_CONFIG),
    )
    return render_template("builder/templates.html", page=page), form.status


def _shown(found: Template) -> ShownTemplate:
    locale = current_locale()
    name, description = found.said(locale)
    holds: dict[str, list[str]] = {}
    explained = []
    for where, body in found.documents.items():
        kind_name, key = split_address(where)
        kind, named = installed().kinds[kind_name], document_name(kind_name, key, body)
        holds.setdefault(kind.title(locale), []).append(named)
        if kind_name != "fields":
            explained.append((f"{kind.title(locale)}: {named}", found.explain(where, locale)))
    return ShownTemplate(
        key=found.key, name=name, description=description, holds=sorted(holds.items()), explained=explained
    )
