"""The product's own reference: kinds of documents, the expression language, and what conditions may read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue

from kernel.errors import NotFound
from kernel.i18n import N_, _, current_locale
from low_code.documents.compiled import configuration
from low_code.expressions import Subject, check, sentence
from low_code.expressions.manual import MANUAL, MANUAL_SUBJECT, NAMED_EXAMPLE, RULES
from low_code.expressions.types import KIND_NAMES
from low_code.expressions.types import Kind as TypeKind
from low_code.registry import installed, split_address
from oms.configuration.templates import templates
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.documents import known_kind
from web.builder.reference import Entry, description_of, reference
from web.builder.shown import document_name
from web.builder.text import document_text
from web.http.access import requires
from web.http.work import current_work

# What the domain's subjects are called; a subject that is not named here is shown by its key.
SUBJECTS: Mapping[str, str] = {
    "order": N_("Orders"),
    "line": N_("Order lines, while they are priced"),
    "location": N_("Locations, while an order is sourced"),
}


class SubjectUnknown(NotFound):
    code = "subject_unknown"
    message = N_("Conditions know nothing called “{subject}”.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindShown:
    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """where: the industry template that it is from; explained: the same in sentences"""

    title: str
    where: str
    text: str
    explained: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorShown:
    """example: as JSON; means: the example in words"""

    operators: tuple[str, ...]
    says: str
    example: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShown:
    """path: as it stands in `var`; own: the company made it; options: (id, label)"""

    path: str
    label: str
    type: str
    may_be_empty: bool
    own: bool
    options: list[tuple[str, str]]


@bp.get("/reference")
@requires(Permission.VIEW_CONFIG)
def manual() -> ResponseReturnValue:
    kinds = [
        KindShown(name=kind.name, title=kind.title(current_locale()), description=description_of(kind.schema))
        for kind in installed().kinds.values()
    ]
    subjects = [(name, _subject_title(name)) for name in installed().subjects]
    return render_template("builder/manual.html", kinds=sorted(kinds, key=lambda kind: kind.title), subjects=subjects)


@bp.get("/reference/language")
@requires(Permission.VIEW_CONFIG)
def manual_of_language() -> ResponseReturnValue:
    subject = MANUAL_SUBJECT.with_named(NAMED_EXAMPLE)
    chapters = []
    for chapter in MANUAL:
        entries = []
        for entry in chapter.entries:
            checked = check(entry.example, subject).checked
            assert checked is not None, entry.operators
            entries.append(
                OperatorShown(
                    operators=entry.operators,
                    says=_(entry.says),
                    example=json.dumps(entry.example, ensure_ascii=False),
                    means=sentence(checked, current_locale()),
                )
            )
        chapters.append((_(chapter.title), entries))
    return render_template("builder/manual_language.html", chapters=chapters, rules=[_(rule) for rule in RULES])


@bp.get("/reference/fields")
@requires(Permission.VIEW_CONFIG)
def manual_of_fields() -> ResponseReturnValue:
    """What conditions may read, the company's own fields among it."""
    name = request.args.get("of", "order")
    if name not in installed().subjects:
        raise SubjectUnknown(subject=name[:60])
    with current_work() as work:
        subject = configuration(work).subject(name)
    fields = list(_fields(subject, installed().subjects[name]))
    return render_template("builder/manual_fields.html", title=_subject_title(name), fields=fields)


@bp.get("/reference/kinds/<kind>")
@requires(Permission.VIEW_CONFIG)
def manual_of_kind(kind: str) -> ResponseReturnValue:
    found = known_kind(kind)
    entries: list[Entry] = reference(found, installed())
    shown = KindShown(name=kind, title=found.title(current_locale()), description=description_of(found.schema))
    return render_template("builder/manual_kind.html", kind=shown, entries=entries, examples=list(_examples(kind)))


def _subject_title(name: str) -> str:
    return _(SUBJECTS[name]) if name in SUBJECTS else name


def _fields(subject: Subject, registered: Subject) -> Iterator[FieldShown]:
    known, locale = registered.all_fields(), current_locale()
    for path, spec in sorted(subject.all_fields().items()):
        rows = next((rows for rows in subject.rows if path.startswith(f"{rows}.")), "")
        named = KIND_NAMES[spec.type.kind] if spec.type.kind is not TypeKind.LIST else KIND_NAMES[TypeKind.LIST]
        yield FieldShown(
            path=path.removeprefix(f"{rows}.") if rows else path,
            label=f"{subject.label(rows, locale)}: {spec.label(locale)}" if rows else spec.label(locale),
            type=_(named),
            may_be_empty=spec.nullable,
            own=path not in known,
            options=[(option, spec.option_label(option, locale)) for option in spec.options],
        )


def _examples(kind: str) -> Iterator[Example]:
    """The documents of this kind in the industry templates, which are known to be right."""
    from_templates = ((each, where, body) for each in templates().values() for where, body in each.documents.items())
    for each, where, body in from_templates:
        found, key = split_address(where)
        if found != kind:
            continue
        schema = installed().kinds[kind].schema
        yield Example(
            title=document_name(kind, key, body),
            where=each.said(current_locale())[0],
            text=document_text(schema, body),
            explained=each.explain(where, current_locale()),
        )
