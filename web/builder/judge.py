"""What is to be said about one document as it stands in the editor, saved or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel.db import Work
from kernel.i18n import current_locale
from low_code.diagnostics import has_errors
from low_code.documents.canonical import document_hash
from low_code.documents.compare import compare_configurations
from low_code.documents.compiled import configuration
from low_code.documents.queries import Draft, list_drafts
from low_code.documents.validate_drafts import Validation, validate_documents
from low_code.registry import Configuration, address, installed
from web.builder.places import lines_of
from web.builder.shown import DocumentProblems, ShownProblem, problems_by_document, shown_diagnostics


@dataclass(slots=True, kw_only=True)
class Judgement:
    """status     against what is in force: added, removed, changed or same
    changes    the differences, a sentence each
    explained  the document in sentences; [] while it has errors
    elsewhere  problems of other documents of the would-be release
    outdated   it was published again since the draft was begun
    readable   False: the text is no document, so that nothing but its problems can be said
    """

    problems: list[ShownProblem]
    status: str
    changes: tuple[str, ...] = ()
    explained: list[str]
    elsewhere: list[DocumentProblems]
    outdated: bool = False
    readable: bool = True

    @property
    def errors(self) -> int:
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        return len(self.problems) - self.errors


def unreadable(problems: list[ShownProblem]) -> Judgement:
    return Judgement(problems=problems, status="", explained=[], elsewhere=[], readable=False)


def judge(work: Work, kind: str, key: str, body: Any | None, text: str, draft: Draft | None) -> Judgement:
    """body: None where the draft takes the document out"""
    name, head = address(kind, key), configuration(work)
    outdated = draft is not None and _is_outdated(draft, body, head.hashes.get(name))
    documents = documents_with(work, head, {name: body})
    validation = validate_documents(work, documents, outdated={name} if outdated and body is not None else frozenset())
    found = validation.findings.get(name, ())
    lines = lines_of(text, {problem.pointer for problem in found}) if found else {}
    status, changes = _difference(name, head, validation.would_be)
    return Judgement(
        problems=shown_diagnostics(found, lines),
        status=status,
        changes=changes,
        explained=[] if body is None or has_errors(found) else _explained(kind, key, validation),
        elsewhere=problems_by_document(validation.findings, validation.documents, without=name),
        outdated=outdated,
    )


def documents_with(work: Work, head: Configuration, own: Mapping[str, Any | None]) -> dict[str, Any]:
    """What is in force with all drafts on top, and on top of them `own` (address -> body, None: taken out)."""
    documents = dict(head.documents)
    for name, body in {**{draft.address: draft.body for draft in list_drafts(work)}, **own}.items():
        if body is None:
            documents.pop(name, None)
        else:
            documents[name] = body
    return documents


def _is_outdated(draft: Draft, body: Any | None, in_force: str | None) -> bool:
    same = body is not None and document_hash(body) == in_force
    return draft.base_hash != in_force and not same


def _explained(kind: str, key: str, validation: Validation) -> list[str]:
    body = validation.documents[address(kind, key)]
    return installed().kinds[kind].explain(key, body, validation.would_be, current_locale())


def _difference(name: str, head: Configuration, would_be: Configuration) -> tuple[str, tuple[str, ...]]:
    kind, _, key = name.partition("/")
    for found in compare_configurations(head, would_be, current_locale()):
        if (found.kind, found.key) == (kind, key):
            return found.status, found.sentences
    return "same", ()
