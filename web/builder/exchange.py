"""JSON Schemas for editors outside, and the whole configuration as one file, out and in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import json as exact_json
from kernel.errors import DomainError
from kernel.i18n import N_, _
from low_code.documents.bundles import ImportBundle, export_bundle, import_bundle
from low_code.documents.queries import list_drafts
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.documents import known_kind
from web.builder.shown import DocumentLink, ShownProblem, link_to, shown_problems
from web.builder.text import pretty, read_bundle
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_tenant, current_work, in_current_work

NO_FILE = N_("Choose a file that was exported here.")
NOT_TEXT = N_("This file is not text in UTF-8.")


@dataclass(slots=True, kw_only=True)
class ImportPage:
    """drafts: those on the way, which an import of the same documents replaces"""

    form: Form
    problems: list[ShownProblem] = field(default_factory=list)
    drafts: list[DocumentLink] = field(default_factory=list)


@bp.get("/schemas/<kind>.json")
@requires(Permission.VIEW_CONFIG)
def schema(kind: str) -> ResponseReturnValue:
    return Response(exact_json.dumps(known_kind(kind).schema), mimetype="application/schema+json")


@bp.get("/export.json")
@requires(Permission.VIEW_CONFIG)
def export() -> ResponseReturnValue:
    """What is in force, by address, indented: the same bytes for the same content."""
    with current_work() as work:
        bundle, number = export_bundle(work), work.tenant.head_release
    name = f"configuration-{current_tenant().slug}-{number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pretty(bundle), mimetype="application/json", headers=headers)


@bp.get("/import")
@requires(Permission.EDIT_CONFIG)
def import_form() -> ResponseReturnValue:
    return _render(Form())


@bp.post("/import")
@requires(Permission.EDIT_CONFIG)
def take_in() -> ResponseReturnValue:
    sent, file = Form.sent(), request.files.get("file")
    if file is None or not file.filename:
        return _render(sent.refuse_field("file", _(NO_FILE)))
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        return _render(sent.refuse_field("file", _(NOT_TEXT)))
    documents, problems, lines = read_bundle(text)
    if documents is None:
        sent.status = 422
        return _render(sent, shown_problems(problems, lines))
    command = ImportBundle(documents=documents, prune=sent.checked("prune"))
    try:
        outcome = in_current_work(lambda work: import_bundle(work, command))
    except DomainError as error:
        found = shown_problems(error.problems)
        sent.status = 422
        return _render(sent.refuse(error) if not found else sent, found)
    said = _(
        "{drafted} drafts made, {removed} to be removed, {unchanged} unchanged.",
        drafted=len(outcome.drafted),
        removed=len(outcome.removed),
        unchanged=len(outcome.unchanged),
    )
    flash(said, "ok")
    return redirect(url_for("builder.index"))


def _render(form: Form, problems: list[ShownProblem] | None = None) -> ResponseReturnValue:
    with current_work() as work:
        drafts = list_drafts(work)
    known: Mapping[str, Any] = {draft.address: draft.body for draft in drafts}
    links = [link_to(draft.address, known) for draft in drafts]
    page = ImportPage(form=form, problems=problems or [], drafts=links)
    return render_template("builder/import.html", page=page), form.status
