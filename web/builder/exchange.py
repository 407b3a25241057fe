"""JSON Schemas for editors outside, and the whole configuration as one file, out and in."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.errors import DomainError
from kernel.i18n import N_, _, current_locale
from low_code.documents.bundles import ImportBundle, canonical_bodies, export_bundle, import_bundle, would_be_after
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.mapping import unknown_names
from low_code.documents.queries import list_drafts
from low_code.documents.validate_drafts import names_outside
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.documents import known_kind
from web.builder.shown import DocumentLink, ShownChange, ShownProblem, link_to, shown_changes, shown_problems
from web.builder.text import pretty, read_bundle
from web.http.access import requires
from web.http.forms import Form
from web.http.work import current_tenant, current_work, in_current_work

NO_FILE = N_("Choose a file that was exported here.")
NOT_TEXT = N_("This file is not text in UTF-8.")


_MOST_NAMES = 500
SETS = {"roles": N_("Role"), "users": N_("Person")}


@dataclass(slots=True, kw_only=True)
class ImportPage:
    form: Form
    problems: list[ShownProblem] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class UnknownName:
    """A role or person that the file names and that is not known here. set: roles or users; choices: those of here"""

    set: str
    name: str
    places: list[str]
    choices: list[str]

    @property
    def what(self) -> str:
        return _(SETS.get(self.set, self.set))


@dataclass(slots=True, kw_only=True)
class ImportPreviewPage:
    """bundle: the file's documents, sent along; replaced: drafts on the way that the import replaces"""

    bundle: str
    prune: bool
    changes: list[ShownChange]
    unknown: list[UnknownName]
    replaced: list[DocumentLink]


@dataclass(slots=True, kw_only=True)
class ExportRow:
    """needs: documents that come along"""

    address: str
    link: DocumentLink
    needs: list[DocumentLink]


@dataclass(slots=True, kw_only=True)
class ExportPage:
    rows: list[ExportRow]


@bp.get("/schemas/<kind>.json")
@requires(Permission.VIEW_CONFIG)
def schema(kind: str) -> ResponseReturnValue:
    return Response(exact_json.dumps(known_kind(kind).schema), mimetype="application/schema+json")


@bp.get("/export.json")
@requires(Permission.VIEW_CONFIG)
def export() -> ResponseReturnValue:
    """What is in force, by address, indented: the same bytes for the same content. `only`: these and what they need"""
    only = [name for name in request.args.getlist("only") if name][:1000]
    with current_work() as work:
        bundle, number = export_bundle(work, only=only or None), work.tenant.head_release
    name = f"configuration-{current_tenant().slug}-{number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pretty(bundle), mimetype="application/json", headers=headers)


@bp.get("/export")
@requires(Permission.VIEW_CONFIG)
def export_form() -> ResponseReturnValue:
    """What each document needs is said beside it: it comes along."""
    with current_work() as work:
        in_force = configuration(work)
        rows = []
        for name in sorted(in_force.documents):
            needed = [each for each in export_bundle(work, only=[name]) if each != name]
            rows.append(
                ExportRow(
                    address=name,
                    link=link_to(name, in_force.documents),
                    needs=[link_to(each, in_force.documents) for each in needed],
                )
            )
    return render_template("builder/export.html", page=ExportPage(rows=rows))


@bp.get("/import")
@requires(Permission.EDIT_CONFIG)
def import_form() -> ResponseReturnValue:
    return _render(Form())


@bp.post("/import")
@requires(Permission.EDIT_CONFIG)
def take_in() -> ResponseReturnValue:
    """A file first shows what it would change, and asks for names that are unknown here; then drafts are made."""
    sent, file = Form.sent(), request.files.get("file")
    try:
        text = _text(file.read()) if file and file.filename else request.form.get("bundle")
    except UnicodeDecodeError:
        return _render(sent.refuse_field("file", _(NOT_TEXT)))
    if text is None:
        return _render(sent.refuse_field("file", _(NO_FILE)))
    documents, problems, lines = read_bundle(text)
    if documents is None:
        sent.status = 422
        return _render(sent, shown_problems(problems, lines))
    command = ImportBundle(documents=documents, prune=sent.checked("prune"), mapping=sent_mapping())
    try:
        if "bundle" not in request.form:
            return _preview(sent, command)
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


def sent_mapping() -> dict[str, dict[str, str]]:
    """What the preview asked for: the fields `map-0-set`, `map-0-from` and `map-0-to`, and so on."""
    mapping: dict[str, dict[str, str]] = {}
    for number in range(_MOST_NAMES):
        of, theirs = request.form.get(f"map-{number}-set"), request.form.get(f"map-{number}-from")
        if of is None or theirs is None:
            break
        if yours := request.form.get(f"map-{number}-to", "").strip():
            mapping.setdefault(of, {})[theirs] = yours
    return mapping


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig")


def _preview(form: Form, command: ImportBundle) -> ResponseReturnValue:
    """raises DocumentUnfit"""
    with current_work() as work:
        page = import_preview(work, command)
    return render_template("builder/import_preview.html", page=page)


def import_preview(work: Work, command: ImportBundle) -> ImportPreviewPage:
    """What the import would change, against what is in force. Raises DocumentUnfit."""
    head, would_be = configuration(work), would_be_after(work, command)
    outside = names_outside(work)
    bodies = canonical_bodies(command.documents)
    drafts = {draft.address for draft in list_drafts(work)}
    known = {**head.documents, **would_be.documents}
    return ImportPreviewPage(
        bundle=pretty(bodies),
        prune=command.prune,
        changes=shown_changes(compare_configurations(head, would_be, current_locale()), known, head.documents),
        unknown=[
            UnknownName(set=of, name=name, places=places, choices=sorted(outside[of]))
            for of, names in unknown_names(bodies, outside).items()
            for name, places in names.items()
        ][:_MOST_NAMES],
        replaced=[link_to(name, known) for name in sorted(drafts & bodies.keys())],
    )


def _render(form: Form, problems: list[ShownProblem] | None = None) -> ResponseReturnValue:
    page = ImportPage(form=form, problems=problems or [])
    return render_template("builder/import.html", page=page), form.status
