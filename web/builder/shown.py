"""Documents, places and problems as the builder's pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from kernel.errors import DomainError, Problem
from kernel.i18n import _, current_locale, translate
from low_code.diagnostics import Diagnostic
from low_code.documents.compare import DocumentComparison
from low_code.registry import Registry, installed, split_address


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLink:
    """name: in the reader's language; url: of its editor, at the place that is meant"""

    kind: str
    key: str
    kind_title: str
    name: str
    url: str
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProblem:
    """severity: error or warning; line: in the text beside it, None where there is none"""

    pointer: str
    severity: str
    sentence: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """One document that differs. status: added, removed or changed"""

    link: DocumentLink
    status: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentProblems:
    link: DocumentLink
    problems: tuple[tuple[ShownProblem, str], ...]  # each with the address of its place


def document_name(kind: str, key: str, body: Any, registry: Registry | None = None) -> str:
    """What people call it: its own name, that of the entity it belongs to, or its key."""
    locale = current_locale()
    labels = body.get("name") if isinstance(body, Mapping) else None
    entity = (registry or installed()).entities.get(key) if kind == "fields" else None
    labels = labels or (entity.labels if entity else None)
    if isinstance(labels, Mapping):
        labels = labels.get(locale) or labels.get("en")
    return labels if isinstance(labels, str) and labels else key


def link_to(name: str, documents: Mapping[str, Any], pointer: str = "") -> DocumentLink:
    """name: "kind/key", which `documents` may hold."""
    kind, key = split_address(name)
    found = installed().kinds.get(kind)
    return DocumentLink(
        kind=kind,
        key=key,
        kind_title=found.title(current_locale()) if found else kind,
        name=document_name(kind, key, documents.get(name)),
        url=url_for("builder.show", kind=kind, key=key, at=pointer or None),
        pointer=pointer,
    )


def shown_diagnostics(found: Iterable[Diagnostic], lines: Mapping[str, int] | None = None) -> list[ShownProblem]:
    """Errors first, each group in the order found."""
    shown = [
        ShownProblem(
            pointer=each.pointer,
            severity=each.severity,
            sentence=each.sentence(current_locale()),
            line=(lines or {}).get(each.pointer),
        )
        for each in found
    ]
    return sorted(shown, key=lambda problem: problem.severity != "error")


def shown_problems(problems: Iterable[Problem], lines: Mapping[str, int] | None = None) -> list[ShownProblem]:
    return [
        ShownProblem(pointer=each.pointer, severity="error", sentence=_said(each), line=(lines or {}).get(each.pointer))
        for each in problems
    ]


def refusal_of(error: DomainError) -> str:
    return translate(error.message, current_locale(), error.facts)


def _said(problem: Problem) -> str:
    """A parser's reason is a sentence too."""
    facts = dict(problem.facts)
    if isinstance(reason := facts.get("reason"), str):
        facts["reason"] = _(reason)
    return translate(problem.message, current_locale(), facts)


def shown_changes(
    comparisons: Iterable[DocumentComparison], documents: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> list[ShownChange]:
    """documents: as they become; before: as they were, for the names of those that go"""
    known = {**(before or {}), **documents}
    return [
        ShownChange(link=link_to(f"{each.kind}/{each.key}", known), status=each.status, sentences=each.sentences)
        for each in comparisons
    ]


def problems_by_document(
    findings: Mapping[str, Iterable[Diagnostic]], documents: Mapping[str, Any], *, without: str = ""
) -> list[DocumentProblems]:
    shown = []
    for name, found in findings.items():
        if name == without:
            continue
        kind, key = split_address(name)
        problems = tuple(
            (problem, url_for("builder.show", kind=kind, key=key, at=problem.pointer or None))
            for problem in shown_diagnostics(found)
        )
        shown.append(DocumentProblems(link=link_to(name, documents), problems=problems))
    return shown
