"""One document tried alone, on a sample: as it is in force and as the draft has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
from flask import render_template, request
from flask.typing import ResponseReturnValue

from kernel.i18n import _, current_locale
from low_code.diagnostics import Diagnostic, has_errors
from low_code.documents.compiled import configuration
from low_code.documents.validate_drafts import validate_drafts
from low_code.registry import Configuration, DocumentUnknown, Kind, Sample, address
from low_code.registry.samples import example_of, read_sample
from low_code.registry.structure import structure_problems
from low_code.registry.testing import BAD_DAY, moment_of
from low_code.traces import Trace
from tenants.access.permissions import Permission
from web.builder.blueprint import bp
from web.builder.documents import known_kind
from web.builder.shown import DocumentLink, ShownProblem, link_to, shown_diagnostics, shown_problems
from web.builder.text import pretty, read_text
from web.http.access import requires
from web.http.work import current_work

_PARTS = ("given", "with", "today")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What one version says. outcome: JSON, "" where there is no such version; reasons: its trace in sentences"""

    title: str
    outcome: str
    reasons: list[str]
    note: str


@dataclass(slots=True, kw_only=True)
class TryPage:
    """kind, key: of the document; same: both versions say the same"""

    link: DocumentLink
    text: str
    tried: list[Tried] = field(default_factory=list)
    same: bool = False
    problems: list[ShownProblem] = field(default_factory=list)


@bp.get("/<kind>/<key>/try")
@requires(Permission.VIEW_CONFIG)
def try_form(kind: str, key: str) -> ResponseReturnValue:
    return _render(known_kind(kind), key, None)


@bp.post("/<kind>/<key>/try")
@requires(Permission.VIEW_CONFIG)
def try_document(kind: str, key: str) -> ResponseReturnValue:
    """Saves nothing."""
    return _render(known_kind(kind), key, request.form.get("sample", ""))


def _render(kind: Kind, key: str, text: str | None) -> ResponseReturnValue:
    with current_work() as work:
        head, validation = configuration(work), validate_drafts(work)
        would_be, name = validation.would_be, address(kind.name, key)
        body = would_be.body(kind.name, key) or head.body(kind.name, key)
        if body is None:
            raise DocumentUnknown(kind=kind.title(current_locale()), key=key)
        around = would_be if would_be.body(kind.name, key) is not None else head
        unsound = has_errors(validation.findings.get(name, ()))
        page = TryPage(link=link_to(name, {name: body}), text=text or "")
        if text is None:
            page.text = pretty(_sample_of(kind, key, body, around, unsound=unsound))
        else:
            _fill(page, kind, key, head, None if unsound else would_be)
    return render_template("builder/try_document.html", page=page), 422 if page.problems else 200


def _sample_of(kind: Kind, key: str, body: Any, around: Configuration, *, unsound: bool) -> dict[str, Any]:
    """The first test that the document carries, or an example of its subject."""
    tests = body.get("tests") if isinstance(body, Mapping) and not unsound else None
    if tests:
        return {part: tests[0][part] for part in _PARTS if part in tests[0]}
    name = None if unsound else kind.subject(key, body, around)
    return {"given": example_of(around.subject(name)) if name else {}, "with": {}}


def _fill(page: TryPage, kind: Kind, key: str, head: Configuration, draft: Configuration | None) -> None:
    reading = read_text(page.text)
    if reading.body is None:
        page.problems = shown_problems(reading.problems, reading.lines)
        return
    sample = reading.body
    problems = [*structure_problems(_validator(kind), sample)]
    moment = moment_of(sample.get("today"))
    if moment is None:
        problems.append(Diagnostic(pointer="/today", code="bad_day", message=BAD_DAY))
    sides = [(_("In force now"), head), (_("With the drafts"), draft)]
    outcomes = []
    for title, documents in sides if not problems else ():
        tried, outcome, found = _one(title, kind, key, documents, sample)
        page.tried.append(tried)
        outcomes.append(outcome)
        problems += found
    page.same = len(outcomes) == 2 and outcomes[0] == outcomes[1]
    page.problems = list(dict.fromkeys(shown_diagnostics(problems)))  # both versions may say the same of the sample
    if page.problems:
        page.tried = []


def _one(
    title: str, kind: Kind, key: str, documents: Configuration | None, sample: Mapping[str, Any]
) -> tuple[Tried, Any, list[Diagnostic]]:
    """(what it says, the same as data, what is wrong with the sample)"""
    if documents is None:
        return Tried(title=title, outcome="", reasons=[], note=_("The draft has errors; mend them first.")), None, []
    body = documents.body(kind.name, key)
    if body is None:
        return Tried(title=title, outcome="", reasons=[], note=_("There is no such document.")), None, []
    name = kind.subject(key, body, documents)
    values: dict[str, Any] = {}
    problems: list[Diagnostic] = []
    if name is not None:
        values, problems = read_sample(sample.get("given", {}), documents.subject(name), "/given")
    moment = moment_of(sample.get("today"))
    assert moment is not None
    if problems:
        return Tried(title=title, outcome="", reasons=[], note=""), None, problems
    options = sample.get("with", {})
    result = kind.simulate(documents.compiled(kind.name, key), Sample(values=values, moment=moment, options=options))
    trace = result.pop("trace", None)
    return Tried(title=title, outcome=pretty(_plain(result)), reasons=_reasons(trace), note=""), result, []


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value


def _reasons(trace: Mapping[str, Any] | None) -> list[str]:
    if trace is None:
        return []
    read, locale = Trace.from_json(trace), current_locale()
    told = [read.winner] if read.winner else []
    return [f"{each.id}: {each.sentence(locale)}" for each in [*told, *read.losers]]


def _validator(kind: Kind) -> jsonschema_rs.Draft202012Validator:
    """The form of a sample: as a test of the kind has it."""
    test = kind.schema.get("properties", {}).get("tests", {}).get("items", {}).get("properties", {})
    options = test.get("with", {"type": "object", "maxProperties": 0})
    return jsonschema_rs.Draft202012Validator(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {"given": {"type": "object"}, "with": options, "today": {"type": ["string", "null"]}},
            "$defs": kind.schema.get("$defs", {}),
        }
    )
